import { MAX_JSON_DEPTH } from '../token/json-value.ts';
import type { LinearPattern } from './linear-patterns.ts';
import { asObject, referred, type Subschema, subschemasOf } from './subschemas.ts';

/** What checking takes for each octet of a value, of the values in it, of those in these, and so on. In steps of 33 ns. */
type Steps = readonly number[];

/** What the schemas of a value say of it adds up; of the members of an object, each octet is in one. */
interface Work {
  readonly each: Steps;
  readonly byMember: ReadonlyMap<string, Steps>;
}

type Patterns = ReadonlyMap<string, Pick<LinearPattern, 'steps'>>;

/** Whether a value is the only one at its place, or one of as many members or items as claims can have. */
type Place = 'only' | 'member' | 'item';

/** As measured with claims of the largest size in which everything is wrong, so that each step makes a problem. */
const STEPS = { schema: 8, requiredName: 1, enumValue: 0.1, octetOfEnum: 0.1, uniqueItems: 12 };
/** How many values there can be at a place, as a part of the most there can be: an item takes two octets. */
const PART_OF: Readonly<Record<Place, number>> = { only: 1 / 256, member: 1 / 3, item: 1 };

/** Where the schemas of a keyword apply. Absent: nowhere. */
const PLACES: Readonly<Record<string, 'same' | 'named' | 'member' | 'item'>> = {
  allOf: 'same',
  anyOf: 'same',
  oneOf: 'same',
  not: 'same',
  if: 'same',
  then: 'same',
  else: 'same',
  dependentSchemas: 'same',
  properties: 'named',
  prefixItems: 'named',
  propertyNames: 'member',
  patternProperties: 'member',
  additionalProperties: 'member',
  unevaluatedProperties: 'member',
  items: 'item',
  contains: 'item',
  unevaluatedItems: 'item',
};

/**
 * How many steps each octet of claims can take. Throws an Error for a schema that holds a value to itself again and
 * again, and for a reference that is not followed here.
 */
export function workOf(schema: unknown, patterns: Patterns): number {
  /** By place, and by how many levels of values can be below. Undefined while it is being worked out. */
  const known = new Map<string, Map<unknown, Work | undefined>>();

  function visit(part: unknown, place: Place, levels: number): Work {
    const works = known.get(`${place} ${levels}`) ?? new Map<unknown, Work | undefined>();
    known.set(`${place} ${levels}`, works);
    const before = works.get(part);
    if (before) return before;
    if (works.has(part)) throw new Error('a $ref leads back to where it is');
    works.set(part, undefined);
    const work = together([
      { each: [stepsOf(part, place, patterns)], byMember: new Map() },
      ...referred(part, schema).map((target) => visit(target, place, levels)),
      ...subschemasOf(part).map((held) => heldWork(held, place, levels)),
    ]);
    works.set(part, work);
    return work;
  }

  function heldWork({ keyword, name = '', schema: held }: Subschema, place: Place, levels: number): Work {
    const where = PLACES[keyword];
    if (where === 'same') return visit(held, place, levels);
    if (where === undefined || levels === 0) return { each: [], byMember: new Map() };
    if (where === 'named') {
      return { each: [], byMember: new Map([[name, below(visit(held, place, levels - 1))]]) };
    }
    const inside = place === 'item' ? 'item' : where;
    return { each: below(visit(held, inside, levels - 1)), byMember: new Map() };
  }

  return Math.max(...flat(visit(schema, 'only', MAX_JSON_DEPTH)));
}

function together(works: readonly Work[]): Work {
  const byMember = new Map<string, Steps>();
  for (const [name, steps] of works.flatMap((work) => [...work.byMember])) {
    byMember.set(name, sum([byMember.get(name) ?? [], steps]));
  }
  return { each: sum(works.map(({ each }) => each)), byMember };
}

function flat({ each, byMember }: Work): Steps {
  return sum([each, byLevel([...byMember.values()], (steps) => Math.max(0, ...steps))]);
}

function below(work: Work): Steps {
  return [0, ...flat(work)];
}

function sum(all: readonly Steps[]): Steps {
  return byLevel(all, (steps) => steps.reduce((total, each) => total + each, 0));
}

function byLevel(all: readonly Steps[], combine: (steps: readonly number[]) => number): Steps {
  const levels = Math.max(0, ...all.map(({ length }) => length));
  return Array.from({ length: levels }, (_, level) => combine(all.map((steps) => steps[level] ?? 0)));
}

/** What the keywords of a schema itself take. Ajv matches each name again to find those that are not declared. */
function stepsOf(part: unknown, place: Place, patterns: Patterns): number {
  if (part === true) return 0;
  const { pattern, patternProperties, required, enum: allowed, const: only, uniqueItems } = asObject(part);
  const names = Object.keys(asObject(patternProperties));
  const matched = [...(typeof pattern === 'string' ? [pattern] : []), ...names, ...names];
  const compared = [...(Array.isArray(allowed) ? allowed : []), ...(only === undefined ? [] : [only])];
  const ofEachValue =
    STEPS.schema +
    compared.reduce((steps, each) => steps + stepsToCompare(each), 0) +
    (Array.isArray(required) ? required.length * STEPS.requiredName : 0);
  return (
    ofEachValue * PART_OF[place] +
    matched.reduce((steps, each) => steps + (patterns.get(each)?.steps ?? 0), 0) +
    (uniqueItems === true ? STEPS.uniqueItems : 0)
  );
}

function stepsToCompare(value: unknown): number {
  if (typeof value !== 'object') return STEPS.enumValue;
  return JSON.stringify(value).length * STEPS.octetOfEnum;
}
