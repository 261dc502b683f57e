import type { z } from 'zod';
import { fieldHint, isAlias } from './contract/aliases.ts';
import { pointerTo, showable } from './contract/input-path.ts';
import { amount, butIs, KINDS } from './contract/kinds.ts';
import type { Parsed } from './contract/parsed.ts';
import { slips } from './contract/slips.ts';
import { meantAlternative } from './contract/union-issues.ts';
import { type InputProblem, MAX_LISTED_PROBLEMS } from './errors.ts';

/** The value as the schema has it, or everything that is wrong with it, with the near miss of an unknown name. */
export function parseBy<Schema extends z.ZodObject>(
  schema: Schema,
  value: unknown,
): Parsed<z.output<Schema>> {
  const overlong = overlongLists(schema, value);
  if (overlong.length > 0) return { ok: false, problems: overlong };
  const parsed = schema.safeParse(value, IN_OUR_WORDS);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problems: problemsOf(parsed.error, schema) };
}

/** By schema: its members that are lists of so many at most. */
const boundedLists = new WeakMap<z.ZodObject, readonly (readonly [path: string, most: number])[]>();

function listsOf(schema: z.ZodObject) {
  const lists = Object.entries(schema.shape).filter(([, { _zod: field }]) => field.def.type === 'array');
  const bounds = lists.map(([path, { _zod }]) => [path, Number(_zod.bag.maximum ?? Infinity)] as const);
  boundedLists.set(schema, bounds);
  return bounds;
}

/** Lists that are longer than their schema allows: going through them would cost as much as they are long. */
function overlongLists(schema: z.ZodObject, value: unknown): readonly InputProblem[] {
  if (typeof value !== 'object' || value === null) return [];
  return (boundedLists.get(schema) ?? listsOf(schema)).flatMap(([path, most]) => {
    const list: unknown = Object.getOwnPropertyDescriptor(value, path)?.value;
    if (!Array.isArray(list) || list.length <= most) return [];
    return [
      { path, message: `must ${amount('array', 'most', most)}, not ${list.length.toLocaleString('en-US')}` },
    ];
  });
}

/** What a schema found wrong, the first problem at each dotted path; no more than are listed. */
function problemsOf(error: z.ZodError, schema: z.ZodObject): readonly InputProblem[] {
  const problems = new Map<string, InputProblem>();
  for (const issue of error.issues) {
    for (const problem of problemsIn(issue, schema)) {
      if (!problems.has(problem.path)) problems.set(problem.path, problem);
    }
    if (problems.size > MAX_LISTED_PROBLEMS) break;
  }
  return [...problems.values()];
}

const NO_SCHEMA = 'matches none of the allowed schemas';

function problemsIn(issue: z.core.$ZodIssue, schema: z.ZodObject): readonly InputProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_LISTED_PROBLEMS).map((name) => ({
      path: dotted([...issue.path, showable(name)]),
      pointer: pointerTo([...issue.path, name]),
      message: `is not known here${nearMiss(name, issue.path, knownNames(schema))}`,
    }));
  }
  // A union without words of its own: what is wrong in the one of its schemas that has the right kind.
  if (issue.code === 'invalid_union' && issue.message === NO_SCHEMA) {
    const meant = meantAlternative(issue.path, issue.errors);
    if (meant) return meant.flatMap((each) => problemsIn(each, schema));
  }
  const message = (issue.code === 'invalid_key' && issue.issues[0]?.message) || issue.message;
  return [{ path: dotted(issue.path), pointer: pointerTo(issue.path), message }];
}

const IN_OUR_WORDS = { error: describe };

/** What is wrong, as the end of a sentence that begins with the path. Undefined: as zod says it. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'is required'
        : `must be ${KINDS[issue.expected] ?? issue.expected}${butIs(issue.expected, issue.input)}`;
    case 'too_small':
      return `must ${amount(issue.origin, 'least', Number(issue.minimum))}`;
    case 'too_big':
      return `must ${amount(issue.origin, 'most', Number(issue.maximum))}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return `must be a valid ${issue.format}`;
    case 'invalid_union':
      return NO_SCHEMA;
    default:
      return undefined;
  }
}

/** A name that a schema knows, and the path of the object that has it. */
interface KnownName {
  readonly name: string;
  readonly parents: readonly string[];
}

/** Stands for the name of an entry that the sender chooses: what its schema calls it, or `<name>`. */
const CHOSEN = /^<.*>$/;

function chosenName(json: object): string {
  const names = 'propertyNames' in json ? json.propertyNames : undefined;
  const title = typeof names === 'object' && names !== null && 'title' in names ? names.title : 'name';
  return `<${title}>`;
}

const namesBySchema = new WeakMap<z.ZodObject, readonly KnownName[]>();

/** Every name that a schema knows, at any depth; worked out once for each schema. */
function knownNames(schema: z.ZodObject): readonly KnownName[] {
  const known = namesBySchema.get(schema) ?? collectNames(schema);
  namesBySchema.set(schema, known);
  return known;
}

function collectNames(schema: z.ZodObject): readonly KnownName[] {
  const known: KnownName[] = [];
  const visit = (json: unknown, parents: readonly string[]): void => {
    if (typeof json !== 'object' || json === null) return;
    for (const [keyword, member] of Object.entries(json)) {
      if (typeof member !== 'object' || member === null) continue;
      if (keyword === 'properties') {
        for (const [name, each] of Object.entries(member)) {
          known.push({ name, parents });
          visit(each, [...parents, name]);
        }
      } else if (keyword === 'additionalProperties') visit(member, [...parents, chosenName(json)]);
      else if (keyword === 'items') visit(member, parents);
      else if (/^(?:any|one|all)Of$/.test(keyword))
        for (const each of Object.values(member)) visit(each, parents);
    }
  };
  visit(schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }), []);
  return known;
}

/** A longer name is no slip of the pen, and looking for what was meant costs as much as it is long. */
const LONGEST_SLIP = 40;

/** The name that was probably meant: one of the same object if one is near, else one of another, with its path. */
function nearMiss(name: string, path: readonly PropertyKey[], known: readonly KnownName[]): string {
  const here = path.filter((part) => typeof part === 'string');
  const beginsHere = ({ parents }: KnownName) =>
    here.every((part, at) => part === parents[at] || CHOSEN.test(parents[at] ?? ''));
  const within = known.filter(beginsHere);
  const allHere = within.filter(({ parents }) => parents.length === here.length);
  const meant = aliased(name, allHere) ?? nearest(name, allHere);
  if (meant) return ` (did you mean ${fieldHint(meant.name)}?)`;
  const deeper = nearest(name, within);
  // From the object on that has the name now.
  if (deeper && deeper.name.length >= 3)
    return elsewhere([...deeper.parents.slice(Math.max(0, here.length - 1)), deeper.name]);
  const other = nearest(name, known);
  // A name of two letters is near everything.
  return other && other.name.length >= 3 ? elsewhere([...other.parents, other.name]) : '';
}

function elsewhere(path: readonly string[]): string {
  return ` (did you mean ${fieldHint(path.join('.'))}?)`;
}

/** " (did you mean …?)" when one of the candidates is a slip of the pen away, else nothing. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const meant = probablyMeant(name, candidates);
  return meant === undefined ? '' : ` (did you mean ${meant}?)`;
}

/** The candidate that is a slip of the pen away, if there is one. */
export function probablyMeant(name: string, candidates: readonly string[]): string | undefined {
  return nearest(
    name,
    candidates.map((candidate) => ({ name: candidate, parents: [] })),
  )?.name;
}

/** The name for which others say this one. */
function aliased(name: string, candidates: readonly KnownName[]): KnownName | undefined {
  return name.length > LONGEST_SLIP ? undefined : candidates.find((known) => isAlias(name, known.name));
}

function nearest(name: string, candidates: readonly KnownName[]): KnownName | undefined {
  if (name.length > LONGEST_SLIP) return undefined;
  const [first] = candidates
    .map((known) => ({ known, far: slips(name, known.name) }))
    .sort((a, b) => a.far - b.far);
  if (!first || first.far > Math.max(1, Math.floor(first.known.name.length / 3))) return undefined;
  return first.known;
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}
