/** Algorithms of RFC 9530 section 5 that are strong enough, and how long their digests are in base64. */
const BASE64_CHARACTERS: Readonly<Record<string, number>> = { 'sha-256': 44, 'sha-512': 88 };

const MEMBER = /^([a-z0-9*][a-z0-9_\-.*]*)=:([A-Za-z0-9+/]*={0,2}):$/;

/**
 * The digests of a Content-Digest field (RFC 9530 section 2) that are strong enough, each as
 * `<algorithm>=:<base64>:`. Undefined for a field that is not one, or has none.
 */
export function strongDigests(field: string): readonly string[] | undefined {
  const members = field.split(',').map((member) => MEMBER.exec(member.trim()));
  if (members.some((member) => member === null)) return undefined;
  const strong = members
    .flatMap((member) => (member ? [member] : []))
    .filter(([, algorithm = '', value = '']) => value.length === BASE64_CHARACTERS[algorithm])
    .map(([member]) => member);
  return strong.length > 0 ? strong : undefined;
}
