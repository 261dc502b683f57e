import type { PresignOrder } from './presign.ts';
import type { Terms } from './terms.ts';

export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

/**
 * An upload to a key at which there is nothing yet. What it is held to stands in headers that are signed, so
 * the uploader must send each of them exactly.
 */
export function putOrder(
  key: string,
  { contentType, contentLength, checksumSha256, contentMd5 }: Terms,
): PresignOrder {
  return {
    method: 'PUT',
    key,
    query: { 'x-id': 'PutObject' },
    headers: {
      'If-None-Match': '*',
      'Content-Type': contentType ?? DEFAULT_CONTENT_TYPE,
      ...(contentLength === undefined ? {} : { 'Content-Length': contentLength }),
      ...(contentMd5 === undefined ? {} : { 'Content-MD5': contentMd5 }),
      ...(checksumSha256 === undefined ? {} : { 'x-amz-checksum-sha256': checksumSha256 }),
    },
  };
}
