/** A pattern that cannot be matched in bounded time. The message completes "the pattern cannot be used: …". */
export class UnfitPatternError extends Error {}

/** The parts of a regular expression that is read with the flag `u` (ECMA-262 section 22.2.1), in their order. */
const PARTS: Readonly<Record<string, RegExp>> = {
  looks: /\(\?<?[=!]/,
  flags: /\(\?[^:<]/,
  group: /\((?:\?:|\?<[^>]+>)?/,
  back: /\\(?:k<|[1-9])/,
  same: /\\[bB^$\\.*+?()[\]{}|/]|[*+?|)]|\{\d+(?:,\d*)?\}/,
  edge: /[\^$]/,
  set: /\[(?:[^\]\\]|\\.)*\]|\.|\\(?:[pPu]\{[^}]*\}|u[dD][89abAB].{2}\\u[dD][c-fC-F].{2}|u.{4}|x.{2}|c.|.)/,
  literal: /./,
};
const PART = new RegExp(
  Object.entries(PARTS)
    .map(([name, { source }]) => `(?<${name}>${source})`)
    .join('|'),
  'gsu',
);

/**
 * A pattern of JSON Schema, which is a regular expression of ECMA-262 with the flag `u`, in the syntax of RE2: it finds
 * the same in every text. Its groups capture nothing. Throws a SyntaxError for what is no regular expression, and an
 * UnfitPatternError for look-around and back references.
 */
export function asRe2(pattern: string): string {
  new RegExp(pattern, 'u');
  return [...pattern.matchAll(PART)].map(({ groups = {} }) => translated(groups)).join('');
}

function translated(part: Readonly<Record<string, string | undefined>>): string {
  const { looks, flags, group, back, same, edge, set, literal = '' } = part;
  if (looks) throw new UnfitPatternError(`look-around such as ${looks}…) takes unbounded time`);
  if (back) throw new UnfitPatternError('back references such as \\1 take unbounded time');
  if (flags) throw new UnfitPatternError('inline flags are not supported');
  if (group) return '(?:';
  if (edge) return edge === '^' ? '\\A' : '\\z';
  return same ?? (set ? characterClass(set) : escaped(literal.codePointAt(0)));
}

const classes = new Map<string, string>();

/** The characters that a part stands for. JavaScript itself is asked, so that they are those of its version of Unicode. */
function characterClass(part: string): string {
  const ranges = classes.get(part) ?? rangesOf(part);
  classes.set(part, ranges);
  return ranges === '' ? '[^\\x{0}-\\x{10FFFF}]' : `[${ranges}]`;
}

const BLOCK = 0x800;
const BLOCKS = 0x11_0000 / BLOCK;
/** The block of the surrogates, which no well-formed text has alone. */
const SURROGATES = 0xd800 / BLOCK;

function rangesOf(part: string): string {
  const runs = new RegExp(`(?:${part})+`, 'gu');
  const ranges: { first: number; next: number }[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    if (block === SURROGATES) continue;
    const characters: number[] = [];
    for (let character = block * BLOCK; characters.length < BLOCK; character++) characters.push(character);
    for (const [run] of String.fromCodePoint(...characters).matchAll(runs)) {
      const first = run.codePointAt(0) ?? 0;
      const next = first + run.length / String.fromCodePoint(first).length;
      const before = ranges.at(-1);
      if (before?.next === first) before.next = next;
      else ranges.push({ first, next });
    }
  }
  return ranges.map(({ first, next }) => `${escaped(first)}-${escaped(next - 1)}`).join('');
}

function escaped(character = 0): string {
  return `\\x{${character.toString(16)}}`;
}
