import * as ask from './questions.ts';
import type { Token } from './world.ts';

/** A token before anything is done to it, and then how it came to be what its name says. */
export interface State {
  readonly uses?: number;
  readonly lifetimeSeconds?: number;
  readonly subject?: string;
  readonly purpose?: string;
  readonly kid?: string;
  readonly steps?: readonly Step[];
}

export type Step = (token: Token) => {
  /** How far the clock is ahead of zero, which is behind it. */
  readonly atSeconds?: number;
  readonly question: ask.Question;
  readonly outcome: string;
};

/** Long enough for every fault of the clock that does not end the epoch. */
const HOLD_SECONDS = 280;
/** Holds that are over at zero were taken then. */
const EARLIER_SECONDS = -60;
const SECOND = 'second';
const PROOF = ask.proofNamed('a proof');
const REPEATED = ask.proofNamed('a proof of an attempt that asks again');

const by = (who: string) => (token: Token) => ask.named(token.name, who);
const first = by('first');

const burned =
  (who = 'first', options = {}): Step =>
  (token) => ({ question: ask.burn(token.name, by(who)(token), options), outcome: 'burned' });
const held =
  (who = 'first', options = {}): Step =>
  (token) => ({
    question: ask.burn(token.name, by(who)(token), { holdSeconds: HOLD_SECONDS, ...options }),
    outcome: 'held',
  });
const lapsed: Step = (token) => ({
  ...held('first', { holdSeconds: -EARLIER_SECONDS / 2 })(token),
  atSeconds: EARLIER_SECONDS,
});
const settled =
  (how: 'commit' | 'release'): Step =>
  (token) => ({
    question: ask.settle(token.name, first(token), how),
    outcome: how === 'commit' ? 'burned' : 'released',
  });
const collected: Step = (token) => ({
  question: ask.collect(token.name, first(token), by('collector')(token)),
  outcome: 'collected',
});
const revoked: Step = ({ name }) => ({ question: ask.revoke(name), outcome: 'revoked' });
const registered =
  (live: number): Step =>
  (token) => ({ question: ask.register(token, live), outcome: 'registered' });
const subjectRevoked: Step = ({ topic }) => ({
  question: ask.revokeSubject(topic.subject),
  outcome: 'revoked',
});
const purposeRevoked: Step = ({ topic }) => ({
  question: ask.revokeSubject(topic.subject, topic.purpose),
  outcome: 'revoked',
});

const keyRevoked: Step = ({ topic }) => ({ question: ask.revokeKey(topic.kid), outcome: 'revoked' });

/** The key that is revoked from the beginning, and one that can be. */
export const REVOKED_KEY = 'key-2';
export const OTHER_KEY = 'key-3';

/** Minutes are forgotten one by one as the clock goes on: what must not be forgotten is in several. */
export const STATES: Readonly<Record<string, State>> = {
  unused: {},
  'unused, soon over': { lifetimeSeconds: 200 },
  expired: { lifetimeSeconds: 60 },
  'burned, soon over': { lifetimeSeconds: 110, steps: [burned()] },
  'burned, over later': { lifetimeSeconds: 260, steps: [burned()] },
  burned: { steps: [burned()] },
  'burned, for long': { lifetimeSeconds: 3000, steps: [burned()] },
  held: { lifetimeSeconds: 3000, steps: [held()] },
  'held and lapsed': { steps: [lapsed] },
  committed: { steps: [held(), settled('commit')] },
  released: { steps: [held(), settled('release')] },
  'released and burned': { steps: [held(), settled('release'), burned(SECOND)] },
  collected: { steps: [burned(), collected] },
  revoked: { steps: [revoked] },
  'revoked, soon over': { lifetimeSeconds: 200, steps: [revoked] },
  'held and revoked': { steps: [held(), revoked] },
  'of three uses, none taken': { uses: 3 },
  'of three uses, one burned': { uses: 3, lifetimeSeconds: 260, steps: [burned()] },
  'of three uses, all burned': { uses: 3, steps: [burned(), burned(SECOND), burned('third')] },
  'of three uses, one held': {
    uses: 3,
    lifetimeSeconds: 3000,
    steps: [held(), burned(SECOND), burned('third')],
  },
  'of three uses, one lapsed': { uses: 3, steps: [lapsed, burned(SECOND), burned('third')] },
  'of three uses, one released': { uses: 3, steps: [held(), burned(SECOND), settled('release')] },
  'of three uses, one revoked': { uses: 3, steps: [burned(), revoked] },
  'of three uses, one collected': { uses: 3, steps: [burned(), collected] },
  'shown with a proof': { uses: 3, steps: [burned('first', { proof: PROOF })] },
  'shown again with another proof': {
    uses: 3,
    steps: [burned('first', { proof: PROOF }), burned('first', { proof: REPEATED })],
  },
  'held with two proofs, released': {
    steps: [held('first', { proof: PROOF }), held('first', { proof: REPEATED }), settled('release')],
  },
  'held with a proof, released': { steps: [held('first', { proof: PROOF }), settled('release')] },
  superseded: { lifetimeSeconds: 260, subject: 'one may live', steps: [registered(1)] },
  'registered, the only one': { subject: 'one may live', steps: [registered(1)] },
  'registered, the first': { lifetimeSeconds: 200, subject: 'three may live', steps: [registered(3)] },
  'registered, the second': { subject: 'three may live', steps: [registered(3)] },
  'registered, the third': { lifetimeSeconds: 3000, subject: 'three may live', steps: [registered(3)] },
  'of a revoked subject': { subject: 'revoked', lifetimeSeconds: 3000 },
  'of a revoked subject, one burned': { subject: 'revoked', uses: 3, steps: [burned(), subjectRevoked] },
  'of a revoked key': { kid: REVOKED_KEY, lifetimeSeconds: 3000 },
  'of a revoked key, held': { kid: REVOKED_KEY, steps: [held(), keyRevoked] },
  'of another key': { kid: OTHER_KEY },
  'of another key, one burned': { kid: OTHER_KEY, uses: 3, steps: [burned()] },
  'of a revoked purpose': { subject: 'revoked in part', steps: [purposeRevoked] },
  'of another purpose': { subject: 'revoked in part', purpose: 'file-download' },
};
