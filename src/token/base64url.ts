/**
 * RFC 4648 section 5 without padding, where every octet string has exactly one spelling: the unused
 * low bits of the last character are zero. Decoders accept 4 or 16 spellings of the same octets.
 */
const CANONICAL = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

export function isCanonicalBase64url(text: string): boolean {
  return text !== '' && CANONICAL.test(text);
}

/** Octets, or a text as UTF-8, in that one spelling. */
export function toBase64url(content: string | Uint8Array): string {
  if (typeof content === 'string') return Buffer.from(content).toString('base64url');
  if (Buffer.isBuffer(content)) return content.toString('base64url');
  return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64url');
}

/** The octets of a text that is known to be canonical: of any other, some. */
export function fromBase64url(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
