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

/** The code that a visitor typed, without spaces; undefined if it cannot be one, which is a slip of the hand. */
export function parseCode(typed: string | undefined): string | undefined {
  const digits = typed?.replaceAll(/\s/g, '') ?? '';
  return CODE.test(digits) ? digits : undefined;
}
