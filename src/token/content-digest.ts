/** Algorithms of RFC 9530 section 5 that are strong enough, and how many octets their digests have. */
const OCTETS = new Map([
  ['sha-256', 32],
  ['sha-512', 64],
]);

const MEMBER = /^([a-z*][a-z0-9_\-.*]*)=:([A-Za-z0-9+/]*={0,2}):$/;

/**
 * The digests of a Content-Digest field (RFC 9530 section 2) that are strong enough, each as
 * `<algorithm>=:<base64>:`. Undefined for a field that has none, or is not one: two digests of one
 * algorithm are not, since readers differ on which of them counts.
 */
export function strongDigests(field: string): readonly string[] | undefined {
  const strong: string[] = [];
  const seen = new Set<string>();
  for (const member of field.split(',').map((text) => text.trim())) {
    const [, algorithm, value] = MEMBER.exec(member) ?? [];
    if (algorithm === undefined || value === undefined || seen.has(algorithm)) return undefined;
    seen.add(algorithm);
    const octets = OCTETS.get(algorithm);
    if (octets === undefined) continue;
    if (!isBase64Of(value, octets)) return undefined;
    strong.push(member);
  }
  return strong.length > 0 ? strong : undefined;
}

/** In the one spelling with padding (RFC 4648 section 4). */
function isBase64Of(text: string, octets: number): boolean {
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === octets && decoded.toString('base64') === text;
}
