import { expect } from 'chai';
import { shareTime } from '../../src/assembly/share-time.ts';
import { MatchstickError } from '../../src/errors.ts';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';

describe('the time of the keys', () => {
  const onTestEnd = cleanupAfter(afterEach);

  function sharing(fails: (question: number) => boolean) {
    let questions = 0;
    const kept: number[] = [];
    const ledger = {
      check: async () => {
        questions++;
        if (fails(questions)) throw new MatchstickError('ledger_unavailable', 'away');
      },
      nowMs: () => 42,
    };
    const ring = { keepTime: async (sharedMs: () => number) => void kept.push(sharedMs()) };
    const timing = shareTime(ring, ledger);
    onTestEnd(timing.stop);
    return { timing, kept, asked: () => questions };
  }

  it('is that of the ledger', async () => {
    const { timing, kept } = sharing(() => false);
    await timing.share();
    expect(kept).to.deep.equal([42]);
  });

  it('is waited for while the ledger does not answer', async () => {
    const { timing, kept } = sharing((question) => question === 1);
    await timing.share();
    expect(kept).to.deep.equal([]);
    await until(async () => kept.length === 1);
  });

  it('is not asked for once nobody needs it', async () => {
    const { timing, kept } = sharing((question) => question === 1);
    await timing.share();
    timing.stop();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(kept).to.deep.equal([]);
  });

  for (const [answer, fails] of Object.entries({ 'an answer': false, none: true }))
    it(`is not kept, and not asked for again, when ${answer} comes after that`, async () => {
      const { timing, kept, asked } = sharing(() => fails);
      const shared = timing.share();
      timing.stop();
      await shared;
      await new Promise((resolve) => setTimeout(resolve, 1200));
      expect(kept).to.deep.equal([]);
      expect(asked()).to.equal(1);
    });
});
