import { createRequire } from 'node:module';
import { asRe2, UnfitPatternError } from './pattern-syntax.ts';
import { asObject, subschemasOf } from './subschemas.ts';

/** Loads a package where it is first needed, without a turn of the event loop. */
const require = createRequire(import.meta.url);

/** A pattern that is matched in a time proportional to the text, whatever it is and whatever the text is. */
export interface LinearPattern {
  test(text: string): boolean;
  /** Ajv takes two patterns for the same if their texts are. */
  toString(): string;
  /** How many steps each character can take. */
  readonly steps: number;
}

/**
 * At most so many steps for each character. The longest claims then take 10 ms at the very worst (33 ns for a step),
 * and `^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$` has 192.
 */
const MAX_STEPS = 256;
/** What a pattern costs that has only one way to match: as measured, in such steps. */
const STEPS_OF_ONE_WAY = 8;

/**
 * The patterns of a JSON Schema, each once. Throws an Error that says which of them cannot be used, and why, by its
 * path in the schema.
 */
export function linearPatterns(schema: unknown): ReadonlyMap<string, LinearPattern> {
  const patterns = new Map<string, LinearPattern>();
  const visit = (part: unknown, path: readonly string[]): void => {
    const { pattern, patternProperties } = asObject(part);
    const found = [
      ...(typeof pattern === 'string' ? [[pattern, 'pattern'] as const] : []),
      ...Object.keys(asObject(patternProperties)).map((name) => [name, 'patternProperties'] as const),
    ];
    for (const [text, keyword] of found) {
      if (!patterns.has(text)) patterns.set(text, compile(text, [...path, keyword].join('.')));
    }
    for (const { keyword, name, schema: held } of subschemasOf(part)) {
      visit(held, [...path, keyword, ...(name === undefined ? [] : [name])]);
    }
  };
  visit(schema, []);
  return patterns;
}

function compile(pattern: string, path: string): LinearPattern {
  try {
    const { RE2JS }: typeof import('re2js') = require('re2js');
    const compiled = RE2JS.compile(asRe2(pattern));
    const steps = compiled.re2().onepass ? STEPS_OF_ONE_WAY : compiled.programSize();
    // Not its DFA, which can build a state for each character: that is slower by far at its worst.
    if (steps <= MAX_STEPS) {
      return { steps, test: (text) => compiled.matcher(text).find(), toString: () => `/${pattern}/` };
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`${path}: is not a regular expression`);
    if (error instanceof UnfitPatternError) {
      throw new Error(`${path}: the pattern cannot be used: ${error.message}`);
    }
  }
  throw new Error(
    `${path}: the pattern is too large: it repeats too much (bound lengths by minLength and maxLength)`,
  );
}
