import { expect } from 'chai';
import type { BurnLedger, CollectAnswer, CollectRequest, Try } from '../../src/ledger/burn-ledger.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { burnOf, newAttempt, newTokenId, type OpenLedger, TOKEN_SUBJECT } from './burn-ledger.contract.ts';

const HOLD_SECONDS = 60;

/** A burned use of a fresh token, as whoever collects it asks for it. */
export async function newBurnedUse(ledger: BurnLedger, uses = 1) {
  const id = await newTokenId(ledger, 300, 'user-42', uses);
  const attempt = newAttempt();
  const burned = await ledger.burn(burnOf(id, attempt));
  if (burned.outcome !== 'burned') throw new Error(burned.outcome);
  const { atMs, usesLeft } = burned;
  return { of: { id, attempt, caller: 'main' } satisfies Try, use: { atMs, usesLeft } };
}

export function collectOf(of: Try, collector = newAttempt()): CollectRequest {
  return { ...of, ...TOKEN_SUBJECT, collector };
}

export function collectedOf(answers: readonly CollectAnswer[]): number {
  return answers.filter(({ outcome }) => outcome === 'collected').length;
}

/** What every ledger promises of collecting. Each adapter's test file runs it on the real thing. */
export function collectContract(open: OpenLedger): void {
  describe('of collecting what a use grants', () => {
    const onClose = cleanupAfter(after);
    let ledger: BurnLedger;
    before(async () => {
      ledger = await open();
      onClose(() => ledger.close());
    });

    const outcome = async (answer: Promise<{ outcome: string }>) => (await answer).outcome;

    it('gives the first collector the use, and the same one the same again', async () => {
      for (const uses of [1, 3]) {
        const { of, use } = await newBurnedUse(ledger, uses);
        const collect = collectOf(of);
        for (let again = 0; again < 3; again++) {
          expect(await ledger.collect(collect)).to.deep.equal({ outcome: 'collected', ...use });
        }
      }
    });

    it('tells every other collector that it comes too late, and when the first one came', async () => {
      const { of } = await newBurnedUse(ledger);
      const before = ledger.nowMs();
      const collect = collectOf(of);
      await ledger.collect(collect);
      const second = await ledger.collect(collectOf(of));
      expect(second.outcome).to.equal('collected-by-another');
      expect(second)
        .to.have.property('collectedAtMs')
        .that.is.within(before - 2000, ledger.nowMs() + 2000);
      expect(await ledger.collect(collectOf(of))).to.deep.equal(second);
      expect(await outcome(ledger.collect(collect))).to.equal('collected');
    });

    it('lets exactly one of 50 racing collectors through', async () => {
      for (let round = 0; round < 10; round++) {
        const { of } = await newBurnedUse(ledger);
        const answers = await Promise.all(Array.from({ length: 50 }, () => ledger.collect(collectOf(of))));
        expect(collectedOf(answers)).to.equal(1);
        expect(answers.filter((each) => each.outcome === 'collected-by-another')).to.have.length(49);
      }
    });

    it('gives one collector that asks 50 times at once the same answer 50 times', async () => {
      const { of, use } = await newBurnedUse(ledger);
      const collect = collectOf(of);
      const answers = await Promise.all(Array.from({ length: 50 }, () => ledger.collect(collect)));
      for (const answer of answers) expect(answer).to.deep.equal({ outcome: 'collected', ...use });
    });

    it('knows nothing of an unused token, of another attempt and of another caller', async () => {
      const unused = await newTokenId(ledger);
      const nobody = { id: unused, attempt: newAttempt(), caller: 'main' };
      const { of } = await newBurnedUse(ledger);
      const strangers = [nobody, { ...of, attempt: newAttempt() }, { ...of, caller: 'other' }];
      for (const stranger of strangers) {
        expect(await ledger.collect(collectOf(stranger))).to.deep.equal({ outcome: 'unknown' });
      }
      expect(await outcome(ledger.collect(collectOf(of)))).to.equal('collected');
      expect(await outcome(ledger.burn(burnOf(unused)))).to.equal('burned');
    });

    it('knows nothing of a hold until it is committed, and never of one that is given back', async () => {
      for (const uses of [1, 2]) {
        const id = await newTokenId(ledger, 300, 'user-42', uses);
        const held = { id, attempt: newAttempt(), caller: 'main' };
        await ledger.burn({ ...burnOf(id, held.attempt), holdSeconds: HOLD_SECONDS });
        expect(await outcome(ledger.collect(collectOf(held)))).to.equal('unknown');
        await ledger.settle(held, 'release');
        expect(await outcome(ledger.collect(collectOf(held)))).to.equal('unknown');
        const again = { ...held, attempt: newAttempt() };
        await ledger.burn({ ...burnOf(id, again.attempt), holdSeconds: HOLD_SECONDS });
        const settled = await ledger.settle(again, 'commit');
        if (settled.outcome !== 'burned') throw new Error(settled.outcome);
        expect(await ledger.collect(collectOf(again))).to.deep.equal({ ...settled, outcome: 'collected' });
        expect(await outcome(ledger.collect(collectOf(held)))).to.equal('unknown');
      }
    });

    it('lets a hold whose use is to be collected be given back, or committed and then collected', async () => {
      for (const uses of [1, 2]) {
        const id = await newTokenId(ledger, 300, 'user-42', uses);
        const hold = { ...burnOf(id), holdSeconds: HOLD_SECONDS, toBeCollected: true };
        expect(await outcome(ledger.burn(hold))).to.equal('held');
        expect(await outcome(ledger.collect(collectOf(hold)))).to.equal('unknown');
        expect(await outcome(ledger.settle(hold, 'release'))).to.equal('released');
        const again = { ...hold, attempt: newAttempt() };
        expect(await outcome(ledger.burn(again))).to.equal('held');
        expect(await outcome(ledger.settle(again, 'commit'))).to.equal('burned');
        expect(await outcome(ledger.collect(collectOf(again)))).to.equal('collected');
      }
    });

    it('takes a hold past its deadline for burned at it', async () => {
      const waitOut = async (uses: number): Promise<void> => {
        const id = await newTokenId(ledger, 300, 'user-42', uses);
        const held = { id, attempt: newAttempt(), caller: 'main' };
        const answer = await ledger.burn({ ...burnOf(id, held.attempt), holdSeconds: 1 });
        if (answer.outcome !== 'held') throw new Error(answer.outcome);
        await new Promise((resolve) => setTimeout(resolve, 1100));
        const collected = { outcome: 'collected', atMs: answer.heldUntilMs, usesLeft: uses - 1 };
        expect(await ledger.collect(collectOf(held))).to.deep.equal(collected);
        expect(await outcome(ledger.collect(collectOf(held)))).to.equal('collected-by-another');
        expect(await outcome(ledger.settle(held, 'release'))).to.equal('burned');
      };
      await Promise.all([1, 2].map(waitOut));
    });

    it('collects each use of a token by itself', async () => {
      const { of, use } = await newBurnedUse(ledger, 3);
      const second = { ...of, attempt: newAttempt() };
      await ledger.burn(burnOf(of.id, second.attempt));
      expect(await ledger.collect(collectOf(second))).to.include({ outcome: 'collected', usesLeft: 1 });
      expect(await ledger.collect(collectOf(of))).to.deep.equal({ outcome: 'collected', ...use });
      for (const each of [of, second]) {
        expect(await outcome(ledger.collect(collectOf(each)))).to.equal('collected-by-another');
      }
    });

    it('takes no use', async () => {
      const other = await newBurnedUse(ledger, 2);
      await ledger.collect(collectOf(other.of));
      expect(await ledger.inspect(other.of.id)).to.deep.equal({ state: 'unrecorded', usesLeft: 1 });
      const again = await ledger.burn(burnOf(other.of.id, other.of.attempt));
      expect(again).to.deep.equal({ outcome: 'burned', ...other.use, repeated: true });
    });

    it('of another epoch is void, and of a minute that is forgotten unknown', async () => {
      const { of } = await newBurnedUse(ledger);
      const foreign = { ...of, id: { ...of.id, epoch: 'A'.repeat(16) } };
      expect(await ledger.collect(collectOf(foreign))).to.deep.equal({ outcome: 'void' });
      const old = { ...of, id: { ...of.id, expiresAt: of.id.expiresAt - 7200 } };
      expect(await ledger.collect(collectOf(old))).to.deep.equal({ outcome: 'unknown' });
    });
  });
}
