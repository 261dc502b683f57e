import type { ClaimsSchema } from './declared-claims.ts';
import { asObject } from './subschemas.ts';

type Fits = (value: unknown) => boolean;

const isText: Fits = (value) => typeof value === 'string';
const isNumber: Fits = (value) => Number.isFinite(value);
const isLength: Fits = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const areTexts: Fits = (value) => Array.isArray(value) && value.length > 0 && value.every(isText);

const NOTES = { type: isText, title: isText, description: isText };
const OF_NUMBERS = { ...NOTES, minimum: isNumber, maximum: isNumber };

/** What can be said of a claim, by its type. */
const KEYWORDS = new Map<unknown, Readonly<Record<string, Fits>>>([
  ['string', { ...NOTES, minLength: isLength, maxLength: isLength, enum: areTexts }],
  ['integer', OF_NUMBERS],
  ['number', OF_NUMBERS],
  ['boolean', NOTES],
]);
const NAME = /^[A-Za-z]\w*$/;

/**
 * Whether the schema of claims is so plain that it cannot be wrong. Most are. To find what is wrong with others, the
 * schema of schemas itself has to be compiled, which takes longer than all else that is read of a configuration.
 */
export function isPlain(schema: ClaimsSchema): boolean {
  const { type, properties = {}, required = [], additionalProperties, ...more } = schema;
  const names = Object.keys(asObject(properties));
  const isRequired = (name: unknown) => typeof name === 'string' && names.includes(name);
  return (
    type === 'object' &&
    (additionalProperties === undefined || additionalProperties === false) &&
    typeof properties === 'object' &&
    properties !== null &&
    !Array.isArray(properties) &&
    names.every((name) => NAME.test(name)) &&
    Object.values(asObject(properties)).every(isPlainClaim) &&
    Array.isArray(required) &&
    required.every(isRequired) &&
    new Set(required).size === required.length &&
    fits(more, NOTES)
  );
}

function isPlainClaim(schema: unknown): boolean {
  const said = asObject(schema);
  const keywords = KEYWORDS.get(said.type);
  return keywords !== undefined && !Array.isArray(schema) && fits(said, keywords);
}

function fits(said: Readonly<Record<string, unknown>>, keywords: Readonly<Record<string, Fits>>): boolean {
  return Object.entries(said).every(
    ([keyword, value]) => Object.hasOwn(keywords, keyword) && keywords[keyword]?.(value) === true,
  );
}
