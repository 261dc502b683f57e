import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import type { Deposit, Deposits, GuessAnswer } from '../../src/ledger/deposits.ts';
import type { LedgerMemory } from '../../src/ledger/memory.ts';
import { cleanupAfter } from '../support/cleanup.ts';

/** A ledger and its deposits on a memory of their own. */
export type OpenLedgerMemory = () => Promise<LedgerMemory>;

export const RIGHT = 'the-right-answer';
export const TRIES = 5;
export const LOCK = { answer: RIGHT, tries: TRIES };

/** A deposit under a name of its own, as it could be put just now. */
export async function newDeposit(ledger: BurnLedger, more: Partial<Deposit> = {}): Promise<Deposit> {
  const { shard, epoch, nowMs } = await ledger.living(randomText(6));
  return { shard, epoch, name: newName(), contents: randomText(90), untilMs: nowMs + 60_000, ...more };
}

/** What every adapter promises. Each adapter's test file runs it on the real thing. */
export function depositsContract(open: OpenLedgerMemory): void {
  describe('keeps the contract of deposits:', () => {
    const onClose = cleanupAfter(after);
    let ledger: BurnLedger;
    let deposits: Deposits;
    before(async () => {
      const opened = await open();
      ({ ledger, deposits } = opened);
      onClose(() => ledger.close());
    });

    async function put(more: Partial<Deposit> = {}): Promise<Deposit> {
      const deposit = await newDeposit(ledger, more);
      expect(await deposits.put(deposit)).to.equal(true);
      return deposit;
    }

    it('what was put is found, as often as one likes', async () => {
      const deposit = await put();
      for (let again = 0; again < 3; again++) {
        expect(await deposits.find(deposit)).to.deep.equal({ contents: deposit.contents });
      }
    });

    it('any text is found as it was put', async () => {
      for (const contents of ['', ':', '1:2:x:y', '{"a":"\u00e4\u2028"}', 'a\nb\0c', 'x'.repeat(20_000)]) {
        const open = await put({ contents });
        expect(await deposits.find(open)).to.deep.equal({ contents });
        const locked = await put({ contents, lock: LOCK });
        await deposits.guess(locked, 'wrong');
        expect(await deposits.find(locked)).to.deep.equal({ contents, triesLeft: TRIES - 1 });
      }
    });

    it('another name, or the same one elsewhere, finds nothing', async () => {
      const deposit = await put();
      expect(await deposits.find({ ...deposit, name: newName() })).to.equal(undefined);
      expect(await deposits.find({ ...deposit, shard: deposit.shard + 1 })).to.equal(undefined);
    });

    it('nothing is put for an epoch that does not live', async () => {
      const deposit = await newDeposit(ledger, { epoch: 'A'.repeat(16) });
      expect(await deposits.put(deposit)).to.equal(false);
      expect(await deposits.find(deposit)).to.equal(undefined);
    });

    it('it is gone at its end, and before', async () => {
      const deposit = await put({ untilMs: ledger.nowMs() + 400, lock: LOCK });
      expect(await deposits.find(deposit)).to.deep.include({ contents: deposit.contents });
      expect(await deposits.guess(deposit, 'wrong')).to.include({ outcome: 'wrong' });
      await later(500);
      expect(await deposits.find(deposit)).to.equal(undefined);
      expect(await deposits.guess(deposit, RIGHT)).to.deep.equal({ outcome: 'gone' });
      expect(await deposits.find(await put({ untilMs: ledger.nowMs() - 5000 }))).to.equal(undefined);
    });

    it('putting again replaces contents and end', async () => {
      const deposit = await put();
      await deposits.put({ ...deposit, contents: 'other', untilMs: deposit.untilMs + 1000 });
      expect(await deposits.find(deposit)).to.deep.equal({ contents: 'other' });
      await deposits.put({ ...deposit, untilMs: ledger.nowMs() - 5000 });
      expect(await deposits.find(deposit)).to.equal(undefined);
    });

    it('a right guess costs no try', async () => {
      const deposit = await put({ lock: LOCK });
      for (let again = 0; again < 2 * TRIES; again++) {
        expect(await deposits.guess(deposit, RIGHT)).to.deep.equal({
          outcome: 'right',
          contents: deposit.contents,
          triesLeft: TRIES,
        });
      }
      expect(await deposits.find(deposit)).to.deep.include({ triesLeft: TRIES });
    });

    it('a guess, right or wrong, tells the contents', async () => {
      const deposit = await put({ lock: LOCK });
      const { contents } = deposit;
      for (const answer of ['wrong', RIGHT]) {
        expect(await deposits.guess(deposit, answer)).to.include({ contents, triesLeft: TRIES - 1 });
      }
    });

    it('wrong guesses count down, and with none left the right one is wrong too', async () => {
      const deposit = await put({ lock: LOCK });
      for (let triesLeft = TRIES - 1; triesLeft >= 0; triesLeft--) {
        expect(await deposits.guess(deposit, `wrong-${triesLeft}`)).to.deep.include({
          outcome: 'wrong',
          triesLeft,
        });
        expect(await deposits.find(deposit)).to.deep.equal({ contents: deposit.contents, triesLeft });
      }
      for (const answer of [RIGHT, 'wrong', RIGHT]) {
        expect(await deposits.guess(deposit, answer)).to.deep.include({ outcome: 'wrong', triesLeft: 0 });
      }
    });

    it('a lock that allows no wrong guess never opens', async () => {
      const deposit = await put({ lock: { answer: RIGHT, tries: 0 } });
      expect(await deposits.find(deposit)).to.deep.equal({ contents: deposit.contents, triesLeft: 0 });
      expect(await deposits.guess(deposit, RIGHT)).to.deep.include({ outcome: 'wrong', triesLeft: 0 });
    });

    it('putting again, with the lock, another or none, keeps the lock and its wrong guesses', async () => {
      const deposit = await put({ lock: LOCK });
      await deposits.guess(deposit, 'wrong');
      const { lock, ...unlocked } = deposit;
      for (const again of [deposit, { ...deposit, lock: { answer: 'other', tries: 99 } }, unlocked]) {
        expect(await deposits.put({ ...again, contents: 'new' })).to.equal(true);
        expect(await deposits.find(deposit)).to.deep.equal({ contents: 'new', triesLeft: TRIES - 1 });
      }
      expect(await deposits.guess(deposit, 'other')).to.deep.include({
        outcome: 'wrong',
        triesLeft: TRIES - 2,
      });
      expect(await deposits.guess(deposit, RIGHT)).to.deep.include({ outcome: 'right', contents: 'new' });
    });

    it('putting a lock on one that has none locks it', async () => {
      const deposit = await put();
      expect(await deposits.put({ ...deposit, lock: LOCK })).to.equal(true);
      expect(await deposits.find(deposit)).to.deep.equal({ contents: deposit.contents, triesLeft: TRIES });
      expect(await deposits.guess(deposit, 'wrong')).to.include({ outcome: 'wrong', triesLeft: TRIES - 1 });
      expect(await deposits.guess(deposit, RIGHT)).to.include({ outcome: 'right', triesLeft: TRIES - 1 });
    });

    it('a guess finds a deposit without a lock as it is, and none where none ever was', async () => {
      const deposit = await put();
      const open = { outcome: 'open', contents: deposit.contents };
      expect(await deposits.guess(deposit, '')).to.deep.equal(open);
      expect(await deposits.guess({ ...deposit, name: newName() }, RIGHT)).to.deep.equal({ outcome: 'gone' });
    });

    it('of 60 wrong guesses at once exactly as many are counted as may be wrong', async () => {
      for (let round = 0; round < 10; round++) {
        const deposit = await put({ lock: LOCK });
        const answers = await Promise.all(
          Array.from({ length: 60 }, (_, guess) => deposits.guess(deposit, `wrong-${guess}`)),
        );
        expect(countsDown(answers)).to.deep.equal([4, 3, 2, 1, ...Array.from({ length: 56 }, () => 0)]);
        expect(await deposits.guess(deposit, RIGHT)).to.deep.include({ outcome: 'wrong', triesLeft: 0 });
      }
    });
  });
}

/** How many tries wrong answers left, the most first. */
export function countsDown(answers: readonly GuessAnswer[]): readonly number[] {
  return answers
    .map((answer) => (answer.outcome === 'wrong' ? answer.triesLeft : Number.NaN))
    .sort((a, b) => b - a);
}

function newName(): string {
  return randomText(16).slice(0, 22);
}

function randomText(size: number): string {
  return randomBytes(size).toString('base64url');
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
