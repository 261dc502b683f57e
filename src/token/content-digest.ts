import { type Dictionary, ParseError, parseDictionary, serializeDictionary } from 'structured-headers';

/** Algorithms of RFC 9530 section 5 that are strong enough, and how many octets their digests have. */
const OCTETS = new Map([
  ['sha-256', 32],
  ['sha-512', 64],
]);

/**
 * The digests of a Content-Digest field (RFC 9530 section 2) that are strong enough, each as
 * `<algorithm>=:<base64>:`. Undefined for a field that has none, or is not one.
 *
 * Stricter than RFC 9651: the field must be in its canonical spelling, but for the spaces around its commas. So it
 * cannot name one algorithm twice, on which readers differ, nor spell one digest in two ways.
 */
export function strongDigests(field: string): readonly string[] | undefined {
  const dictionary = parseField(field);
  if (!dictionary) return undefined;
  const strong: string[] = [];
  for (const [algorithm, [value, parameters]] of dictionary) {
    if (!(value instanceof ArrayBuffer) || parameters.size > 0) return undefined;
    const octets = OCTETS.get(algorithm);
    if (octets === undefined) continue;
    if (value.byteLength !== octets) return undefined;
    strong.push(`${algorithm}=:${Buffer.from(value).toString('base64')}:`);
  }
  return strong.length > 0 ? strong : undefined;
}

function parseField(field: string): Dictionary | undefined {
  try {
    const dictionary = parseDictionary(field);
    const members = field.split(',').map((text) => text.trim());
    return serializeDictionary(dictionary) === members.join(', ') ? dictionary : undefined;
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}
