import type { S3Client } from '@aws-sdk/client-s3';
import type { Validity } from './expiry.ts';
import { DEFAULT_CONTENT_TYPE } from './put.ts';
import type { Sdk } from './sdk.ts';
import type { Terms } from './terms.ts';

/** An upload by an HTML form, of at most so many octets. */
export interface PostOrder {
  readonly method: 'POST';
  readonly key: string;
  readonly contentType: string;
  readonly maxLength: number;
}

export function postOrder(key: string, { contentType, maxLength }: Terms): PostOrder {
  return {
    method: 'POST',
    key,
    contentType: contentType ?? DEFAULT_CONTENT_TYPE,
    maxLength: Number(maxLength),
  };
}

export interface SignedPost {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** The SDK reads its clock twice in one turn of the loop; only a clock that is set in between needs another try. */
const TRIES = 3;

/** Signs a POST policy (Signature Version 4) with the credentials of the client. */
export async function signPost(
  { createPresignedPost }: Sdk,
  { key, contentType, maxLength }: PostOrder,
  bucket: string,
  client: S3Client,
  { signedAtMs, expiresInSeconds }: Validity,
  nowMs: () => number,
): Promise<SignedPost> {
  const date = new Date(signedAtMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  for (let tries = 0; tries < TRIES; tries++) {
    // It takes no moment, but adds this to the time. It does so before it first waits, so calls do not mix; half
    // a second keeps the milliseconds that pass until then out of the seconds.
    client.config.systemClockOffset = signedAtMs + 500 - nowMs();
    const { url, fields } = await createPresignedPost(client, {
      Bucket: bucket,
      Key: key,
      Expires: expiresInSeconds,
      Fields: { 'Content-Type': contentType },
      Conditions: [['content-length-range', 0, maxLength]],
    });
    if (fields['X-Amz-Date'] === date) return { url, fields };
  }
  throw new Error('the clock was set while a POST policy was signed');
}
