import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { Sdk } from './sdk.ts';

/** Where the objects of a bucket are, by the endpoint rules of the SDK. */
export interface StoreAddress {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  /** What comes before an encoded key: ends with a slash. */
  readonly path: string;
  /** As it is signed. */
  readonly region: string;
}

const PLACEHOLDER = 'x';
const URL_PARTS = /^(https?:)\/\/([^/]+?)(?::(\d+))?(\/(?:.*\/)?)x\?/;

/**
 * What the SDK makes of a bucket, read from a URL that it signs with made-up credentials. The rules depend on
 * the bucket, the region and the endpoint, but not on the key. Rejects when no region can be found.
 */
export async function findAddress(
  { GetObjectCommand, S3Client, getSignedUrl }: Sdk,
  config: S3ClientConfig,
  bucket: string,
): Promise<StoreAddress> {
  const credentials = { accessKeyId: PLACEHOLDER, secretAccessKey: PLACEHOLDER };
  const client = new S3Client({ ...config, credentials });
  const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key: PLACEHOLDER }));
  client.destroy();
  const [, protocol, hostname, port, path] = URL_PARTS.exec(url) ?? [];
  const [, , region] = new URL(url).searchParams.get('X-Amz-Credential')?.split('/') ?? [];
  if (!protocol || !hostname || !path || !region) throw new TypeError('the SDK signs URLs of another form');
  return { protocol, hostname, ...(port === undefined ? {} : { port: Number(port) }), path, region };
}

export function originOf({ protocol, hostname, port }: StoreAddress): string {
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`).origin;
}
