import { expect } from 'chai';
import type { BurnLedger, BurnRequest } from '../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../src/token/id.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { burnOf, newAttempt, newTokenId, type OpenLedger } from './burn-ledger.contract.ts';

const HOLD_SECONDS = 60;
const PURPOSE = 'password-reset';

interface NewToken {
  readonly id: TokenId;
  readonly topic: { readonly subject: string; readonly purpose: string; readonly kid: string };
}

/** What every ledger promises of keys that are revoked. Each adapter's test file runs it on the real thing. */
export function revokedKeysContract(open: OpenLedger): void {
  describe('of a signing key, a revocation', () => {
    const onClose = cleanupAfter(after);
    let ledger: BurnLedger;
    let made = 0;
    before(async () => {
      ledger = await open();
      onClose(() => ledger.close());
    });

    const newKid = () => `revoked-${made++}`;

    /** A token about a subject of its own. */
    async function newToken(kid: string, uses = 1): Promise<NewToken> {
      const subject = `signed-${made++}`;
      const id = await newTokenId(ledger, 300, subject, uses);
      return { id, topic: { subject, purpose: PURPOSE, kid } };
    }

    const burn = ({ id, topic }: NewToken, more: Partial<BurnRequest> = {}) =>
      ledger.burn({ ...burnOf(id), ...topic, ...more });
    const outcome = async (answer: Promise<{ outcome: string }>) => (await answer).outcome;
    const tryOf = ({ id }: NewToken) => ({ id, attempt: newAttempt(), caller: 'main' });
    const collectOf = (token: NewToken, attempt: string, collector = newAttempt()) =>
      ledger.collect({ id: token.id, ...token.topic, attempt, caller: 'main', collector });

    it('refuses tokens that it has signed, for every subject, also those that are minted after it', async () => {
      const kid = newKid();
      const before = [await newToken(kid), await newToken(kid), await newToken(kid, 3)];
      await ledger.revokeKey(kid);
      for (const token of [...before, await newToken(kid), await newToken(kid, 3)]) {
        expect(await burn(token)).to.deep.equal({ outcome: 'revoked' });
        expect(await burn(token, { holdSeconds: HOLD_SECONDS })).to.deep.equal({ outcome: 'revoked' });
        expect(await ledger.inspect(token.id, token.topic)).to.deep.equal({ state: 'revoked' });
      }
    });

    it('holds from the moment at which it is answered, for all that is asked from then on', async () => {
      const kid = newKid();
      const tokens = await Promise.all(Array.from({ length: 100 }, () => newToken(kid)));
      let isAnswered = false;
      const late: string[] = [];
      const asking = tokens.map(async (token, index) => {
        for (let waits = 0; waits < index; waits++) await ledger.inspect(token.id);
        const askedAfter = isAnswered;
        const answered = await outcome(burn(token));
        if (askedAfter) late.push(answered);
      });
      await ledger.revokeKey(kid);
      isAnswered = true;
      await Promise.all(asking);
      expect(late.length).to.be.greaterThan(0);
      expect(new Set(late)).to.deep.equal(new Set(['revoked']));
    });

    it('refuses the very attempt that has burned before', async () => {
      for (const uses of [1, 3]) {
        const token = await newToken(newKid(), uses);
        const attempt = newAttempt();
        expect(await outcome(burn(token, { attempt }))).to.equal('burned');
        await ledger.revokeKey(token.topic.kid);
        expect(await burn(token, { attempt })).to.deep.equal({ outcome: 'revoked' });
        expect(await outcome(burn(token))).to.equal(uses === 1 ? 'already-burned' : 'revoked');
      }
    });

    it('lets a hold be given back, never committed, and nothing after it', async () => {
      for (const uses of [1, 3]) {
        const token = await newToken(newKid(), uses);
        const hold = tryOf(token);
        await burn(token, { attempt: hold.attempt, holdSeconds: HOLD_SECONDS });
        await ledger.revokeKey(token.topic.kid);
        const again = burn(token, { attempt: hold.attempt, holdSeconds: HOLD_SECONDS });
        expect(await outcome(again)).to.equal('revoked');
        expect(await ledger.settle(hold, 'commit')).to.deep.equal({ outcome: 'revoked' });
        expect(await outcome(ledger.settle(hold, 'release'))).to.equal('released');
        expect(await outcome(ledger.settle(hold, 'commit'))).to.equal('released');
        expect(await outcome(burn(token, { attempt: hold.attempt }))).to.equal('released');
        expect(await outcome(burn(token))).to.equal('revoked');
      }
    });

    it('stops the commit of a hold that has lapsed, and leaves one that was made before', async () => {
      const kid = newKid();
      for (const uses of [1, 2]) {
        const [lapsing, committed] = [await newToken(newKid(), uses), await newToken(kid, uses)];
        const [first, second] = [tryOf(lapsing), tryOf(committed)];
        await burn(lapsing, { attempt: first.attempt, holdSeconds: 1 });
        if (uses === 2) await burn(lapsing);
        await burn(committed, { attempt: second.attempt, holdSeconds: HOLD_SECONDS });
        const burned = await ledger.settle(second, 'commit');
        await new Promise((resolve) => setTimeout(resolve, 1050));
        await ledger.revokeKey(lapsing.topic.kid);
        await ledger.revokeKey(kid);
        expect(await ledger.inspect(lapsing.id, lapsing.topic)).to.deep.equal({ state: 'revoked' });
        expect(await outcome(ledger.settle(first, 'commit'))).to.equal('revoked');
        expect(await outcome(ledger.settle(first, 'release'))).to.equal('burned');
        expect(await outcome(burn(lapsing, { attempt: first.attempt }))).to.equal('revoked');
        expect(await ledger.settle(second, 'commit')).to.deep.equal(burned);
      }
    });

    it('stops what waits to be collected', async () => {
      for (const uses of [1, 2]) {
        const token = await newToken(newKid(), uses);
        const attempts = Array.from({ length: uses }, newAttempt);
        for (const attempt of attempts) await burn(token, { attempt, toBeCollected: true });
        await ledger.revokeKey(token.topic.kid);
        for (const attempt of attempts) {
          expect(await collectOf(token, attempt)).to.deep.equal({ outcome: 'revoked' });
          expect(await outcome(burn(token, { attempt, toBeCollected: true }))).to.equal('revoked');
        }
        expect(await ledger.inspect(token.id, token.topic)).to.deep.equal({ state: 'revoked' });
      }
    });

    it('leaves what was collected to its collector, and says that it was burned', async () => {
      for (const uses of [1, 2]) {
        const token = await newToken(newKid(), uses);
        const attempts = Array.from({ length: uses }, newAttempt);
        for (const attempt of attempts) await burn(token, { attempt, toBeCollected: true });
        const collector = newAttempt();
        const collected = await Promise.all(attempts.map((attempt) => collectOf(token, attempt, collector)));
        await ledger.revokeKey(token.topic.kid);
        for (const [index, attempt] of attempts.entries()) {
          expect(await collectOf(token, attempt, collector)).to.deep.equal(collected[index]);
          expect(await outcome(collectOf(token, attempt))).to.equal('collected-by-another');
        }
        expect(await ledger.inspect(token.id, token.topic)).to.include({ state: 'burned' });
      }
    });

    it('leaves tokens of other keys alone, also of one whose name has its name in it or is in it', async () => {
      const kid = newKid();
      const others = [`${kid}0`, `x${kid}`, kid.slice(1), kid.slice(0, -1), `-${kid}-`, `${kid}_${kid}`];
      const tokens = await Promise.all(others.map((other) => newToken(other)));
      const holds = tokens.map(tryOf);
      for (const [index, token] of tokens.entries()) {
        await burn(token, { attempt: holds[index]?.attempt ?? '', holdSeconds: HOLD_SECONDS });
      }
      await ledger.revokeKey(kid);
      for (const [index, token] of tokens.entries()) {
        const { kid: other } = token.topic;
        const hold = holds[index] ?? tryOf(token);
        expect(await outcome(ledger.settle(hold, 'commit')), other).to.equal('burned');
        expect(await outcome(collectOf(token, hold.attempt)), other).to.equal('collected');
        expect(await outcome(burn(await newToken(other))), other).to.equal('burned');
      }
      expect(await outcome(burn(await newToken(kid)))).to.equal('revoked');
    });

    it('may be asked again and again, of several keys in any order', async () => {
      const kids = [newKid(), newKid(), newKid()];
      const first = await ledger.revokeKey(kids[0] ?? '');
      for (const kid of [...kids, ...kids].reverse()) {
        expect(await ledger.revokeKey(kid)).to.deep.equal(first);
      }
      for (const kid of kids) expect(await outcome(burn(await newToken(kid)))).to.equal('revoked');
      expect(await outcome(burn(await newToken(newKid())))).to.equal('burned');
    });

    it('is not seen by who has the id of the token alone', async () => {
      const token = await newToken(newKid());
      await ledger.revokeKey(token.topic.kid);
      expect(await ledger.inspect(token.id)).to.deep.equal({ state: 'unrecorded', usesLeft: 1 });
    });

    it('leaves the clock, the epoch and the generation of the others as they were', async () => {
      const subject = `signed-${made++}`;
      const { nowMs, ...before } = await ledger.living(subject);
      await ledger.revokeKey(newKid());
      const { nowMs: laterMs, ...later } = await ledger.living(subject);
      expect(later).to.deep.equal(before);
      expect(laterMs).to.be.at.least(nowMs);
    });
  });
}
