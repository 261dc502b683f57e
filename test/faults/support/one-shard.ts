import { randomBytes, randomUUID } from 'node:crypto';
import type { RevokeAnswer } from '../../../src/ledger/burn-ledger.ts';
import type { RedisTarget } from '../../../src/redis/client.ts';
import { connectLedger } from '../../../src/redis/connection.ts';
import { type LedgerFreeze, ledgerFreeze } from '../../../src/redis/freeze.ts';
import { ledgerKeys } from '../../../src/redis/keys.ts';
import { closeInstances, openInstance } from './instances.ts';
import { doubles, expectNone, revived } from './promises.ts';
import { bar, type TriedToken, type Try } from './token.ts';
import { type Instance, type MintOptions, type TryOptions, Workload } from './workload.ts';

const ISSUER = 'https://cap.example.test';
const TIMEOUT_MS = 2000;

/** A ledger of one shard, of its own on its server, that a trial tries step by step. Its hash tag is `{0}`. */
export interface OneShard {
  readonly workload: Workload;
  readonly namespace: string;
  /** The name of its meta record. */
  readonly meta: string;
  bucketOf(token: TriedToken): string;
  /** A process that has just begun: it has heard of nothing. */
  newcomer(target?: RedisTarget): Instance;
  mint(options?: MintOptions): Promise<TriedToken>;
  /** Asks until there is an answer, by default at the first instance. */
  redeem(token: TriedToken, options?: TryOptions): Promise<Try['outcome']>;
  settle(token: TriedToken, attempt: string, how: 'commit' | 'release'): Promise<Try['outcome']>;
  /** The answer; from now on the token must not be redeemed. */
  revoke(token: TriedToken, instance?: Instance): Promise<RevokeAnswer>;
  /** Freezes or thaws it, and gives the word of the answer. */
  freeze(ticket: string, seconds: number): Promise<string>;
  thaw(ticket: string): Promise<string>;
  /** No token was redeemed more often than it may be, none after its revocation. */
  expectSafe(): void;
  close(): Promise<void>;
}

export function oneShard(target: RedisTarget): OneShard {
  const namespace = `trial-${randomUUID().slice(0, 8)}`;
  const opened: Instance[] = [];
  const newcomer = (at = target): Instance => {
    const name = `instance ${opened.length}`;
    const instance = openInstance(name, at, { namespace, shards: 1, timeoutMs: TIMEOUT_MS });
    opened.push(instance);
    return instance;
  };
  const first = newcomer();
  const workload = new Workload([first]);
  const keys = ledgerKeys(namespace, ISSUER, 1);
  const meta = keys.meta(0);

  async function withFreeze<T>(act: (freeze: LedgerFreeze) => Promise<T>): Promise<T> {
    const connection = connectLedger(target, { timeoutMs: TIMEOUT_MS, monotonicMs });
    try {
      const options = { connection, namespace, issuer: ISSUER, shards: 1, randomBytes, monotonicMs };
      return await act(ledgerFreeze(options));
    } finally {
      await connection.close();
    }
  }

  /** The one of these lists that has the shard. */
  const wordOf = (answer: object) =>
    Object.entries(answer).find(([, shards]) => Array.isArray(shards) && shards.length > 0)?.[0] ?? '';

  return {
    workload,
    namespace,
    meta,
    bucketOf: ({ id }) => keys.bucket(id),
    newcomer,
    mint: async (options) => {
      const [token] = await workload.mintMany(1, { subject: 'user-42', ...options });
      if (!token) throw new Error('no token was minted');
      return token;
    },
    redeem: (token, options) => workload.redeemSurely(token, { instance: first, ...options }),
    settle: (token, attempt, how) => workload.settleSurely(token, attempt, how, first),
    revoke: async (token, { ledger, name } = first) => {
      const begunMs = performance.now();
      const answer = await ledger.revoke(token.id, token.id.expiresAt * 1000);
      bar([token], { by: 'revocation', instance: name, begunMs, epoch: answer.epoch });
      return answer;
    },
    freeze: (ticket, seconds) => withFreeze(async (freeze) => wordOf(await freeze.freeze(ticket, seconds))),
    thaw: (ticket) => withFreeze(async (freeze) => wordOf(await freeze.thaw(ticket))),
    expectSafe: () => {
      expectNone(doubles(workload.tokens), 'redeemed more often than allowed');
      expectNone(revived(workload.tokens), 'redeemed after a revocation');
    },
    close: async () => {
      await closeInstances(opened);
    },
  };
}

const monotonicMs = () => performance.now();

/** Of a subject bucket. */
const PERIOD_SECONDS = 7200;

/** The first end of a period of subject buckets that is at least so many seconds away. Unix seconds. */
export function periodEndAfter(seconds = 0): number {
  return Math.ceil((Date.now() / 1000 + seconds) / PERIOD_SECONDS) * PERIOD_SECONDS;
}
