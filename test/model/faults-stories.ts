import fc from 'fast-check';
import {
  ALL,
  COPIES,
  type Fault,
  INSTANCES,
  MEMORIES,
  type Moment,
  type Pick,
  type Question,
  type Step,
  type Story,
  type Which,
} from './faults-steps.ts';

const MINUTE = 60;
const HOUR = 3600;

const by = fc.nat({ max: INSTANCES - 1 });
const at = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const copy = fc.nat({ max: COPIES - 1 });
const purpose = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
/** Of a question: mostly it has but one. */
const script = fc.constantFrom(0, 0, 0, 1);
const back = fc.constantFrom(0, 0, 0, 1, 1, 2);
const which = (...among: readonly Which['among'][]) =>
  plain<Which>({ among: fc.constantFrom(...among), back });
const lifetimeSeconds = fc.constantFrom(60, 300, HOUR, HOUR);
const number = fc.nat({ max: 15 });
const pick = plain<Pick>({ kind: fc.constantFrom('bucket', 'bucket', 'bucket', 'subject', 'any'), number });
const around = (...seconds: readonly number[]) =>
  fc.tuple(fc.constantFrom(...seconds), fc.integer({ min: -10, max: 10 })).map(([a, b]) => a + b);

/** Steps that an epoch survives, or just not. */
const nearMoment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 3, arbitrary: plain<Moment>({ lapse: around(0) }) },
  {
    weight: 2,
    arbitrary: plain<Moment>({ by: fc.constantFrom(-30, 30, -MINUTE, MINUTE, 5 * MINUTE, -5 * MINUTE) }),
  },
  plain<Moment>({ by: fc.integer({ min: 12 * MINUTE, max: 14 * MINUTE }) }),
  plain<Moment>({ by: fc.integer({ min: -14 * MINUTE, max: -12 * MINUTE }) }),
  plain<Moment>({ expiry: around(0, 10 * MINUTE) }),
  fc.constant<Moment>('home'),
);

/** Steps by which what is remembered is forgotten, if a script runs before the clock is back. */
const farMoment: fc.Arbitrary<Moment> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Moment>('home') },
  { weight: 3, arbitrary: plain<Moment>({ by: fc.constantFrom(20 * MINUTE, 20 * MINUTE, -20 * MINUTE) }) },
  { weight: 3, arbitrary: plain<Moment>({ by: fc.constantFrom(HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR) }) },
  { weight: 1, arbitrary: plain<Moment>({ by: fc.integer({ min: -5 * HOUR, max: 5 * HOUR }) }) },
  {
    weight: 1,
    arbitrary: plain<Moment>({
      period: fc.nat({ max: 2 }),
      seconds: around(0, 10 * MINUTE, 12 * MINUTE, HOUR, HOUR + 12 * MINUTE),
    }),
  },
  { weight: 2, arbitrary: plain<Moment>({ expiry: around(10 * MINUTE, 13 * MINUTE) }) },
);

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

const masters = {
  promote: plain<Extract<Fault, { do: 'promote' }>>({
    do: fc.constant('promote'),
    at,
    from: fc.constantFrom<'now' | number>('now', 0, 1),
    keepsReplid: fc.boolean(),
    leads: fc.boolean(),
  }),
  lead: plain<Extract<Fault, { do: 'lead' }>>({
    do: fc.constant('lead'),
    by: fc.nat({ max: ALL }),
    at: fc.nat({ max: MEMORIES - 1 }),
  }),
};
const keep = plain<Extract<Fault, { do: 'keep' }>>({ do: fc.constant('keep'), at, copy });
const swap = plain<Fault>({ do: fc.constant('swap'), at, copy });
const restart = plain<Fault>({
  do: fc.constant('restart'),
  at,
  from: fc.constantFrom<'now' | 'nothing' | number>('now', 'now', 'nothing', 0, 1),
  keepsReplid: fc.boolean(),
});
/** What happens in a family of faults: what stays as it is, and what ends again, with questions in between. */
interface Family {
  readonly once: readonly fc.Arbitrary<Fault>[];
  readonly thereAndBack: readonly fc.Arbitrary<readonly [Fault, Fault]>[];
}

const clock = (to: fc.Arbitrary<Moment>) =>
  plain<Extract<Fault, { do: 'clock' }>>({ do: fc.constant('clock'), at, to, expires: fc.boolean() });
const clockFamily = (to: fc.Arbitrary<Moment>): Family => ({
  once: [clock(to)],
  thereAndBack: [clock(to).map((there) => [there, { ...there, to: 'home' } as Fault] as const)],
});
const vanish = (what: 'field' | 'key', kind: fc.Arbitrary<Pick['kind']>) =>
  plain<Fault>({
    do: fc.constant('vanish'),
    at,
    what: fc.constant(what),
    key: plain<Pick>({ kind, number }),
    field: number,
  });
const pass = plain<Fault>({ do: fc.constant('pass'), seconds: fc.constantFrom(1, 20, 61, 299) });
const freeze = plain<Fault>({ do: fc.constant('freeze'), at, seconds: fc.constantFrom(60, 600) });
const thaw = plain<Fault>({ do: fc.constant('thaw'), at });
const slot = (act: 'open' | 'back' | 'stable' | 'finish') =>
  plain<Fault>({ do: fc.constant('slot'), at, act: fc.constant(act) });

const FAMILIES = {
  clock: clockFamily(nearMoment),
  time: clockFamily(farMoment),
  cut: {
    once: [plain<Fault>({ do: fc.constant('cut'), script, after: fc.nat({ max: 14 }) })],
    thereAndBack: [],
  },
  reply: {
    once: [
      plain<Fault>({
        do: fc.constant('lose-reply'),
        script,
        retries: fc.boolean(),
        meanwhile: fc.option(fc.oneof(masters.promote, restart, swap, masters.lead, clock(nearMoment)), {
          nil: undefined,
        }),
      }),
    ],
    thereAndBack: [],
  },
  slot: {
    once: [plain<Fault>({ do: fc.constant('move'), key: pick })],
    thereAndBack: [
      fc.tuple(slot('open'), slot('stable')),
      fc.tuple(slot('open'), slot('back')),
      fc.tuple(slot('open'), slot('finish')),
    ],
  },
  masters: {
    once: [masters.promote, masters.lead, keep],
    thereAndBack: [
      masters.lead.map((there) => [there, { ...there, at: 1 - there.at }] as const),
      masters.promote.map((there) => [there, { do: 'lead', by: ALL, at: there.at }] as const),
    ],
  },
  restart: { once: [restart], thereAndBack: [fc.tuple(keep, restart)] },
  swap: {
    once: [keep, swap],
    thereAndBack: [
      swap.map((there) => [there, there] as const),
      keep.map((there) => [there, { ...there, do: 'swap' } as Fault] as const),
    ],
  },
  vanish: {
    once: [
      vanish('field', fc.constantFrom('bucket', 'bucket', 'subject')),
      vanish('key', fc.constantFrom('meta', 'bucket', 'subject', 'any')),
      plain<Fault>({ do: fc.constant('rename'), at, pick: number }),
    ],
    thereAndBack: [],
  },
  meta: { once: [vanish('field', fc.constant('meta'))], thereAndBack: [] },
  freeze: {
    once: [freeze, thaw],
    thereAndBack: [fc.tuple(freeze, thaw)],
  },
  forget: { once: [plain<Fault>({ do: fc.constant('forget'), by })], thereAndBack: [] },
} satisfies Readonly<Record<string, Family>>;

export type FaultFamily = keyof typeof FAMILIES;

type QuestionKind = keyof typeof QUESTIONS;

/** Kinds of questions that depend on each other, after the first, and besides redeeming. */
const INTERESTS = {
  burns: ['mint', 'redeem'],
  holds: ['mint', 'hold', 'hold', 'commit', 'release', 'revoke'],
  revocations: ['mint', 'revoke', 'revoke-subject'],
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

const MOST_SCENES = 4;

/**
 * Stories in which two families of faults come, or all of them: few kinds of steps at a time meet each other more
 * often than all kinds do.
 */
export function stories(only?: { faults: readonly FaultFamily[]; about: Interest }): fc.Arbitrary<Story> {
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

/** A record that prints as one. */
function plain<T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}
