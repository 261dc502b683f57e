import { shardOf } from '../../../src/redis/keys.ts';
import { TEST_LEDGER } from '../../support/open-ledger.ts';
import type { SeededRandom } from './random.ts';
import { burnedBy, type TriedToken } from './token.ts';
import { KEY_SHARD, type MintOptions, newAttempt, PURPOSES, type Workload } from './workload.ts';

/**
 * Tokens that nobody else touches, each in its state, until something is acknowledged about it while a fault is
 * in force: a revocation, also of a key, a newer token, a commit, a release, a burn and its collection.
 */
export interface Reserve {
  readonly revoked: readonly TriedToken[];
  readonly subject: string;
  /** Only its tokens of the first purpose are to be revoked. */
  readonly subjectOfPurpose: string;
  /** The key that has signed some. */
  readonly kid: string;
  /** One of its tokens may live, and two of the other's. */
  readonly onlySubject: string;
  readonly pairSubject: string;
  readonly settled: readonly { token: TriedToken; attempt: string; how: 'commit' | 'release' }[];
  readonly burned: readonly TriedToken[];
  readonly lapsing: TriedToken;
  /** All of them. */
  readonly tokens: readonly TriedToken[];
}

export interface ReserveOptions {
  /** The lifetimes from which each token's is picked. */
  readonly lifetimes?: readonly number[];
  /** False: there is no limit yet to how many of a subject's tokens may live, and nothing is remembered of subjects. */
  readonly limited?: boolean;
}

const LIFETIMES = [200, 320, 600];
/** Shorter than a step of the clock, so that the hold has lapsed by a clock that is ahead, and not by one that is back. */
const HOLD_SECONDS = 30;
const LAPSING_SECONDS = 1;
let reserves = 0;

export async function mintReserve(
  workload: Workload,
  random: SeededRandom,
  { lifetimes = LIFETIMES, limited = true }: ReserveOptions = {},
): Promise<Reserve> {
  const number = reserves++;
  const subjectFor = (what: string) => `${what}-${number}`;
  const lifetimeSeconds = () => random.pick(lifetimes);
  const mint = async (uses: number, options: MintOptions = {}) => {
    const [token] = await workload.mintMany(1, { uses, lifetimeSeconds: lifetimeSeconds(), ...options });
    if (!token) throw new Error('no token');
    return token;
  };
  /** All uses but the last are burned, and that is held. */
  const held = async (uses: number, options: MintOptions = {}) => {
    const token = await mint(uses, options);
    for (let burned = 1; burned < uses; burned++) await workload.redeemSurely(token);
    const attempt = newAttempt();
    await workload.redeemSurely(token, { attempt, holdSeconds: HOLD_SECONDS });
    return { token, attempt };
  };
  const begun = async (options: MintOptions = {}) => {
    const token = await mint(3, options);
    await workload.redeemSurely(token);
    return token;
  };
  const subject = subjectFor('revoked');
  const subjectOfPurpose = subjectFor('of-purpose');
  const onlySubject = subjectFor('only');
  const pairSubject = subjectFor('pair');
  const kid = subjectFor('reserved-key');
  const signed = { subject: subjectOfShard(KEY_SHARD), kid };
  const only = async () => [await workload.surelyMintLimited(onlySubject, 1, lifetimeSeconds())];
  const pair = async () => {
    const seconds = lifetimeSeconds();
    const older = await workload.surelyMintLimited(pairSubject, 2, seconds);
    return [older, await workload.surelyMintLimited(pairSubject, 2, seconds)];
  };
  const [revoked, ofSubjects, ofKey, ofLimited, settled, burned, lapsing] = await Promise.all([
    Promise.all([mint(1), begun(), held(1).then(({ token }) => token), held(3).then(({ token }) => token)]),
    Promise.all([
      mint(1, { subject }),
      mint(2, { subject, purpose: PURPOSES[1] }),
      mint(1, { subject: subjectOfPurpose }),
      mint(1, { subject: subjectOfPurpose, purpose: PURPOSES[1] }),
    ]),
    Promise.all([
      mint(1, signed),
      mint(2, { kid }),
      begun(signed),
      held(1, signed).then(({ token }) => token),
    ]),
    limited ? Promise.all([only(), pair()]) : [],
    Promise.all([held(1), held(3), held(1), held(3)]),
    Promise.all([mint(1), mint(2)]),
    mint(1),
  ]);
  return {
    ...{ revoked, subject, subjectOfPurpose, kid, onlySubject, pairSubject, burned, lapsing },
    settled: settled.map((each, index) => ({ ...each, how: index < 2 ? 'commit' : 'release' })),
    tokens: [
      ...revoked,
      ...ofSubjects,
      ...ofKey,
      ...ofLimited.flat(),
      ...settled.map(({ token }) => token),
      ...burned,
      lapsing,
    ],
  };
}

function subjectOfShard(shard: number): string {
  let subject = 'signed';
  while (shardOf(subject, TEST_LEDGER.shards) !== shard) subject += '-';
  return subject;
}

/** Asks for everything that the tokens wait for, once each, at whichever instance. What is answered, stands. */
export async function acknowledge(
  workload: Workload,
  { revoked, subject, subjectOfPurpose, kid, onlySubject, pairSubject, settled, burned, lapsing }: Reserve,
  random: SeededRandom,
): Promise<void> {
  const at = () => random.pick(random.next() < 0.7 ? workload.serving : workload.instances);
  const burnAndCollect = async (token: TriedToken): Promise<void> => {
    await workload.redeem(token, { instance: at() });
    for (const attempt of burnedBy(token)) await workload.collect(token, attempt, at());
  };
  await Promise.all([
    ...revoked.map((token) => workload.revoke(token, at())),
    workload.revokeSubject(subject, at()),
    workload.revokeSubject(subjectOfPurpose, at(), PURPOSES[0]),
    workload.revokeKey(kid, at()),
    workload.mintOnly(onlySubject, at()),
    workload.mintLimited(pairSubject, 2, at()),
    ...settled.map(({ token, attempt, how }) => workload.settle(token, attempt, how, at())),
    ...burned.map(burnAndCollect),
    workload.redeem(lapsing, { instance: at(), holdSeconds: LAPSING_SECONDS }),
  ]);
}
