import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import type { BurnAnswer, BurnLedger, BurnRequest } from '../../src/ledger/burn-ledger.ts';
import { EPOCH_BYTES, NONCE_BYTES, type TokenId } from '../../src/token/id.ts';
import { cleanupAfter } from '../support/cleanup.ts';

/** A ledger on a memory of its own. */
export type OpenLedger = () => Promise<BurnLedger>;

const random = (size: number) => randomBytes(size).toString('base64url');

export const TOKEN_SUBJECT = { subject: 'user-42', purpose: 'password-reset', kid: 'key-1' };

export const newAttempt = () => random(16);

/** The id of a token that could have been minted just now. */
export async function newTokenId(
  ledger: BurnLedger,
  lifetimeSeconds = 300,
  subject = TOKEN_SUBJECT.subject,
  uses = 1,
): Promise<TokenId> {
  const { shard, epoch, generation, nowMs } = await ledger.living(subject);
  const issuedAt = Math.floor(nowMs / 1000);
  return {
    shard,
    epoch,
    uses,
    generation,
    issuedAt,
    expiresAt: issuedAt + lifetimeSeconds,
    nonce: random(NONCE_BYTES),
  };
}

export function burnOf(id: TokenId, attempt = newAttempt(), caller = 'main'): BurnRequest {
  return {
    id,
    ...TOKEN_SUBJECT,
    attempt,
    caller,
    burnableFromMs: id.issuedAt * 1000,
    burnableUntilMs: id.expiresAt * 1000,
  };
}

/** What every ledger promises. Each adapter's test file runs it on the real thing. */
export function burnLedgerContract(open: OpenLedger): void {
  describe('keeps the contract of a ledger:', () => {
    const onClose = cleanupAfter(after);
    let ledger: BurnLedger;
    before(async () => {
      ledger = await open();
      onClose(() => ledger.close());
    });

    it('one epoch lives for a subject until memory is lost', async () => {
      const first = await ledger.living('someone');
      const second = await ledger.living('someone');
      expect(second.epoch).to.equal(first.epoch);
      expect(second.shard).to.equal(first.shard);
      expect(first.epoch).to.match(/^[\w-]{16}$/);
      expect(second.nowMs).to.be.at.least(first.nowMs);
    });

    it('the first attempt burns, and is told when', async () => {
      const id = await newTokenId(ledger);
      const before = ledger.nowMs();
      const answer = await ledger.burn(burnOf(id));
      expect(answer).to.deep.include({ outcome: 'burned', repeated: false, usesLeft: 0 });
      expect(answer)
        .to.have.property('atMs')
        .that.is.within(before - 2000, ledger.nowMs() + 2000);
    });

    it('the same attempt asked again gets the first answer again', async () => {
      const burn = burnOf(await newTokenId(ledger));
      const first = await ledger.burn(burn);
      for (let again = 0; again < 3; again++) {
        expect(await ledger.burn(burn)).to.deep.equal({ ...first, repeated: true });
      }
    });

    it('another attempt is told who burned it and when, by the same caller too', async () => {
      const id = await newTokenId(ledger);
      const first = await ledger.burn(burnOf(id, newAttempt(), 'billing'));
      if (first.outcome !== 'burned') throw new Error(first.outcome);
      const expected = { outcome: 'already-burned', redeemedAtMs: first.atMs, redeemedBy: 'billing' };
      expect(await ledger.burn(burnOf(id, newAttempt(), 'main'))).to.deep.equal(expected);
      expect(await ledger.burn(burnOf(id, newAttempt(), 'billing'))).to.deep.equal(expected);
    });

    it('of 200 attempts at once exactly one burns', async () => {
      for (let round = 0; round < 5; round++) {
        const id = await newTokenId(ledger);
        const answers = await Promise.all(Array.from({ length: 200 }, () => ledger.burn(burnOf(id))));
        expect(countOf(answers, 'burned')).to.equal(1);
        expect(countOf(answers, 'already-burned')).to.equal(199);
      }
    });

    it('a token past its time is expired and leaves no record', async () => {
      const id = await newTokenId(ledger);
      const late = { ...burnOf(id), burnableUntilMs: ledger.nowMs() - 5000 };
      expect(await ledger.burn(late)).to.deep.equal({ outcome: 'expired' });
      expect(await ledger.inspect(id)).to.deep.equal({ state: 'unrecorded', usesLeft: 1 });
      expect((await ledger.burn(burnOf(id))).outcome).to.equal('burned');
    });

    it('a token is expired from the very moment at which it can no longer be burned', async () => {
      const id = await newTokenId(ledger);
      const { nowMs } = await ledger.living(TOKEN_SUBJECT.subject);
      expect(await ledger.burn({ ...burnOf(id), burnableUntilMs: nowMs })).to.deep.equal({
        outcome: 'expired',
      });
    });

    it('a token of a minute that is long past is expired, even with time left to burn', async () => {
      const id = await newTokenId(ledger);
      await ledger.burn(burnOf(id));
      const old = { ...id, nonce: random(NONCE_BYTES), expiresAt: id.expiresAt - 7200 };
      const answer = await ledger.burn({ ...burnOf(old), burnableUntilMs: ledger.nowMs() + 60_000 });
      expect(answer).to.deep.equal({ outcome: 'expired' });
    });

    it('a token of another epoch is void and leaves no record', async () => {
      const id = await newTokenId(ledger);
      const foreign = { ...id, epoch: random(EPOCH_BYTES) };
      expect(await ledger.burn(burnOf(foreign))).to.deep.equal({ outcome: 'void' });
      expect(await ledger.inspect(foreign)).to.deep.equal({ state: 'void' });
      expect((await ledger.burn(burnOf(id))).outcome).to.equal('burned');
    });

    it('inspecting tells the burn and never burns', async () => {
      const id = await newTokenId(ledger);
      for (let again = 0; again < 20; again++) {
        expect(await ledger.inspect(id)).to.deep.equal({ state: 'unrecorded', usesLeft: 1 });
      }
      const burn = burnOf(id, newAttempt(), 'mailer');
      const answer = await ledger.burn(burn);
      if (answer.outcome !== 'burned') throw new Error(answer.outcome);
      expect(await ledger.inspect(id)).to.deep.equal({
        state: 'burned',
        redeemedAtMs: answer.atMs,
        redeemedBy: 'mailer',
      });
    });

    it('tokens that differ in anything are burned apart', async () => {
      const id = await newTokenId(ledger, 90);
      const ids = [id, { ...id, nonce: random(NONCE_BYTES) }, await newTokenId(ledger, 3000)];
      for (const each of ids) expect((await ledger.burn(burnOf(each))).outcome).to.equal('burned');
      for (const each of ids) expect((await ledger.burn(burnOf(each))).outcome).to.equal('already-burned');
    });

    it('any sequence of burns and repeats agrees with a set of first attempts', async () => {
      const step = fc.record({ token: fc.nat(4), attempt: fc.nat(3), look: fc.boolean() });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
          const ids = await Promise.all(
            [60, 61, 200, 900, 3600].map((lifetime) => newTokenId(ledger, lifetime)),
          );
          const attempts = Array.from({ length: 4 }, newAttempt);
          const firsts = new Map<number, number>();
          for (const { token, attempt, look } of steps) {
            const id = ids[token];
            if (!id) throw new Error('no such token');
            if (look) {
              const { state } = await ledger.inspect(id);
              expect(state).to.equal(firsts.has(token) ? 'burned' : 'unrecorded');
              continue;
            }
            const { outcome } = await ledger.burn(burnOf(id, attempts[attempt]));
            const first = firsts.get(token) ?? attempt;
            firsts.set(token, first);
            expect(outcome).to.equal(first === attempt ? 'burned' : 'already-burned');
          }
        }),
        { numRuns: 40 },
      );
    });

    it('a check of a ledger that answers is silent', () => ledger.check());
  });
}

export function countOf(answers: readonly BurnAnswer[], outcome: BurnAnswer['outcome']): number {
  return answers.filter((answer) => answer.outcome === outcome).length;
}
