/**
 * RFC 4648 section 5 without padding, where every octet string has exactly one spelling: the unused
 * low bits of the last character are zero. Decoders accept 4 or 16 spellings of the same octets.
 */
const CANONICAL = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

export function isCanonicalBase64url(text: string): boolean {
  return text !== '' && CANONICAL.test(text);
}
