import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { memoryLedger } from '../../src/ledger/memory/burns.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openRedisLedger, openTamperedLedger } from '../support/open-ledger.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startRedis } from '../support/redis-server.ts';
import { SOAKS } from '../support/soak.ts';
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
    collect: 12,
    revoke: 2,
    'revoke-subject': 2,
    'revoke-key': 1,
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
/** Sequences that revoke keys meanwhile, both of theirs: a shard remembers the newest 64. */
const MOST_REVOKING = 30;
/**
 * Sequences ask only within a window of every other second, so that what they ask about ends between two
 * windows: tokens at a full second, holds of a second one second after the window in which they began.
 */
const PERIOD_MS = 2000;
const WINDOW_MS = { from: 300, until: 900 } as const;
/** Sequences that wait together. */
const AT_ONCE = 80;

describe('the memory ledger and the ledger in Redis', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let redis: BurnLedger;
  let shortSighted: BurnLedger;

  before(async () => {
    const server = await startRedis();
    onClose(server.close);
    redis = openRedisLedger(server.url);
    onClose(() => redis.close());
    await redis.check();
    shortSighted = openTamperedLedger(server.url, { rewrite: withShortLooks }, { namespace: 'short' });
    onClose(() => shortSighted.close());
  });

  let sequence = 0;
  /** Plays the steps on both, each sequence with subjects of its own, for as long as `mayAsk`. */
  async function sameAnswers(steps: readonly Step[], mayAsk = () => true, other = redis): Promise<number> {
    const names = newNames(`${sequence++} `);
    const memory = memoryLedger({ nowMs: Date.now, randomBytes });
    const players = [memory, other].map((ledger) => ledgerPlayer(() => ledger, names));
    for (const [index, step] of steps.entries()) {
      if (step.do === 'lapse') await nextWindow();
      const answers = await Promise.all(players.map((player) => player.play(step)));
      if (!mayAsk()) return index;
      const recorded = players.map((player) =>
        player
          .heard()
          .map((each) => JSON.stringify(each))
          .sort(),
      );
      const [inMemory, inRedis] = answers.map((answer, at) => ({
        ...timeless(answer),
        recorded: recorded[at],
      }));
      expect(inRedis, JSON.stringify(steps.slice(0, index + 1))).to.deep.equal(inMemory);
    }
    return steps.length;
  }

  it('give the same answers to the same questions, and record the same', async () => {
    const property = fc.asyncProperty(stepSequences(RULES), async (steps) => {
      await sameAnswers(steps);
    });
    await assertProperty(property, { runs: runsOr(SOAKS ? 150 : 75) });
  });

  it('give the same answers however few tokens of a subject are looked at in one go', async () => {
    const crowded = { ...RULES, weights: { ...RULES.weights, mint: 24 } };
    const property = fc.asyncProperty(stepSequences(crowded), async (steps) => {
      await sameAnswers(steps, () => true, shortSighted);
    });
    await assertProperty(property, { runs: runsOr(SOAKS ? 60 : 30) });
  });

  it('give the same answers while holds and tokens run out', async () => {
    const fewLapses = stepSequences(LAPSING).map((steps) => {
      let lapses = 0;
      return steps.filter((step) => step.do !== 'lapse' || lapses++ < MOST_LAPSES);
    });
    const together = fc.array(fewLapses, { minLength: AT_ONCE, maxLength: AT_ONCE, size: 'max' });
    const property = fc.asyncProperty(together, async (all) => {
      await nextWindow();
      const few = all.map((steps, number) =>
        number < MOST_REVOKING ? steps : steps.filter((step) => step.do !== 'revoke-key'),
      );
      const played = await Promise.all(few.map((steps) => sameAnswers(steps, isInWindow)));
      expect(Math.max(...played), 'steps that were in time').to.be.greaterThan(10);
    });
    await assertProperty(property, { runs: Math.ceil(runsOr(AT_ONCE) / AT_ONCE), shrinks: false });
  });
});

function withShortLooks(source: string): string {
  const most = 'MOST_LOOKS = 100';
  if (source.includes('MOST_LOOKS') && !source.includes(most)) throw new Error(`no script says ${most}`);
  return source.replace(most, 'MOST_LOOKS = 0');
}

/** An answer without the moments in it; how long a hold lasts stays. */
function timeless(answer: Answer | undefined): object | undefined {
  if (!answer) return undefined;
  const { atMs, redeemedAtMs, heldUntilMs, ...rest } = {
    atMs: 0,
    redeemedAtMs: 0,
    heldUntilMs: 0,
    ...answer,
  };
  return { ...rest, lasts: 'atMs' in answer && heldUntilMs > 0 ? heldUntilMs - atMs : 0 };
}

function isInWindow(): boolean {
  const inPeriodMs = Date.now() % PERIOD_MS;
  return inPeriodMs >= WINDOW_MS.from && inPeriodMs < WINDOW_MS.until;
}

function nextWindow(): Promise<void> {
  const untilNextMs = PERIOD_MS - (Date.now() % PERIOD_MS) + WINDOW_MS.from;
  return new Promise((resolve) => setTimeout(resolve, untilNextMs));
}
