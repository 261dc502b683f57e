import type { ErrorObject } from 'ajv/dist/2020.js';
import { pointerTo, showablePath } from '../contract/input-path.ts';
import type { InputProblem } from '../errors.ts';
import { didYouMean } from '../input-problems.ts';

/** One thing that ajv found wrong with claims, in the words of this service and at the place that it is about. */
export function claimProblem(error: ErrorObject): InputProblem {
  const inside = error.instancePath.split('/').slice(1).map(unescaped);
  const parts = ['claims', ...inside, ...memberOf(error)];
  return { path: showablePath(parts), pointer: pointerTo(parts), message: messageOf(error) };
}

/** The member that is missing or too much. */
function memberOf({ params }: ErrorObject): readonly string[] {
  const name: unknown =
    params.additionalProperty ?? params.unevaluatedProperty ?? params.missingProperty ?? params.propertyName;
  return typeof name === 'string' ? [name] : [];
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
  null: 'null',
};

/** A longer pattern says nothing to whoever reads it in a message. */
const LONGEST_PATTERN = 60;
const MOST_VALUES = 20;

function messageOf({
  keyword,
  params,
  parentSchema,
  message = 'does not fit the purpose',
}: ErrorObject): string {
  const limit = Number(params.limit).toLocaleString('en-US');
  switch (keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const declared = Object.keys(parentSchema?.properties ?? {});
      const name = String(params.additionalProperty ?? params.unevaluatedProperty);
      return `is not declared by the purpose${didYouMean(name, declared)}`;
    }
    case 'required':
      return 'is required';
    case 'dependentRequired':
      return `is required with ${params.property}`;
    case 'type':
      return `must be ${[params.type]
        .flat()
        .map((type) => KINDS[type] ?? type)
        .join(' or ')}`;
    case 'enum':
      return `must be one of ${valuesOf(params.allowedValues)}`;
    case 'const':
      return `must be ${valuesOf([params.allowedValue])}`;
    case 'minLength':
      return `must have at least ${limit} ${params.limit === 1 ? 'character' : 'characters'}`;
    case 'maxLength':
      return `must have at most ${limit} ${params.limit === 1 ? 'character' : 'characters'}`;
    case 'minItems':
    case 'maxItems':
      return `must have at ${keyword === 'minItems' ? 'least' : 'most'} ${limit} ${params.limit === 1 ? 'item' : 'items'}`;
    case 'minProperties':
    case 'maxProperties':
      return `must have at ${keyword === 'minProperties' ? 'least' : 'most'} ${limit} members`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'exclusiveMinimum':
      return `must be more than ${limit}`;
    case 'exclusiveMaximum':
      return `must be less than ${limit}`;
    case 'multipleOf':
      return `must be a multiple of ${params.multipleOf}`;
    case 'pattern':
      return String(params.pattern).length > LONGEST_PATTERN
        ? 'does not match its pattern'
        : `must match the pattern ${params.pattern}`;
    case 'uniqueItems':
      return 'must not have two equal items';
    case 'contains':
      return 'lacks an item that it must have';
    case 'propertyNames':
      return 'is a name that is not allowed here';
    case 'anyOf':
    case 'oneOf':
      return 'has none of the forms that are allowed here, or more than one';
    case 'not':
    case 'if':
      return 'has a form that is not allowed here';
    case 'false schema':
      return 'is not allowed here';
    default:
      return message;
  }
}

function valuesOf(values: unknown): string {
  const all = Array.isArray(values) ? values : [];
  const shown = all
    .slice(0, MOST_VALUES)
    .map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return [...shown, ...(all.length > shown.length ? ['…'] : [])].join(', ');
}

/** A segment of a JSON Pointer (RFC 6901 section 4). */
function unescaped(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}
