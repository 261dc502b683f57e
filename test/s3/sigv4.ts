import { createHash, createHmac } from 'node:crypto';

/**
 * The signature that a request with these query parameters must carry, by the description of Signature Version 4
 * for query parameters and nothing of the SDK. Headers are those that are signed, by lower-case name.
 */
export function expectedSignature(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  secretAccessKey: string,
): string {
  const [, host = '', path = '', query = ''] = /^https?:\/\/([^/]+)([^?]*)\?(.*)$/.exec(url) ?? [];
  const parameters = query.split('&').filter((parameter) => !parameter.startsWith('X-Amz-Signature='));
  const parameterOf = (name: string) => {
    const found = parameters.find((parameter) => parameter.startsWith(`${name}=`)) ?? '';
    return decodeURIComponent(found.slice(name.length + 1));
  };
  const names = parameterOf('X-Amz-SignedHeaders').split(';');
  const sent: Readonly<Record<string, string>> = { host, ...headers };
  const canonicalRequest = [
    method,
    path,
    parameters.sort().join('&'),
    ...names.map((name) => `${name}:${sent[name]}`),
    '',
    names.join(';'),
    'UNSIGNED-PAYLOAD',
  ].join('\n');
  const [, ...scope] = parameterOf('X-Amz-Credential').split('/');
  const hash = createHash('sha256').update(canonicalRequest).digest('hex');
  const toSign = ['AWS4-HMAC-SHA256', parameterOf('X-Amz-Date'), scope.join('/'), hash].join('\n');
  return hmac(signingKey(secretAccessKey, scope), toSign).toString('hex');
}

/** The signature of a POST policy. */
export function expectedPolicySignature(fields: Readonly<Record<string, string>>, secret: string): string {
  const [, ...scope] = (fields['X-Amz-Credential'] ?? '').split('/');
  return hmac(signingKey(secret, scope), fields.Policy ?? '').toString('hex');
}

function signingKey(secret: string, scope: readonly string[]): Buffer {
  return scope.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
