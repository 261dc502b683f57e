import { create as contentDisposition } from 'content-disposition';
import { filenameOf } from './object-key.ts';
import type { PresignOrder } from './presign.ts';
import type { Terms } from './terms.ts';

/** What shows a name in another order than it has, and what some browsers decode (RFC 2047 section 2). */
const MISLEADING = /\p{Bidi_Control}|(?<==)\?/gu;

/** A name that is read as it stands: `a\u202egpj.exe` does not end as a picture. */
function plain(name: string): string {
  return name.replaceAll(MISLEADING, '_');
}

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
      'response-content-disposition': contentDisposition(plain(filename ?? filenameOf(key))),
      ...(contentType === undefined ? {} : { 'response-content-type': contentType }),
    },
    headers: {},
  };
}
