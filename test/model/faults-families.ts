import fc from 'fast-check';
import { ALL, COPIES, type Fault, INSTANCES, MEMORIES, type Moment, type Pick } from './faults-steps.ts';

const MINUTE = 60;
export const HOUR = 3600;

export const by = fc.nat({ max: INSTANCES - 1 });
const at = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const copy = fc.nat({ max: COPIES - 1 });
/** Of a question: mostly it has but one. */
const script = fc.constantFrom(0, 0, 0, 1);
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
export interface Family {
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
export const pass = plain<Fault>({ do: fc.constant('pass'), seconds: fc.constantFrom(1, 20, 61, 299) });
const freeze = plain<Fault>({ do: fc.constant('freeze'), at, seconds: fc.constantFrom(60, 600) });
const thaw = plain<Fault>({ do: fc.constant('thaw'), at });
const slot = (act: 'open' | 'back' | 'stable' | 'finish') =>
  plain<Fault>({ do: fc.constant('slot'), at, act: fc.constant(act) });

export const FAMILIES = {
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

/** A record that prints as one. */
export function plain<T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}
