import { RE2JS } from 're2js';

/** Matching costs at most this times the length of the text. `^.{1,255}$` has about 500 steps. */
const MAX_STEPS = 600;

/** Patterns for ajv that are matched in a time proportional to the text, whatever they are and whatever it is. */
export const LINEAR_PATTERNS = Object.assign(linearPattern, { code: 'linearPattern' });

function linearPattern(pattern: string): { test(text: string): boolean; toString(): string } {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  // Ajv takes patterns for the same if their texts are.
  return { test: (text) => compiled.matcher(text).find(), toString: () => `/${pattern}/` };
}

/** What is wrong with the patterns of a JSON Schema, if anything, by their place in it. */
export function patternProblem(schema: unknown, place: readonly string[] = []): string | undefined {
  if (typeof schema !== 'object' || schema === null) return undefined;
  for (const [keyword, value] of Object.entries(schema)) {
    const here = [...place, keyword];
    const patterns = keyword === 'pattern' ? [value] : keyword === 'patternProperties' ? namesOf(value) : [];
    for (const pattern of patterns) {
      const problem = typeof pattern === 'string' ? problemOf(pattern) : undefined;
      if (problem !== undefined) return `${here.join('.')}: ${problem}`;
    }
    const problem = patternProblem(value, here);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function namesOf(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

function problemOf(pattern: string): string | undefined {
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    if (compiled.programSize() <= MAX_STEPS) return undefined;
    return `the pattern is too large: it repeats too much (use maxLength for lengths)`;
  } catch {
    return 'the pattern cannot be used: it is not a regular expression without look-around and back references, which would take unbounded time';
  }
}
