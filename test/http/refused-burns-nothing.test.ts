import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { type ProblemCode, RFC_3339 } from './expect-answer.ts';
import {
  jsonHeaders,
  type RawAnswer,
  type RawOptions,
  type RawRequest,
  requestOctets,
  sendRaw,
} from './raw-http.ts';
import { runTwins, sleep } from './run-service.ts';

interface Attempted extends RawRequest, RawOptions {
  /** Another service than the one that minted. */
  readonly at?: ServiceProcess;
}

interface Refusal {
  readonly how: string;
  /** 'other': no problem of ours, because no redemption was asked for. */
  readonly code: ProblemCode | 'other';
  readonly attempt: (token: string) => Attempted;
}

const PURPOSE = 'service-call';
const json = (token: unknown, members: object = {}) =>
  JSON.stringify({ token, purpose: PURPOSE, audience: 'billing', ...members });

describe('a refused redemption burns nothing', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let sibling: ServiceProcess;
  /** Minted first, so that it has expired when its turn comes. */
  let expired: string;
  let expiredAtMs: number;

  before(async () => {
    const rights = { mint: [PURPOSE, 'password-reset'], redeem: [PURPOSE, 'password-reset'], inspect: true };
    const callers = { main: rights, reader: { redeem: ['password-reset'] }, auditor: { inspect: true } };
    [service, sibling] = await runTwins(onClose, {}, callers);
    expired = await mintToken(service, { expiresIn: 1 });
    expiredAtMs = Date.now() + 1100;
  });

  const key = (as = 'main') => `Authorization: Bearer ${service.deployment.callerKeys[as]}`;
  const asCaller = (authorization: string) => [authorization, 'Content-Type: application/json'];
  const typed = (type: string, ...more: string[]) => [key(), `Content-Type: ${type}`, ...more];
  const withHeader = (...more: string[]) => [...jsonHeaders(service), ...more];

  const refusals: readonly Refusal[] = [
    // Who asks
    { how: 'no caller key', code: 'caller_unknown', attempt: () => ({ headers: asCaller('X-A: b') }) },
    {
      how: 'the token as the caller key',
      code: 'caller_unknown',
      attempt: (token) => ({ headers: asCaller(`Authorization: Bearer ${token}`) }),
    },
    {
      how: 'another scheme',
      code: 'caller_unknown',
      attempt: () => ({ headers: asCaller(key().replace('Bearer', 'Basic')) }),
    },
    {
      how: 'a caller key that is not known',
      code: 'caller_unknown',
      attempt: () => ({ headers: asCaller(`Authorization: Bearer ms_main_${'A'.repeat(43)}`) }),
    },
    {
      how: 'a caller that may not redeem this purpose',
      code: 'caller_forbidden',
      attempt: () => ({ headers: asCaller(key('reader')) }),
    },
    {
      how: 'a caller that may only inspect',
      code: 'caller_forbidden',
      attempt: () => ({ headers: asCaller(key('auditor')) }),
    },
    {
      how: 'two caller keys',
      code: 'request_invalid',
      attempt: () => ({ headers: withHeader(key()) }),
    },
    // What it asks
    {
      how: 'another purpose',
      code: 'purpose_mismatch',
      attempt: (token) => ({ body: json(token, { purpose: 'password-reset' }) }),
    },
    {
      how: 'a purpose that is not configured',
      code: 'request_invalid',
      attempt: (token) => ({ body: json(token, { purpose: 'service-cal' }) }),
    },
    {
      how: 'another audience',
      code: 'audience_mismatch',
      attempt: (token) => ({ body: json(token, { audience: 'mailer' }) }),
    },
    {
      how: 'an audience that looks alike',
      code: 'audience_mismatch',
      attempt: (token) => ({ body: json(token, { audience: 'ｂilling' }) }),
    },
    {
      how: 'no audience, of several',
      code: 'request_invalid',
      attempt: (token) => ({ body: json(token, { audience: undefined }) }),
    },
    {
      how: 'no purpose',
      code: 'request_invalid',
      attempt: (token) => ({ body: JSON.stringify({ token }) }),
    },
    {
      how: 'a field that is not known',
      code: 'request_invalid',
      attempt: (token) => ({ body: json(token, { holds: 30 }) }),
    },
    {
      how: 'the token in a list',
      code: 'request_invalid',
      attempt: (token) => ({ body: json([token]) }),
    },
    {
      how: 'the token in an object',
      code: 'request_invalid',
      attempt: (token) => ({ body: json({ token, toString: token }) }),
    },
    {
      how: 'the token twice',
      code: 'request_invalid',
      attempt: (token) => ({ body: json(token).replace('{', `{"token":"${token}",`) }),
    },
    {
      how: 'the token twice, once escaped',
      code: 'request_invalid',
      attempt: (token) => ({ body: json(token).replace('{', `{"t\\u006fken":"${token}",`) }),
    },
    {
      how: 'the redemption inside a __proto__',
      code: 'request_invalid',
      attempt: (token) => ({ body: `{"__proto__":${json(token)}}` }),
    },
    {
      how: 'a list of redemptions',
      code: 'request_invalid',
      attempt: (token) => ({ body: `[${json(token)}]` }),
    },
    // Where
    {
      how: 'the token in the query string as well',
      code: 'request_invalid',
      attempt: (token) => ({ path: `/v1/redemptions?token=${token}` }),
    },
    { how: 'an empty query string', code: 'request_invalid', attempt: () => ({ path: '/v1/redemptions?' }) },
    { how: 'a slash at the end', code: 'not_found', attempt: () => ({ path: '/v1/redemptions/' }) },
    { how: 'another case', code: 'not_found', attempt: () => ({ path: '/v1/Redemptions' }) },
    { how: 'two slashes', code: 'not_found', attempt: () => ({ path: '/v1//redemptions' }) },
    {
      how: 'the token in the path',
      code: 'method_not_allowed',
      attempt: (token) => ({ path: `/v1/redemptions/${token}` }),
    },
    ...['GET', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE', 'QUERY'].map(
      (method): Refusal => ({ how: method, code: 'method_not_allowed', attempt: () => ({ method }) }),
    ),
    { how: 'HEAD', code: 'other', attempt: () => ({ method: 'HEAD' }) },
    { how: 'OPTIONS', code: 'other', attempt: () => ({ method: 'OPTIONS' }) },
    {
      how: 'GET that says it is a POST',
      code: 'method_not_allowed',
      attempt: () => ({ method: 'GET', headers: withHeader('X-HTTP-Method-Override: POST') }),
    },
    {
      how: 'the path of another call',
      code: 'request_invalid',
      attempt: () => ({ path: '/v1/tokens' }),
    },
    // In which form
    { how: 'a form', code: 'media_type_unsupported', attempt: () => ({ headers: typed('text/plain') }) },
    { how: 'no media type', code: 'media_type_unsupported', attempt: () => ({ headers: [key()] }) },
    {
      how: 'UTF-16',
      code: 'media_type_unsupported',
      attempt: (token) => ({
        headers: typed('application/json; charset=utf-16le'),
        body: Buffer.from(json(token), 'utf16le'),
      }),
    },
    {
      how: 'UTF-16 that is said to be UTF-8',
      code: 'request_invalid',
      attempt: (token) => ({ body: Buffer.from(`\ufeff${json(token)}`, 'utf16le') }),
    },
    {
      how: 'gzip',
      code: 'media_type_unsupported',
      attempt: (token) => ({
        headers: typed('application/json', 'Content-Encoding: gzip'),
        body: gzipSync(json(token)),
      }),
    },
    {
      how: 'two byte order marks',
      code: 'request_invalid',
      attempt: (token) => ({ body: `\ufeff\ufeff${json(token)}` }),
    },
    {
      how: 'an octet that is not UTF-8',
      code: 'request_invalid',
      attempt: (token) => ({ body: Buffer.from(json(token, { audience: '\xff' }), 'latin1') }),
    },
    {
      how: 'a lone surrogate',
      code: 'request_invalid',
      attempt: (token) => ({ body: json(token, { audience: '\ud800' }) }),
    },
    {
      how: 'nine levels',
      code: 'request_invalid',
      attempt: (token) => ({
        body: json(token, { audience: JSON.parse(`${'['.repeat(8)}${']'.repeat(8)}`) }),
      }),
    },
    { how: 'a comma too many', code: 'request_invalid', attempt: (token) => ({ body: `${json(token)},` }) },
    {
      how: '16,385 octets',
      code: 'request_too_large',
      attempt: (token) => ({ body: json(token).padEnd(16_385) }),
    },
    {
      how: 'a body that ends early',
      code: 'request_invalid',
      attempt: (token) => ({ body: json(token), contentLength: json(token).length + 1, hangUp: true }),
    },
    {
      how: 'a body that ends before its last chunk',
      code: 'request_invalid',
      attempt: (token) => ({
        headers: withHeader('Transfer-Encoding: chunked'),
        body: `${json(token).length.toString(16)}\r\n${json(token)}\r\n`,
        contentLength: null,
        hangUp: true,
      }),
    },
    {
      how: 'a chunk of nonsense length after the whole body',
      code: 'request_invalid',
      attempt: (token) => ({
        headers: withHeader('Transfer-Encoding: chunked'),
        body: `${json(token).length.toString(16)}\r\n${json(token)}\r\nzz\r\n`,
        contentLength: null,
      }),
    },
    {
      how: 'a length and chunks',
      code: 'request_invalid',
      attempt: () => ({ headers: withHeader('Transfer-Encoding: chunked') }),
    },
    {
      how: '20,000 octets of headers',
      code: 'request_too_large',
      attempt: () => ({ headers: withHeader(`X-A: ${'a'.repeat(20_000)}`) }),
    },
    {
      how: 'two names for the attempt',
      code: 'request_invalid',
      attempt: () => ({ headers: withHeader('Idempotency-Key: a', 'Idempotency-Key: a') }),
    },
    {
      how: 'a name for the attempt that is none',
      code: 'request_invalid',
      attempt: () => ({ headers: withHeader('Idempotency-Key: two words') }),
    },
    {
      how: 'two media types',
      code: 'request_invalid',
      attempt: () => ({ headers: withHeader('Content-Type: application/json') }),
    },
    // A token that only resembles the good one
    ...Object.entries(imitations()).map(
      ([how, imitate]): Refusal => ({
        how,
        code: 'token_invalid',
        attempt: (token) => ({ body: json(imitate(token)) }),
      }),
    ),
    // Elsewhere
    { how: 'another ledger with the same keys', code: 'token_void', attempt: () => ({ at: sibling }) },
  ];

  async function refusedAnswer({ attempt }: Refusal, token: string): Promise<RawAnswer> {
    const { at = service, hangUp = false, ...request } = attempt(token);
    const octets = requestOctets({ headers: jsonHeaders(service), body: json(token), ...request });
    return sendRaw(at, octets, { hangUp });
  }

  for (const refusal of refusals) {
    it(`${refusal.code}: ${refusal.how}`, async () => {
      const token = await mintToken(service, { purpose: PURPOSE, audience: 'billing' });
      const refused = await refusedAnswer(refusal, token);
      if (refusal.code === 'other') expect(refused.status, refused.everything).to.be.oneOf([204, 405]);
      else expect(refused.json?.code, refused.everything).to.equal(refusal.code);
      const good = await redeemToken(service, token, { purpose: PURPOSE, audience: 'billing' });
      expect(good.status, good.text).to.equal(200);
      expect(
        (await redeemToken(service, token, { purpose: PURPOSE, audience: 'billing' })).json.code,
      ).to.equal('token_burned');
    });
  }

  it('token_expired: an expired token takes no other with it', async () => {
    const good = await mintToken(service);
    await sleep(Math.max(0, expiredAtMs - Date.now()));
    expect((await redeemToken(service, expired)).json.code).to.equal('token_expired');
    expect((await redeemToken(service, good)).status).to.equal(200);
  });

  it('token_burned: a second attempt changes nothing of what is remembered of the first', async () => {
    const token = await mintToken(service, { purpose: PURPOSE, audience: 'billing' });
    const headers = { 'Idempotency-Key': 'first' };
    const first = await redeemToken(service, token, { purpose: PURPOSE, audience: 'billing', headers });
    const second = await redeemToken(service, token, { purpose: PURPOSE, audience: 'billing' });
    expect(second.json.code).to.equal('token_burned');
    expect(second.json.redeemedAt).to.match(RFC_3339);
    const again = await redeemToken(service, token, { purpose: PURPOSE, audience: 'billing', headers });
    expect(again.text).to.equal(first.text);
  });
});

/** Texts that are not the token, though they say what it says. */
function imitations(): Readonly<Record<string, (token: string) => string>> {
  const parts = (token: string) => token.split('.') as [string, string, string];
  const encode = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const lastCharacter = /.$/;
  return {
    'no signature': (token) => token.replace(/[^.]*$/, ''),
    'a signature of zeros': (token) => token.replace(/[^.]+$/, 'A'.repeat(86)),
    'a random signature': (token) => token.replace(/[^.]+$/, randomBytes(64).toString('base64url')),
    'the signature of another key over the same': (token) => {
      const [header, payload] = parts(token);
      const signature = sign('sha256', Buffer.from(`${header}.${payload}`), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      return `${header}.${payload}.${encode(signature)}`;
    },
    'alg none': (token) => `${encode('{"alg":"none"}')}.${parts(token)[1]}.`,
    'a header with its members in another order': (token) => {
      const [header, ...rest] = parts(token);
      const { alg, kid, typ } = JSON.parse(Buffer.from(header, 'base64url').toString());
      return [encode(JSON.stringify({ typ, kid, alg })), ...rest].join('.');
    },
    'a payload with another subject': (token) => {
      const [header, payload, signature] = parts(token);
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      return [header, encode(JSON.stringify({ ...claims, sub: 'root' })), signature].join('.');
    },
    'a payload with its jti alone': (token) => {
      const [header, payload, signature] = parts(token);
      const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString());
      return [header, encode(JSON.stringify({ jti })), signature].join('.');
    },
    'its last character in another spelling of the same octets': (token) =>
      token.replace(lastCharacter, (last) => String.fromCharCode(last.charCodeAt(0) + 1)),
    'padding at the end': (token) => `${token}==`,
    'a blank before it': (token) => ` ${token}`,
    'a line break after it': (token) => `${token}\n`,
    'the word Bearer before it': (token) => `Bearer ${token}`,
    'another alphabet': (token) => `${token}+/`,
    'a segment too many': (token) => `${token}.${parts(token)[2]}`,
    'itself twice': (token) => `${token}.${token}`,
    'itself in flattened JSON': (token) => {
      const [header, payload, signature] = parts(token);
      return JSON.stringify({ protected: header, payload, signature });
    },
    'its jti': (token) => JSON.parse(Buffer.from(parts(token)[1], 'base64url').toString()).jti,
    'upper case': (token) => token.toUpperCase(),
  };
}
