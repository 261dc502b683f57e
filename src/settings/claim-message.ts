import type { ErrorObject } from 'ajv/dist/2020.js';
import { didYouMean } from '../input-problems.ts';

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

/** A longer pattern says nothing to its reader. */
const LONGEST_PATTERN = 60;
const LONGEST_VALUES = 200;

type Message = (params: Readonly<Record<string, unknown>>, schema: ErrorObject['parentSchema']) => string;

const atLeast =
  (unit: string): Message =>
  ({ limit }) =>
    `must have at least ${amount(limit, unit)}`;
const atMost =
  (unit: string): Message =>
  ({ limit }) =>
    `must have at most ${amount(limit, unit)}`;
const undeclared: Message = ({ additionalProperty, unevaluatedProperty }, schema) => {
  const name = String(additionalProperty ?? unevaluatedProperty);
  return `is not declared by the purpose${didYouMean(name, Object.keys(schema?.properties ?? {}))}`;
};
const noForm: Message = () => 'matches none of the allowed schemas';

/** By the keyword of the schema: what is wrong, as the end of a sentence that begins with the path. */
const MESSAGES: Readonly<Record<string, Message>> = {
  additionalProperties: undeclared,
  unevaluatedProperties: undeclared,
  required: () => 'is required',
  dependentRequired: ({ property }) => `is required together with ${property}`,
  type: ({ type }) =>
    `must be ${[type]
      .flat()
      .map((each) => KINDS[String(each)])
      .join(' or ')}`,
  enum: ({ allowedValues }) => `must be one of ${listed(allowedValues)}`,
  const: ({ allowedValue }) => `must be ${listed([allowedValue])}`,
  minLength: atLeast('character'),
  maxLength: atMost('character'),
  minItems: atLeast('item'),
  maxItems: atMost('item'),
  items: atMost('item'),
  unevaluatedItems: atMost('item'),
  minProperties: atLeast('member'),
  maxProperties: atMost('member'),
  minimum: ({ limit }) => `must be at least ${written(limit)}`,
  maximum: ({ limit }) => `must be at most ${written(limit)}`,
  exclusiveMinimum: ({ limit }) => `must be more than ${written(limit)}`,
  exclusiveMaximum: ({ limit }) => `must be less than ${written(limit)}`,
  multipleOf: ({ multipleOf }) => `must be a multiple of ${written(multipleOf)}`,
  pattern: ({ pattern }) =>
    String(pattern).length > LONGEST_PATTERN
      ? 'does not match the pattern that the purpose declares'
      : `must match the pattern ${pattern}`,
  uniqueItems: ({ i, j }) => `must not have equal items, as ${j} and ${i} are`,
  contains: ({ minContains, maxContains }) =>
    maxContains === undefined
      ? `must have at least ${amount(minContains, 'item')} of the form that the purpose declares`
      : `must have ${written(minContains)} to ${written(maxContains)} items of the form that the purpose declares`,
  propertyNames: () => 'is not a name that is allowed here',
  anyOf: noForm,
  oneOf: (params, schema) =>
    params.passingSchemas ? 'matches more than one of the allowed schemas' : noForm(params, schema),
  not: () => 'has a form that is not allowed here',
  'false schema': () => 'is not allowed here',
};

export function claimMessage({ keyword, params, parentSchema }: ErrorObject): string {
  const message = Object.hasOwn(MESSAGES, keyword) ? MESSAGES[keyword] : undefined;
  return message?.(params, parentSchema) ?? 'does not fit what the purpose declares';
}

function amount(count: unknown, unit: string): string {
  return `${written(count)} ${unit}${count === 1 ? '' : 's'}`;
}

function written(number: unknown): string {
  return Number.isSafeInteger(number) ? Number(number).toLocaleString('en-US') : String(number);
}

/** Values as they are declared, as many as a sentence can have. */
function listed(values: unknown): string {
  const texts = [values].flat().map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  let shown = '';
  for (const [index, text] of texts.entries()) {
    if (index > 0 && shown.length + text.length > LONGEST_VALUES) return `${shown}, …`;
    shown += `${index > 0 ? ', ' : ''}${text}`;
  }
  return shown;
}
