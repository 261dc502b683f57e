import { referenceIn } from '../links/reference.ts';

/** Below `/l`, however often a slash was doubled. */
const BELOW = /^[\\/]+l(?:[\\/]+|$)([\s\S]*)$/;
const ENCODED = /(?:%[\da-f]{2})+/gi;
/** Some programs encode what is encoded. */
const DECODINGS = 3;
/** No reference, so no link is found there. */
const NOWHERE = '-';

/**
 * The path of the link that a target below `/l` means, with its query: mail programs, messengers and people leave
 * punctuation, blanks and more behind a link, and some encode it. Every such target leads to a page, if only to that of a
 * dead link. Any other target stays as it is.
 */
export function linkTarget(target: string): string {
  const query = target.indexOf('?');
  const path = query < 0 ? target : target.slice(0, query);
  const [, rest] = BELOW.exec(decoded(path)) ?? [];
  if (rest === undefined) return target;
  return `/l/${referenceIn(rest) ?? NOWHERE}${query < 0 ? '' : target.slice(query)}`;
}

/** Percent-encoding that is not valid stays: it is behind the reference, or there is none. */
function decoded(path: string): string {
  let text = Buffer.from(path, 'latin1').toString();
  for (let times = 0; times < DECODINGS && text.includes('%'); times++) {
    text = text.replace(ENCODED, (octets) => Buffer.from(octets.replaceAll('%', ''), 'hex').toString());
  }
  return text;
}
