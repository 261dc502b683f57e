/** A double needs at most 17 digits; whoever writes so many more means something else. */
const MAX_CHARACTERS = 100;
const SHORT = /^-?\d{1,15}$/;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

const NUMBER = /[-+.\deE]+/y;

/** What is written of a JSON number where one begins in a text. */
export function numberAt(text: string, start: number): string {
  NUMBER.lastIndex = start;
  return NUMBER.exec(text)?.[0] ?? '-';
}

/** Whether a JSON number is written as programs write it, so that reading and writing it again changes nothing. */
export function isPlainNumber(literal: string): boolean {
  return SHORT.test(literal) || (literal.length < MAX_CHARACTERS && String(Number(literal)) === literal);
}

/**
 * Whether a JSON number (RFC 8259 section 6) is the same number once a program has read it into a double and written it
 * again. What is no number at all is left to the parser.
 */
export function isExactNumber(literal: string): boolean {
  if (literal.length > MAX_CHARACTERS) return false;
  const value = Number(literal);
  if (Number.isNaN(value)) return true;
  return Number.isFinite(value) && canonical(literal) === canonical(String(value));
}

/** Sign, digits without zeros around them, and the power of ten of the last one. */
function canonical(decimal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(decimal) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  if (trimmed === '') return '0';
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + digits.length - trimmed.length}`;
}
