/** How often a visitor may type a wrong code. */
export const CODE_TRIES = 5;

const CODE = /^\d{6}$/;
const CODES = 1_000_000;
/** The largest multiple of `CODES` that four octets can say: numbers above it would favor low codes. */
const FAIR_BELOW = Math.floor(2 ** 32 / CODES) * CODES;

/** Six digits, each code as likely as any other. */
export function newCode(randomBytes: (size: number) => Uint8Array): string {
  for (;;) {
    const drawn = new DataView(Uint8Array.from(randomBytes(4)).buffer).getUint32(0);
    if (drawn < FAIR_BELOW) return String(drawn % CODES).padStart(6, '0');
  }
}

/** What people and programs write between digits: blanks, dashes and other punctuation, and what cannot be seen. */
const BETWEEN_DIGITS = /[\p{Z}\p{C}\p{P}\u2212]/gu;
const DIGIT = /\p{Nd}/u;

/**
 * The code that a visitor typed, in the digits of any script, whatever stands between them: `644-943`, `６４４ ９４３`.
 * Undefined if it cannot be a code, which is a slip of the hand.
 */
export function parseCode(typed: string | undefined): string | undefined {
  const digits = Array.from((typed ?? '').normalize('NFKC').replace(BETWEEN_DIGITS, ''), asciiDigit).join('');
  return CODE.test(digits) ? digits : undefined;
}

/** Unicode has the ten digits of a script one after the other, beginning with its zero. */
function asciiDigit(character: string): string {
  if (!DIGIT.test(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  let before = 0;
  while (DIGIT.test(String.fromCodePoint(point - before - 1))) before++;
  return String(before % 10);
}
