import { fromBase64url } from './base64url.ts';
import { KID, TOKEN_TYPE, type VerificationKeys } from './key.ts';

/** Why a token is refused whose key may have been made elsewhere a moment ago. */
export const UNKNOWN_KEY = 'its key is not known here';

const MAX_HEADER_CHARACTERS = 512;
const MEMBERS = ['alg', 'kid', 'typ'];

/**
 * Says why a header that matched no key byte for byte was refused. It only ever explains: nothing
 * here can accept a token, so a lenient parse does no harm.
 */
export function explainHeader(segment: string, keys: VerificationKeys): string {
  const decoded = decodeHeader(segment);
  if (!decoded.ok) return decoded.reason;
  const { header } = decoded;
  const unknown = Object.keys(header).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) return 'its header has a member other than alg, kid and typ';
  if (header.typ !== TOKEN_TYPE) return `its header's typ is not ${TOKEN_TYPE}`;
  if (typeof header.kid !== 'string' || !KID.test(header.kid))
    return "its header's kid is missing or malformed";
  const key = [...keys.values()].find(({ kid }) => kid === header.kid);
  if (!key) return UNKNOWN_KEY;
  if (header.alg !== key.algorithm) return "its header's alg is not the algorithm of its key";
  return 'its header is not in canonical form';
}

type DecodedHeader =
  | { readonly ok: true; readonly header: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly reason: string };

function decodeHeader(segment: string): DecodedHeader {
  if (segment.length > MAX_HEADER_CHARACTERS) return { ok: false, reason: 'its header is too long' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fromBase64url(segment));
    const header: unknown = JSON.parse(text);
    if (typeof header !== 'object' || header === null || Array.isArray(header))
      return { ok: false, reason: 'its header is not an object' };
    return { ok: true, header: { ...header } };
  } catch {
    return { ok: false, reason: 'its header is not JSON in UTF-8' };
  }
}
