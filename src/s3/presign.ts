import type { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import type { StoreAddress } from './address.ts';
import type { Validity } from './expiry.ts';

/** A request whose signature goes into its URL. */
export interface PresignOrder {
  readonly method: 'GET' | 'PUT';
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  /** All are signed: they must be sent exactly so. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The URL that `getSignedUrl` of the SDK writes, at a tenth of its cost: the SDK signs, but the request is
 * put together here, from what the SDK once made of this store's address (see address.ts).
 */
export async function presign(
  { method, key, query, headers }: PresignOrder,
  { protocol, hostname, port, path }: StoreAddress,
  presigner: S3RequestPresigner,
  { signedAtMs, expiresInSeconds }: Validity,
): Promise<string> {
  const request = {
    method,
    protocol,
    hostname,
    ...(port === undefined ? {} : { port }),
    path: path + encoded(key).replaceAll('%2F', '/'),
    query: { ...query },
    headers: { ...headers },
  };
  const signed = await presigner.presign(request, {
    signingDate: new Date(signedAtMs),
    expiresIn: expiresInSeconds,
    // Unless told so, the SDK leaves the one unsigned and moves the other into the URL, where it binds nothing.
    signableHeaders: new Set(['content-type']),
    unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
  });
  const authority = port === undefined ? hostname : `${hostname}:${port}`;
  return `${protocol}//${authority}${request.path}?${queryString(signed.query ?? {})}`;
}

type Query = NonNullable<Awaited<ReturnType<S3RequestPresigner['presign']>>['query']>;

function queryString(query: Query): string {
  return Object.entries(query)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`)
    .join('&');
}

const UNRESERVED = /^[\w.~-]*$/;

/** RFC 3986: everything but unreserved characters. */
function encoded(text: string): string {
  if (UNRESERVED.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
