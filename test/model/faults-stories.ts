import fc from 'fast-check';
import { by, FAMILIES, type Family, type FaultFamily, HOUR, pass, plain } from './faults-families.ts';
import {
  type Fault,
  type Question,
  REVOCABLE_KEYS,
  type Step,
  type Story,
  type Which,
} from './faults-steps.ts';

const purpose = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const back = fc.constantFrom(0, 0, 0, 1, 1, 2);
const which = (...among: readonly Which['among'][]) =>
  plain<Which>({ among: fc.constantFrom(...among), back });
const lifetimeSeconds = fc.constantFrom(60, 300, HOUR, HOUR);

const takeAll = plain<Question>({ do: fc.constant('take-all'), by });
const take = (holdSeconds: fc.Arbitrary<number>) =>
  plain<Question>({
    do: fc.constant('take'),
    by,
    token: which('fresh', 'fresh', 'held', 'used', 'any'),
    attempt: fc.constantFrom('new', 'new', 'last'),
    holdSeconds,
    lifetimeSeconds,
  });
const key = fc.nat({ max: REVOCABLE_KEYS - 1 });
const mint = (live: fc.Arbitrary<number | undefined>) =>
  plain<Question>({
    do: fc.constant('mint'),
    by,
    purpose,
    uses: fc.constantFrom(1, 1, 1, 2, 3),
    lifetimeSeconds,
    live,
  });

const QUESTIONS = {
  mint: mint(fc.constant(undefined)),
  'mint-live': mint(fc.constantFrom(1, 1, 2)),
  'mint-signed': plain<Question>({
    do: fc.constant('mint'),
    by,
    purpose: fc.constant(0),
    uses: fc.constantFrom(1, 1, 2),
    lifetimeSeconds,
    key,
  }),
  'revoke-key': plain<Question>({ do: fc.constant('revoke-key'), by, key }),
  'register-again': plain<Question>({ do: fc.constant('register-again'), by, token: which('any') }),
  redeem: take(fc.constant(0)),
  hold: take(fc.constantFrom(10, 30, 300)),
  commit: plain<Question>({ do: fc.constant('commit'), by, token: which('held') }),
  release: plain<Question>({ do: fc.constant('release'), by, token: which('held') }),
  collect: plain<Question>({
    do: fc.constant('collect'),
    by,
    token: which('used', 'held'),
    collector: fc.nat({ max: 1 }),
  }),
  revoke: plain<Question>({ do: fc.constant('revoke'), by, token: which('fresh', 'held', 'used') }),
  inspect: plain<Question>({ do: fc.constant('inspect'), by, token: which('any') }),
  'revoke-subject': plain<Question>({
    do: fc.constant('revoke-subject'),
    by,
    purpose: fc.constantFrom(undefined, 0, 1),
  }),
} as const;

type QuestionKind = keyof typeof QUESTIONS;

/** Kinds of questions that depend on each other, after the first, and besides redeeming. */
const INTERESTS = {
  burns: ['mint', 'redeem'],
  holds: ['mint', 'hold', 'hold', 'commit', 'release', 'revoke'],
  revocations: ['mint', 'revoke', 'revoke-subject'],
  keys: ['mint-signed', 'mint-signed', 'hold', 'commit', 'collect', 'revoke-key'],
  places: ['mint-live', 'mint-live', 'register-again', 'revoke-subject'],
  collections: ['mint', 'hold', 'collect', 'collect'],
  everything: [
    'mint',
    'mint-live',
    'hold',
    'commit',
    'release',
    'collect',
    'revoke',
    'revoke-subject',
    'inspect',
  ],
} as const satisfies Readonly<Record<string, readonly QuestionKind[]>>;

export type Interest = keyof typeof INTERESTS;

/** Which faults come, and what they meet. */
export interface StoryRules {
  readonly faults: readonly FaultFamily[];
  readonly about: Interest;
}

const MOST_SCENES = 4;

/**
 * Stories in which two families of faults come, or all of them: few kinds of steps at a time meet each other more
 * often than all kinds do.
 */
export function stories(only?: StoryRules): fc.Arbitrary<Story> {
  const names = Object.keys(FAMILIES) as FaultFamily[];
  const pairs = names.flatMap((first, index) => names.slice(index + 1).map((second) => [first, second]));
  const groups = only ? [only.faults] : [...pairs, names, names, names];
  const interests = only ? [only.about] : (Object.keys(INTERESTS) as Interest[]);
  const kinds = groups.flatMap((group) => interests.map((interest) => about(group, interest)));
  return plain({ beginsAtSeconds: fc.nat({ max: 2 * HOUR - 1 }), steps: fc.noBias(fc.oneof(...kinds)) });
}

function about(group: readonly FaultFamily[], interest: Interest): fc.Arbitrary<readonly Step[]> {
  const families: readonly Family[] = group.map((name) => FAMILIES[name]);
  const question = fc.oneof(...[...INTERESTS[interest], 'redeem' as const].map((kind) => QUESTIONS[kind]));
  const questions = fc.oneof(
    { weight: 2, arbitrary: several(question, 1, 1) },
    { weight: 1, arbitrary: several(question, 2, 3) },
  );
  const once = fc.oneof(...families.flatMap((family) => family.once), pass).map((fault): Step[] => [fault]);
  const rounds = families.flatMap(({ thereAndBack }) => thereAndBack);
  const trips = (between: fc.Arbitrary<Step[]>) =>
    rounds.length > 0 ? [{ weight: 5, arbitrary: roundTrip(fc.oneof(...rounds), between) }] : [];
  const inner = fc.oneof(
    { weight: 6, arbitrary: several(question, 1, 1) },
    { weight: 4, arbitrary: once },
    ...trips(questions),
  );
  const between = fc.oneof(
    { weight: 2, arbitrary: joined(inner, 1, 1) },
    { weight: 2, arbitrary: joined(inner, 2, 3) },
    { weight: 1, arbitrary: joined(inner, 4, 6) },
  );
  const scene = fc.oneof(
    { weight: 5, arbitrary: questions },
    { weight: 2, arbitrary: once },
    ...trips(between),
  );
  return fc
    .tuple(fc.oneof(fc.constant([]), several(question, 0, 6)), joined(scene, 1, MOST_SCENES))
    .map(([before, scenes]) => [...before, ...scenes]);
}

/** There and back, perhaps twice, with other steps in between. */
function roundTrip(
  rounds: fc.Arbitrary<readonly [Fault, Fault]>,
  between: fc.Arbitrary<Step[]>,
): fc.Arbitrary<Step[]> {
  const again = fc.option(fc.tuple(between, between), { nil: undefined });
  return fc.tuple(rounds, between, again, takeAll).map(([[there, back], steps, more, look]) => {
    if (!more) return [there, ...steps, back, look];
    const [home, away] = more;
    return [there, ...steps, back, ...home, there, ...away, look, back];
  });
}

function several(step: fc.Arbitrary<Step>, minLength: number, maxLength: number): fc.Arbitrary<Step[]> {
  return fc.array(step, { minLength, maxLength, size: 'max' });
}

function joined(steps: fc.Arbitrary<Step[]>, minLength: number, maxLength: number): fc.Arbitrary<Step[]> {
  return fc.array(steps, { minLength, maxLength, size: 'max' }).map((all) => all.flat());
}
