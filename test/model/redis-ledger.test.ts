import { expect } from 'chai';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { openRedisLedger } from '../support/open-ledger.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { SOAKS } from '../support/soak.ts';
import { followModel, type World } from './follows-model.ts';
import { newNames } from './play.ts';
import { assertProperty, isReplay, runsOr } from './replay.ts';
import { type StepRules, stepSequences } from './steps.ts';

/** Time passes by itself here, so nothing lapses within a sequence: no hold or token is so short. */
const TIMELESS: StepRules = {
  weights: {
    mint: 8,
    'register-again': 2,
    redeem: 16,
    hold: 16,
    commit: 8,
    release: 12,
    collect: 12,
    revoke: 2,
    'revoke-subject': 2,
    'revoke-key': 1,
    inspect: 8,
    restart: 1,
    'lose-reply': 5,
  },
  holdSeconds: [200, 300],
  lifetimeSeconds: [600, 3600],
  lapseSeconds: [0],
  maxSteps: 40,
};

/** Holds and tokens that end within a second or two. */
const LAPSING: StepRules = {
  ...TIMELESS,
  weights: { ...TIMELESS.weights, lapse: 3, restart: 0, 'lose-reply': 0 },
  holdSeconds: [1, 1, 300],
  lifetimeSeconds: [2, 600],
  lapseSeconds: [1],
};
const MOST_LAPSES = 3;
/** Sequences that revoke keys meanwhile, both of theirs: a shard remembers the newest 64. */
const MOST_REVOKING = 30;
/** Sequences that wait together. */
const AT_ONCE = 80;
/** After a hold of one second no later moment of the test can be within it. */
const LAPSE_MARGIN_MS = 150;

const RUNS = SOAKS ? 150 : 75;

describe('the ledger in Redis, in any order of events', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let admin: Redis;
  let proxy: CuttingProxy;
  let ledgers: readonly BurnLedger[];
  let turn = 0;
  let sequence = 0;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    proxy = await startCuttingProxy(redis.port);
    onClose(proxy.close);
    admin = new Redis(redis.url, { retryStrategy: () => 20 });
    admin.on('error', () => {});
    onClose(() => admin.disconnect());
    ledgers = [1, 2].map(() => openRedisLedger(`redis://127.0.0.1:${proxy.port}`));
    for (const ledger of ledgers) {
      onClose(() => ledger.close());
      await ledger.check();
    }
  });

  /** Two instances of the service, asked in turn. */
  function anyLedger(): BurnLedger {
    const ledger = ledgers[turn++ % ledgers.length];
    if (!ledger) throw new Error('no ledger is open');
    return ledger;
  }

  function world(overrides: Partial<World> = {}): World {
    return {
      ledger: anyLedger,
      nowMs: Date.now,
      lapse: (seconds) => later(seconds * 1000 + LAPSE_MARGIN_MS),
      restart: async () => {
        await admin.flushall();
      },
      loseReply: (octets) => proxy.cutRepliesAfter(octets, 1),
      keepReplies: () => proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0),
      ...overrides,
    };
  }

  it('answers as the model does, whatever reply is lost and whatever memory is flushed', async () => {
    const property = fc.asyncProperty(stepSequences(TIMELESS), async (steps) => {
      await admin.flushall();
      await followModel(steps, world());
    });
    await assertProperty(property, { runs: runsOr(RUNS) });
    if (!isReplay()) expect(proxy.cuts()).to.be.greaterThan(0);
  });

  it('answers as the model does when the server is killed', async () => {
    const kill = async () => {
      redis.process().kill('SIGKILL');
      await redis.restart();
      for (const ledger of ledgers) await answered(() => ledger.check());
    };
    const sequences = stepSequences({
      ...TIMELESS,
      weights: { ...TIMELESS.weights, restart: 4, 'lose-reply': 0 },
    });
    const property = fc.asyncProperty(sequences, async (steps) => {
      await followModel(steps, world({ restart: kill }), newNames(`${sequence++} `));
    });
    await assertProperty(property, { runs: Math.ceil(runsOr(RUNS) / 6) });
  });

  it('answers as the model does while holds and tokens run out', async () => {
    const fewLapses = stepSequences(LAPSING).map((steps) => {
      let lapses = 0;
      return steps.filter((step) => step.do !== 'lapse' || lapses++ < MOST_LAPSES);
    });
    const together = fc.array(fewLapses, { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' });
    const property = fc.asyncProperty(together, async (all) => {
      const few = all.map((steps, number) =>
        number < MOST_REVOKING ? steps : steps.filter((step) => step.do !== 'revoke-key'),
      );
      await Promise.all(few.map((steps) => followModel(steps, world(), newNames(`${sequence++} `))));
    });
    await assertProperty(property, { runs: Math.ceil(runsOr(AT_ONCE) / AT_ONCE), shrinks: false });
  });
});

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Asks until the ledger answers again. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await later(20);
    }
  }
}
