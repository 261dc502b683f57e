import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { MatchstickError } from '../../src/errors.ts';
import { MAX_JSON_DEPTH } from '../../src/token/json-value.ts';
import { parseStrictJson } from '../../src/token/strict-json.ts';
import { type Edit, edited, editedOctets, edits, strange } from './edits.ts';
import { isAmbiguous, jsonFacts } from './json-facts.ts';
import { jsonTexts } from './json-members.ts';
import { expectNoQuote, Find, type Property, type Target } from './target.ts';

type Parse = typeof parseStrictJson;

/** Longer texts may be refused for their size alone: the parser limits names and values. */
const FEW_OCTETS = 200;
const BOM = '\ufeff';
const gap = fc.oneof({ weight: 6, arbitrary: fc.constant('') }, fc.constantFrom(' ', '\n', '\t\r\n', BOM));

const name = fc.oneof(
  fc.constantFrom(
    '"a"',
    '"\\u0061"',
    '"b"',
    '"__proto__"',
    '"\\u005f_proto__"',
    '""',
    '"a\\\\"',
    '"\\""',
    '"é"',
  ),
  strange.map((text) => JSON.stringify(text)),
);

/** JSON texts as people and programs write them: names twice, escapes, blanks, numbers of every spelling. */
const { text: written } = fc.letrec<{ text: string; object: string; array: string }>((tie) => ({
  text: fc.oneof({ maxDepth: 5, withCrossShrink: true }, jsonTexts, tie('object'), tie('array')),
  object: fc
    .tuple(fc.array(fc.tuple(name, tie('text')), { maxLength: 4 }), gap)
    .map(
      ([members, blank]) => `{${members.map(([key, value]) => `${key}${blank}:${value}`).join(`${blank},`)}}`,
    ),
  array: fc
    .tuple(fc.array(tie('text'), { maxLength: 4 }), gap)
    .map(([items, blank]) => `[${blank}${items.join(`,${blank}`)}]`),
}));

const none = fc.constant<readonly Edit[]>([]);
const input = fc.oneof(
  { weight: 2, arbitrary: fc.record({ text: fc.json({ maxDepth: 5 }), edits: none, octets: none }) },
  { weight: 4, arbitrary: fc.record({ text: written, edits: none, octets: none }) },
  { weight: 3, arbitrary: fc.record({ text: written, edits: edits(2), octets: none }) },
  { weight: 1, arbitrary: fc.record({ text: written, edits: none, octets: edits(2) }) },
);

/** The value that everybody reads in these octets; undefined when there is none. */
function valueIn(octets: Uint8Array): { readonly value: unknown; readonly text: string } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
    const plain = text.startsWith(BOM) ? text.slice(1) : text;
    return { value: JSON.parse(plain), text: plain };
  } catch {
    return undefined;
  }
}

function strictJsonProperty(parse: Parse): Property {
  return fc.property(input, ({ text, edits: ofText, octets: ofOctets }) => {
    const octets = editedOctets(Buffer.from(edited(text, ofText)), ofOctets);
    const expected = valueIn(octets);
    const facts = expected && jsonFacts(expected.text);
    let value: unknown;
    try {
      value = parse(octets);
    } catch (error) {
      if (!(error instanceof MatchstickError) || error.code !== 'request_invalid') throw error;
      // The path shows names that look like names; what is wrong there quotes nothing.
      const messages = (error.extras.errors ?? []).map(({ message }) => message);
      expectNoQuote(messages.join('\n'), octets.toString());
      const isPlain = expected && expected.text === JSON.stringify(expected.value) && !octets.includes(BOM);
      if (
        isPlain &&
        octets.length < FEW_OCTETS &&
        facts &&
        !isAmbiguous(facts) &&
        facts.depth <= MAX_JSON_DEPTH
      ) {
        throw new Find(`plain JSON is refused: ${error.message}`);
      }
      return;
    }
    if (!expected || !facts) throw new Find('what is no JSON is accepted');
    if (isAmbiguous(facts)) throw new Find('what can be read in two ways is accepted');
    if (facts.depth > MAX_JSON_DEPTH) throw new Find('deep nesting is accepted');
    if (!isDeepStrictEqual(value, expected.value)) throw new Find('another value is read than by JSON.parse');
  });
}

/** The parser of every body and proof. */
export const strictJsonTarget: Target<Parse> = {
  name: 'strict-json',
  suiteRuns: 1200,
  open: async () => ({ subject: parseStrictJson, property: strictJsonProperty }),
};
