import type { BurnAnswer, BurnLedger } from '../../src/ledger/burn-ledger.ts';
import type { LedgerConnection } from '../../src/redis/connection.ts';

const NO_EPOCH = 'A'.repeat(16);
const REACH = { epoch: NO_EPOCH, elsewhere: false };

/**
 * The ledger that everybody would write: a burned `jti` is a key, set where there is none, until the token
 * has expired. It holds as long as Redis forgets nothing. It is here to show that the faults of this folder
 * do make a ledger forget, and that the suite sees it.
 */
export function naiveLedger(connection: LedgerConnection, nowMs: () => number): BurnLedger {
  const keyOf = (nonce: string) => `naive:${nonce}`;

  /** What was there before, or null: then it is there now. */
  async function setOnce(nonce: string, value: string, untilMs: number): Promise<string | null> {
    const seconds = Math.max(1, Math.ceil((untilMs - nowMs()) / 1000));
    const before = await call('SET', keyOf(nonce), value, 'EX', seconds, 'NX', 'GET');
    return typeof before === 'string' ? before : null;
  }

  const call = (name: string, ...args: (string | number)[]): Promise<unknown> =>
    connection.answer((redis) => redis.call(name, ...args));

  const later = () => {
    throw new TypeError('the naive ledger only burns, collects and revokes');
  };

  return {
    nowMs,
    living: async () => ({ shard: 0, epoch: NO_EPOCH, generation: 0, nowMs: nowMs() }),
    burn: async ({ id, attempt, caller, burnableUntilMs }): Promise<BurnAnswer> => {
      if (nowMs() >= burnableUntilMs) return { outcome: 'expired' };
      const before = await setOnce(id.nonce, attempt, burnableUntilMs);
      if (before === 'revoked') return { outcome: 'revoked' };
      const use = { outcome: 'burned', atMs: nowMs(), usesLeft: 0 } as const;
      if (before === null) return { ...use, repeated: false };
      if (before === attempt) return { ...use, repeated: true };
      return { outcome: 'already-burned', redeemedAtMs: nowMs(), redeemedBy: caller };
    },
    revokeKey: later,
    revoke: async (id, burnableUntilMs) => {
      const before = await setOnce(id.nonce, 'revoked', burnableUntilMs);
      if (before === null || before === 'revoked') return { ...REACH, outcome: 'revoked' };
      return { ...REACH, outcome: 'already-burned', redeemedAtMs: nowMs(), redeemedBy: 'main' };
    },
    // The first who comes, when the attempt burned it and nothing is forgotten.
    collect: async ({ id, attempt, collector }) => {
      if ((await call('GET', keyOf(id.nonce))) !== attempt) return { outcome: 'unknown' };
      const before = await setOnce(`${id.nonce}+`, collector, id.expiresAt * 1000);
      if (before !== null && before !== collector)
        return { outcome: 'collected-by-another', collectedAtMs: nowMs() };
      return { outcome: 'collected', atMs: nowMs(), usesLeft: 0 };
    },
    check: async () => {
      await call('PING');
    },
    settle: later,
    revokeSubject: later,
    register: later,
    mayHaveMinted: async () => true,
    inspect: later,
    close: () => connection.close(),
  };
}
