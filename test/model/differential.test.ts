import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { BurnLedger } from '../../src/burn/ledger.ts';
import { memoryLedger } from '../../src/burn/memory-ledger.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openRedisLedger } from '../support/open-ledger.ts';
import { startRedis } from '../support/redis-server.ts';
import { type Answer, ledgerPlayer, newNames } from './play.ts';
import { assertProperty, runsOr } from './replay.ts';
import { type Step, type StepRules, stepSequences } from './steps.ts';

const RULES: StepRules = {
  weights: {
    mint: 8,
    'register-again': 2,
    redeem: 16,
    hold: 16,
    commit: 8,
    release: 12,
    revoke: 2,
    'revoke-subject': 2,
    inspect: 8,
  },
  holdSeconds: [100, 300],
  lifetimeSeconds: [600, 3600],
  lapseSeconds: [1],
  maxSteps: 60,
};
const LAPSING: StepRules = {
  ...RULES,
  weights: { ...RULES.weights, lapse: 2 },
  holdSeconds: [1, 300],
  lifetimeSeconds: [2, 600],
};
const MOST_LAPSES = 2;
/** Sequences that wait together. */
const AT_ONCE = 80;
const LAPSE_MARGIN_MS = 150;

describe('the memory ledger and the ledger in Redis', () => {
  const onClose = cleanupAfter(after);
  let redis: BurnLedger;

  before(async () => {
    const server = await startRedis();
    onClose(server.close);
    redis = openRedisLedger(server.url);
    onClose(() => redis.close());
    await redis.check();
  });

  let sequence = 0;
  /** Plays the steps on both; each sequence has subjects of its own. */
  async function expectSameAnswers(steps: readonly Step[]): Promise<void> {
    const names = newNames(`${sequence++} `);
    const memory = memoryLedger({ nowMs: Date.now, randomBytes });
    const players = [memory, redis].map((ledger) => ledgerPlayer(() => ledger, names));
    for (const [index, step] of steps.entries()) {
      if (step.do === 'lapse') await later(step.seconds * 1000 + LAPSE_MARGIN_MS);
      const [inMemory, inRedis] = await Promise.all(players.map((player) => player.play(step)));
      const story = () => JSON.stringify(steps.slice(0, index + 1));
      expect(timeless(inRedis), story()).to.deep.equal(timeless(inMemory));
    }
  }

  it('give the same answers to the same questions', async () => {
    const property = fc.asyncProperty(stepSequences(RULES), expectSameAnswers);
    await assertProperty(property, { runs: runsOr(150) });
  });

  it('give the same answers while holds and tokens run out', async () => {
    const fewLapses = stepSequences(LAPSING).map((steps) => {
      let lapses = 0;
      return steps.filter((step) => step.do !== 'lapse' || lapses++ < MOST_LAPSES);
    });
    const together = fc.array(fewLapses, { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' });
    const property = fc.asyncProperty(together, async (all) => {
      await Promise.all(all.map(expectSameAnswers));
    });
    await assertProperty(property, { runs: Math.ceil(runsOr(AT_ONCE) / AT_ONCE), shrinks: false });
  });
});

/** An answer without the moments in it; how long a hold lasts stays. */
function timeless(answer: Answer | undefined): unknown {
  if (!answer) return undefined;
  const { atMs, redeemedAtMs, heldUntilMs, ...rest } = {
    atMs: 0,
    redeemedAtMs: 0,
    heldUntilMs: 0,
    ...answer,
  };
  return { ...rest, lasts: 'atMs' in answer && heldUntilMs > 0 ? heldUntilMs - atMs : 0 };
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
