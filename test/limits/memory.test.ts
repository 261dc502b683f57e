import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import { insured } from '../../src/limits/insured.ts';
import type { Limits } from '../../src/limits/limit.ts';
import { memoryLimits } from '../../src/limits/memory.ts';
import { orGiveBack } from '../../src/limits/unanswered.ts';
import { heapInUse } from '../support/heap.ts';
import { SOAKS } from '../support/soak.ts';
import { allowedOf, limitsContract, newShare } from './limits.contract.ts';

const PATIENCE = { timeoutMs: 1000, monotonicMs: () => 0 };

/** If all of them were remembered, it would show in the memory. */
const ADDRESSES = SOAKS ? 1_000_000 : 300_000;

describe('limits in memory', () => {
  limitsContract(() => memoryLimits(() => performance.now()));

  it('remember a bounded number of keys, however many ask: the newest', async () => {
    const limits = memoryLimits(() => 0, 1000);
    const before = heapInUse();
    for (let address = 0; address < ADDRESSES; address++) {
      await limits.take(newShare({ key: `10.${address}`, limit: 'link-per-address' }));
    }
    expect(heapInUse() - before).to.be.below(20_000_000);
    expect(
      await allowedOf(10, newShare({ key: `10.${ADDRESSES - 1}`, limit: 'link-per-address' }), limits),
    ).to.equal(4);
    expect(await allowedOf(10, newShare({ key: '10.1', limit: 'link-per-address' }), limits)).to.equal(5);
  });

  it('end a window when it ends, however often somebody was refused in it', async () => {
    let nowMs = 0;
    const limits = memoryLimits(() => nowMs);
    const by = newShare();
    expect(await allowedOf(9, by, limits)).to.equal(5);
    nowMs = 59_999;
    expect(await limits.take(by)).to.include({ allowed: false, retryAfterSeconds: 1 });
    nowMs = 60_000;
    expect(await allowedOf(9, by, limits)).to.equal(5);
  });

  it('forget the window that began first, and not one of a key that was seen before it', async () => {
    let nowMs = 0;
    const limits = memoryLimits(() => nowMs, 2);
    const [again, other] = [newShare(), newShare({ quota: { count: 5, perSeconds: 600 } })];
    for (const by of [again, other]) expect(await allowedOf(9, by, limits)).to.equal(5);
    nowMs = 60_000;
    expect(await allowedOf(9, again, limits)).to.equal(5);
    await limits.take(newShare());
    expect(await limits.take(again)).to.include({ allowed: false });
    expect(await limits.take(other)).to.include({ allowed: true });
  });

  it('forget nothing of one limit because of a crowd at another', async () => {
    const limits = memoryLimits(() => 0, 10);
    const guesses = newShare({ limit: 'code-per-subject' });
    expect(await allowedOf(9, guesses, limits)).to.equal(5);
    for (let address = 0; address < 1000; address++) {
      await limits.take(newShare({ key: String(address), limit: 'link-per-address' }));
    }
    expect(await limits.take(guesses)).to.include({ allowed: false });
  });

  it('are asked instead of others that cannot answer, and never because those said no', async () => {
    let asked = 0;
    const mine = memoryLimits(() => 0);
    const watched: Limits = {
      ...mine,
      take: (...request) => {
        asked++;
        return mine.take(...request);
      },
    };
    const by = newShare();
    const strict = insured(
      memoryLimits(() => 0),
      watched,
      PATIENCE,
    );
    expect(await allowedOf(20, by, strict)).to.equal(5);
    expect(asked).to.equal(0);
    const fail = (error: Error) => async () => {
      throw error;
    };
    const gone = fail(new MatchstickError('ledger_unavailable', 'No answer.'));
    const giveBack = async () => {};
    expect(await allowedOf(20, by, insured({ take: gone, giveBack }, watched, PATIENCE))).to.equal(5);
    expect(asked).to.equal(20);
    for (const error of [new RangeError('unforeseen'), new MatchstickError('internal', 'Broken.')]) {
      const thrown: unknown = await insured({ take: fail(error), giveBack }, watched, PATIENCE)
        .take(by)
        .catch((caught: unknown) => caught);
      expect(thrown).to.equal(error);
    }
    expect(asked).to.equal(20);
  });

  it('say that others counted, and whether the wait for the first took the time of the ledger', async () => {
    let nowMs = 0;
    const [first, others] = [memoryLimits(() => 0), memoryLimits(() => 0)];
    for (const [waitMs, isTimeUp] of [
      [0, false],
      [100, false],
      [990, true],
      [1000, true],
    ] as const) {
      const error = new MatchstickError('ledger_unavailable', 'No answer.');
      const silent: Limits = {
        ...first,
        take: async () => {
          nowMs += waitMs;
          throw error;
        },
      };
      const limits = insured(silent, others, { timeoutMs: 1000, monotonicMs: () => nowMs });
      const taken = await limits.take(newShare());
      expect(taken).to.deep.equal({ allowed: true, insured: { insteadOf: error, isTimeUp } });
    }
  });

  it('are given back what was taken from them, and never what others counted instead', async () => {
    const others = memoryLimits(() => 0);
    let isGone = true;
    const first = memoryLimits(() => 0);
    const limits = insured(
      {
        ...first,
        take: async (...request) => {
          if (isGone) throw new MatchstickError('ledger_unavailable', 'No answer.');
          return first.take(...request);
        },
      },
      others,
      PATIENCE,
    );
    const by = newShare();
    expect(await allowedOf(9, by, limits)).to.equal(5);
    await limits.giveBack(by, 5);
    expect(await allowedOf(9, by, limits)).to.equal(0);
    isGone = false;
    expect(await allowedOf(9, by, limits)).to.equal(5);
    await limits.giveBack(by, 2);
    expect(await allowedOf(9, by, limits)).to.equal(2);
  });
});

describe('a share that was taken for nothing', () => {
  const unavailable = new MatchstickError('ledger_unavailable', 'No answer.');
  const others = [new MatchstickError('internal', 'Broken.'), new MatchstickError('token_burned', 'Used.')];

  async function timesGivenBack(work: () => Promise<unknown>, giveBack = async () => {}): Promise<number> {
    let times = 0;
    await orGiveBack(work, () => {
      times++;
      return giveBack();
    }).catch(() => {});
    return times;
  }

  it('is given back if the ledger gave no answer, and for no other failure, refusal or answer', async () => {
    const thrown = (error: unknown) => async () => {
      throw error;
    };
    for (const work of [thrown(unavailable), async () => unavailable]) {
      expect(await timesGivenBack(work)).to.equal(1);
    }
    for (const error of [...others, new RangeError('unforeseen'), undefined]) {
      for (const work of [thrown(error), async () => error]) expect(await timesGivenBack(work)).to.equal(0);
    }
  });

  it('is not waited for, and does not change the answer if it cannot be given back', async () => {
    const answered: unknown = await orGiveBack(
      async () => unavailable,
      () => new Promise(() => {}),
    );
    expect(answered).to.equal(unavailable);
    const failed: unknown = await orGiveBack(
      async () => {
        throw unavailable;
      },
      async () => {
        throw new RangeError('unforeseen');
      },
    ).catch((error: unknown) => error);
    expect(failed).to.equal(unavailable);
  });

  it('ends no process if it cannot be given back: somebody hears of that', async () => {
    for (const work of [async () => unavailable, () => Promise.reject(unavailable)]) {
      const given = Promise.reject(new RangeError('unforeseen'));
      const hear = given.catch.bind(given);
      let isHeard = false;
      given.catch = (...args) => {
        isHeard = true;
        return hear(...args);
      };
      hear(() => {});
      await timesGivenBack(work, () => given);
      expect(isHeard).to.equal(true);
    }
  });
});
