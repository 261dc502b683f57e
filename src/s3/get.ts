import { create as contentDisposition } from 'content-disposition';
import { filenameOf } from './object-key.ts';
import type { PresignOrder } from './presign.ts';
import type { Terms } from './terms.ts';

/**
 * A download. It is always saved, never shown: what somebody uploaded must not run as a page of the store's
 * origin.
 */
export function getOrder(key: string, { filename, contentType }: Terms): PresignOrder {
  return {
    method: 'GET',
    key,
    query: {
      'x-id': 'GetObject',
      'response-content-disposition': contentDisposition(filename ?? filenameOf(key)),
      ...(contentType === undefined ? {} : { 'response-content-type': contentType }),
    },
    headers: {},
  };
}
