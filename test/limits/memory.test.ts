import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import { insured } from '../../src/limits/insured.ts';
import type { Limits } from '../../src/limits/limit.ts';
import { memoryLimits } from '../../src/limits/memory.ts';
import { allowedOf, limitsContract, newShare } from './limits.contract.ts';

/** What is still referred to. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

describe('limits in memory', () => {
  limitsContract(() => memoryLimits(() => performance.now()));

  it('remember a bounded number of keys, however many ask: the newest', async () => {
    const limits = memoryLimits(() => 0, 1000);
    const before = heapInUse();
    for (let address = 0; address < 1_000_000; address++) {
      await limits.take(newShare({ key: `10.${address}`, limit: 'link-per-address' }));
    }
    expect(heapInUse() - before).to.be.below(20_000_000);
    expect(await allowedOf(10, newShare({ key: '10.999999', limit: 'link-per-address' }), limits)).to.equal(
      4,
    );
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
    );
    expect(await allowedOf(20, by, strict)).to.equal(5);
    expect(asked).to.equal(0);
    const fail = (error: Error) => async () => {
      throw error;
    };
    const gone = fail(new MatchstickError('ledger_unavailable', 'No answer.'));
    const giveBack = async () => {};
    expect(await allowedOf(20, by, insured({ take: gone, giveBack }, watched))).to.equal(5);
    expect(asked).to.equal(20);
    for (const error of [new RangeError('unforeseen'), new MatchstickError('internal', 'Broken.')]) {
      const thrown: unknown = await insured({ take: fail(error), giveBack }, watched)
        .take(by)
        .catch((caught: unknown) => caught);
      expect(thrown).to.equal(error);
    }
    expect(asked).to.equal(20);
  });
});
