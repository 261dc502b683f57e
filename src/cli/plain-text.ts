/** Control characters but for the line break and the tab, and what reorders or breaks lines where it is shown. */
const UNSAFE = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;
/** The only sequences that commands write themselves: see `coloured`. */
const OWN_COLOURS = new RegExp(`(${String.fromCharCode(27)}\\[(?:0|1|22|3[1239])m)`);

/**
 * A text that a terminal shows and does not obey: whatever a service, a ledger or a token says is in it. Characters are
 * written as JSON escapes them, so a document in JSON stays the same document.
 */
export function plainText(text: string, hasColours: boolean): string {
  if (!hasColours) return escaped(text);
  return text
    .split(OWN_COLOURS)
    .map((part, index) => (index % 2 === 1 ? part : escaped(part)))
    .join('');
}

/** The same, in one line: nothing in it can pass for what a command says itself. */
export function oneLine(text: string): string {
  return escaped(text).replaceAll('\n', '\\n');
}

function escaped(text: string): string {
  return text.replace(UNSAFE, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
