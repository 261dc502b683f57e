import { expect } from 'chai';
import type { BurnLedger, BurnRequest } from '../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../src/token/id.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { burnOf, newAttempt, newTokenId, type OpenLedger, TOKEN_SUBJECT } from './burn-ledger.contract.ts';

const HOLD_SECONDS = 60;

/** What every ledger promises beyond burning once. Each adapter's test file runs it on the real thing. */
export function ledgerStatesContract(open: OpenLedger): void {
  const onClose = cleanupAfter(after);
  let ledger: BurnLedger;
  let subjects = 0;
  before(async () => {
    ledger = await open();
    onClose(() => ledger.close());
  });

  /** A token about a subject of its own, so that tests that revoke subjects stay apart. */
  async function newToken({ uses = 1, subject = `subject-${subjects++}`, lifetime = 300 } = {}) {
    const id = await newTokenId(ledger, lifetime, subject, uses);
    const topic = { ...TOKEN_SUBJECT, subject };
    return { id, topic, till: id.expiresAt * 1000 };
  }

  const burn = (token: { id: TokenId; topic: typeof TOKEN_SUBJECT }, more: Partial<BurnRequest> = {}) =>
    ledger.burn({ ...burnOf(token.id), ...token.topic, ...more });
  const outcome = async (answer: Promise<{ outcome: string }>) => (await answer).outcome;
  const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  describe('of a token for several uses', () => {
    it('lets as many attempts through as it has uses, and counts down', async () => {
      const token = await newToken({ uses: 3 });
      for (const usesLeft of [2, 1, 0]) {
        expect(await burn(token)).to.include({ outcome: 'burned', usesLeft, repeated: false });
      }
      expect(await outcome(burn(token))).to.equal('already-burned');
    });

    it('lets exactly that many of 100 parallel attempts through', async () => {
      const token = await newToken({ uses: 7 });
      const outcomes = await Promise.all(Array.from({ length: 100 }, () => outcome(burn(token))));
      expect(outcomes.filter((each) => each === 'burned')).to.have.length(7);
      expect(outcomes.filter((each) => each === 'already-burned')).to.have.length(93);
    });

    it('gives each attempt its own answer again, also when no use is left', async () => {
      const token = await newToken({ uses: 2 });
      const attempts = [newAttempt(), newAttempt()];
      const firsts = [
        await burn(token, { attempt: attempts[0] ?? '' }),
        await burn(token, { attempt: attempts[1] ?? '' }),
      ];
      for (const [index, attempt] of attempts.entries()) {
        expect(await burn(token, { attempt })).to.deep.equal({ ...firsts[index], repeated: true });
      }
    });

    it('tells how many uses are left, and burned when none is', async () => {
      const token = await newToken({ uses: 100 });
      await burn(token);
      expect(await ledger.inspect(token.id)).to.deep.equal({ state: 'unrecorded', usesLeft: 99 });
      const small = await newToken({ uses: 2 });
      await burn(small);
      await burn(small, { caller: 'mailer' });
      expect(await ledger.inspect(small.id)).to.include({ state: 'burned', redeemedBy: 'mailer' });
    });

    it('frees only the use that is given back', async () => {
      const token = await newToken({ uses: 2 });
      const held = { attempt: newAttempt(), holdSeconds: HOLD_SECONDS };
      await burn(token);
      expect(await burn(token, held)).to.include({ outcome: 'held', usesLeft: 0 });
      expect(await outcome(burn(token))).to.equal('held-by-another');
      await ledger.settle({ id: token.id, attempt: held.attempt, caller: 'main' }, 'release');
      expect(await burn(token)).to.include({ outcome: 'burned', usesLeft: 0 });
      expect(await outcome(burn(token))).to.equal('already-burned');
    });
  });

  describe('of a hold', () => {
    async function hold(holdSeconds = HOLD_SECONDS, lifetime = 300) {
      const token = await newToken({ lifetime });
      const attempt = newAttempt();
      const answer = await burn(token, { attempt, holdSeconds });
      return { ...token, attempt, answer, settlement: { id: token.id, attempt, caller: 'main' } };
    }

    it('says until when it lasts, and gives its own attempt the same answer again', async () => {
      const { answer, attempt, ...token } = await hold();
      if (answer.outcome !== 'held') throw new Error(answer.outcome);
      expect(answer.heldUntilMs - answer.atMs).to.equal(HOLD_SECONDS * 1000);
      const again = await burn(token, { attempt, holdSeconds: HOLD_SECONDS });
      expect(again).to.deep.equal({ ...answer, repeated: true });
    });

    it('keeps every other attempt out, and tells it until when', async () => {
      const { answer, ...token } = await hold();
      if (answer.outcome !== 'held') throw new Error(answer.outcome);
      const { heldUntilMs } = answer;
      expect(await burn(token)).to.deep.equal({ outcome: 'held-by-another', heldUntilMs });
      expect(await ledger.inspect(token.id)).to.deep.equal({ state: 'held', heldUntilMs });
    });

    it('is burned by commit, for ever, and commit may be asked again', async () => {
      const { settlement, ...token } = await hold();
      const committed = await ledger.settle(settlement, 'commit');
      expect(committed.outcome).to.equal('burned');
      expect(await ledger.settle(settlement, 'commit')).to.deep.equal(committed);
      expect(await outcome(ledger.settle(settlement, 'release'))).to.equal('burned');
      expect(await outcome(burn(token))).to.equal('already-burned');
    });

    it('is given back by release, once for all, and the token works again', async () => {
      const { settlement, attempt, ...token } = await hold();
      expect(await outcome(ledger.settle(settlement, 'release'))).to.equal('released');
      expect(await outcome(ledger.settle(settlement, 'release'))).to.equal('released');
      expect(await outcome(ledger.settle(settlement, 'commit'))).to.equal('released');
      expect(await outcome(burn(token, { attempt, holdSeconds: HOLD_SECONDS }))).to.equal('released');
      expect(await burn(token)).to.include({ outcome: 'burned', repeated: false });
      expect(await outcome(burn(token))).to.equal('already-burned');
    });

    it('that was given back stays so for its attempt, whoever takes the token then', async () => {
      for (const uses of [1, 2]) {
        const token = await newToken({ uses });
        const attempts = [newAttempt(), newAttempt()];
        for (const attempt of attempts) {
          await burn(token, { attempt, holdSeconds: HOLD_SECONDS });
          await ledger.settle({ id: token.id, attempt, caller: 'main' }, 'release');
        }
        expect(await outcome(burn(token))).to.equal('burned');
        for (const attempt of attempts) {
          expect(await burn(token, { attempt })).to.include({ outcome: 'released', repeated: true });
          const settled = ledger.settle({ id: token.id, attempt, caller: 'main' }, 'commit');
          expect(await outcome(settled)).to.equal('released');
        }
      }
    });

    it('that is committed as the last of several uses is what burned the token', async () => {
      const token = await newToken({ uses: 2 });
      const attempt = newAttempt();
      await burn(token, { attempt, caller: 'billing', holdSeconds: HOLD_SECONDS });
      await burn(token, { caller: 'mailer' });
      await later(5);
      const committed = await ledger.settle({ id: token.id, attempt, caller: 'billing' }, 'commit');
      if (committed.outcome !== 'burned') throw new Error(committed.outcome);
      expect(await burn(token)).to.deep.equal({
        ...{ outcome: 'already-burned', redeemedAtMs: committed.atMs, redeemedBy: 'billing' },
      });
    });

    it('that is never ended is burned at its deadline, for its own attempt too', async () => {
      const { answer, settlement, attempt, ...token } = await hold(1);
      if (answer.outcome !== 'held') throw new Error(answer.outcome);
      await later(1100);
      const burned = { redeemedAtMs: answer.heldUntilMs, redeemedBy: 'main' };
      expect(await ledger.inspect(token.id)).to.deep.equal({ state: 'burned', ...burned });
      expect(await burn(token)).to.deep.equal({ outcome: 'already-burned', ...burned });
      expect(await burn(token, { attempt })).to.include({ outcome: 'burned', atMs: answer.heldUntilMs });
      expect(await outcome(ledger.settle(settlement, 'release'))).to.equal('burned');
      expect(await outcome(ledger.settle(settlement, 'commit'))).to.equal('burned');
    });

    it('can be ended by nobody but its own attempt and caller', async () => {
      const { settlement, ...token } = await hold();
      const strangers = [
        { ...settlement, attempt: newAttempt() },
        { ...settlement, caller: 'other' },
      ];
      for (const stranger of strangers) {
        expect(await outcome(ledger.settle(stranger, 'release'))).to.equal('unknown');
        expect(await outcome(ledger.settle(stranger, 'commit'))).to.equal('unknown');
      }
      expect(await outcome(burn(token))).to.equal('held-by-another');
    });

    it('of another epoch is void', async () => {
      const { settlement } = await hold();
      const foreign = { ...settlement, id: { ...settlement.id, epoch: 'A'.repeat(16) } };
      expect(await outcome(ledger.settle(foreign, 'release'))).to.equal('void');
    });

    it('taken by one of 50 racing attempts and given back, lets exactly one of 50 more through', async () => {
      const token = await newToken();
      const attempts = Array.from({ length: 50 }, newAttempt);
      const holds = await Promise.all(
        attempts.map((attempt) => burn(token, { attempt, holdSeconds: HOLD_SECONDS })),
      );
      const winner = holds.findIndex((answer) => answer.outcome === 'held');
      expect(holds.filter((answer) => answer.outcome === 'held')).to.have.length(1);
      await ledger.settle({ id: token.id, attempt: attempts[winner] ?? '', caller: 'main' }, 'release');
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(burn(token))));
      expect(outcomes.filter((each) => each === 'burned')).to.have.length(1);
    });
  });

  it('tells how early a token is that was minted after what the clock shows, and burns nothing', async () => {
    const token = await newToken();
    const early = await burn(token, { burnableFromMs: ledger.nowMs() + 60_000 });
    expect(early).to.include({ outcome: 'early' });
    expect(early).to.have.property('byMs').that.is.within(1, 61_000);
    expect(await outcome(burn(token))).to.equal('burned');
  });

  describe('of a revocation', () => {
    it('refuses the token from then on, and may be asked again', async () => {
      const token = await newToken();
      expect(await outcome(ledger.revoke(token.id, token.till))).to.equal('revoked');
      expect(await outcome(ledger.revoke(token.id, token.till))).to.equal('revoked');
      expect(await outcome(burn(token))).to.equal('revoked');
      expect(await ledger.inspect(token.id, token.topic)).to.deep.equal({ state: 'revoked' });
    });

    it('comes too late for a burned token, and says when it was burned', async () => {
      const token = await newToken();
      const burned = await burn(token);
      if (burned.outcome !== 'burned') throw new Error(burned.outcome);
      const tooLate = { outcome: 'already-burned', redeemedAtMs: burned.atMs, redeemedBy: 'main' };
      for (let again = 0; again < 2; again++) {
        expect(await ledger.revoke(token.id, token.till)).to.include(tooLate);
        expect(await outcome(burn(token))).to.equal('already-burned');
      }
    });

    it('leaves a superseded token what it is', async () => {
      const subject = `superseded-${subjects++}`;
      const [older, newer] = [await newToken({ subject }), await newToken({ subject })];
      for (const { id, topic, till } of [older, newer])
        await ledger.register([{ id, burnableUntilMs: till }], topic, 1);
      for (let again = 0; again < 2; again++) {
        expect(await outcome(ledger.revoke(older.id, older.till))).to.equal('superseded');
        expect(await outcome(burn(older))).to.equal('superseded');
      }
    });

    it('stops the uses that are left, and the answers of those that were had', async () => {
      const token = await newToken({ uses: 3 });
      const attempt = newAttempt();
      await burn(token, { attempt });
      await ledger.revoke(token.id, token.till);
      expect(await outcome(burn(token))).to.equal('revoked');
      expect(await outcome(burn(token, { attempt }))).to.equal('revoked');
    });

    it('of a token that is burned says so, again and again, and stops the answer of the attempt that burned it', async () => {
      for (const uses of [1, 2]) {
        const token = await newToken({ uses });
        const attempts = Array.from({ length: uses }, newAttempt);
        for (const attempt of attempts) await burn(token, { attempt });
        for (let again = 0; again < 2; again++) {
          expect(await outcome(ledger.revoke(token.id, token.till))).to.equal('already-burned');
          for (const attempt of attempts) expect(await outcome(burn(token, { attempt }))).to.equal('revoked');
          expect(await outcome(burn(token))).to.equal('already-burned');
          expect(await ledger.inspect(token.id, token.topic)).to.include({ state: 'burned' });
        }
      }
    });

    it('and a redemption that race leave one of them the winner', async () => {
      for (let round = 0; round < 40; round++) {
        const token = await newToken();
        const [redeemed, revoked] = await Promise.all([
          outcome(burn(token)),
          outcome(ledger.revoke(token.id, token.till)),
        ]);
        const expected = redeemed === 'burned' ? ['burned', 'already-burned'] : ['revoked', 'revoked'];
        expect([redeemed, revoked]).to.deep.equal(expected);
      }
    });

    it('of a token that looks expired is recorded, since the clock may go back', async () => {
      const token = await newToken();
      for (let again = 0; again < 2; again++) {
        expect(await outcome(ledger.revoke(token.id, ledger.nowMs() - 1000))).to.equal('expired');
      }
      expect(await outcome(ledger.revoke(token.id, token.till))).to.equal('revoked');
      expect(await outcome(burn(token))).to.equal('revoked');
    });

    it('says for which epoch it holds', async () => {
      const token = await newToken();
      const { epoch } = token.id;
      expect(await ledger.revoke(token.id, token.till)).to.include({ outcome: 'revoked', epoch });
      expect(await ledger.revokeSubject(token.topic.subject)).to.include({ epoch });
    });

    it('of a token of another epoch changes nothing', async () => {
      const token = await newToken();
      const { epoch } = token.id;
      const foreign = { ...token.id, epoch: 'A'.repeat(16) };
      expect(await ledger.revoke(foreign, token.till)).to.include({ outcome: 'void', epoch });
      expect(await outcome(burn(token))).to.equal('burned');
    });

    it('by subject refuses every token of the subject that was minted before, and none after', async () => {
      const before = [await newToken({ subject: 'anna' }), await newToken({ subject: 'anna', uses: 5 })];
      const another = await newToken({ subject: 'bert' });
      await ledger.revokeSubject('anna');
      const afterwards = await newToken({ subject: 'anna' });
      for (const token of before) {
        expect(await outcome(burn(token))).to.equal('revoked');
        expect(await ledger.inspect(token.id, token.topic)).to.deep.equal({ state: 'revoked' });
      }
      expect(await outcome(burn(another))).to.equal('burned');
      expect(await outcome(burn(afterwards))).to.equal('burned');
    });

    it('by subject and purpose leaves the other purposes of the subject alone', async () => {
      const token = await newToken({ subject: 'carl' });
      const other = {
        ...(await newToken({ subject: 'carl' })),
        topic: { ...TOKEN_SUBJECT, subject: 'carl', purpose: 'file-download' },
      };
      await ledger.revokeSubject('carl', TOKEN_SUBJECT.purpose);
      expect(await outcome(burn(token))).to.equal('revoked');
      expect(await outcome(burn(other))).to.equal('burned');
    });

    it('by subject, again and again, counts from the newest', async () => {
      for (let round = 0; round < 5; round++) {
        const token = await newToken({ subject: 'dora' });
        await ledger.revokeSubject('dora');
        expect(await outcome(burn(token))).to.equal('revoked');
      }
      expect(await outcome(burn(await newToken({ subject: 'dora' })))).to.equal('burned');
    });
  });

  describe('of tokens of which only some may live', () => {
    const register = (token: { id: TokenId; topic: typeof TOKEN_SUBJECT; till: number }, live: number) =>
      ledger.register([{ id: token.id, burnableUntilMs: token.till }], token.topic, live);

    it('a newer one supersedes the oldest', async () => {
      const subject = `live-${subjects++}`;
      const tokens = [];
      for (let minted = 0; minted < 4; minted++) {
        const token = await newToken({ subject });
        expect(await register(token, 2)).to.equal(true);
        tokens.push(token);
      }
      const outcomes = [];
      for (const token of tokens) outcomes.push(await outcome(burn(token)));
      expect(outcomes).to.deep.equal(['superseded', 'superseded', 'burned', 'burned']);
      expect(await ledger.inspect(tokens[0]?.id as TokenId)).to.deep.equal({ state: 'superseded' });
    });

    it('one that is burned or revoked takes no place', async () => {
      const subject = `live-${subjects++}`;
      const [burned, revoked, unused, newest] = [
        await newToken({ subject }),
        await newToken({ subject }),
        await newToken({ subject }),
        await newToken({ subject }),
      ];
      await register(burned, 2);
      await burn(burned);
      await register(revoked, 2);
      await ledger.revoke(revoked.id, revoked.till);
      await register(unused, 2);
      await register(newest, 2);
      expect(await outcome(burn(unused))).to.equal('burned');
      expect(await outcome(burn(newest))).to.equal('burned');
    });

    it('one whose every use is held takes a place: it may still be given back', async () => {
      const subject = `live-${subjects++}`;
      const held = await newToken({ subject });
      await register(held, 1);
      const holding = { ...burnOf(held.id), ...held.topic, holdSeconds: 60 };
      expect(await outcome(ledger.burn(holding))).to.equal('held');
      const newer = await newToken({ subject });
      await register(newer, 1);
      expect(await outcome(ledger.settle(holding, 'release'))).to.equal('released');
      expect(await outcome(burn(held)), 'one too many would live').to.equal('superseded');
      expect(await outcome(burn(newer))).to.equal('burned');
    });

    it('one that is burned or revoked before it is registered supersedes none', async () => {
      const subject = `live-${subjects++}`;
      const revokedBySubject = await newToken({ subject });
      await ledger.revokeSubject(subject);
      const [burned, revoked] = [await newToken({ subject }), await newToken({ subject })];
      await burn(burned);
      await ledger.revoke(revoked.id, revoked.till);
      const living = [await newToken({ subject }), await newToken({ subject })];
      for (const token of living) await register(token, 2);
      for (const late of [revokedBySubject, burned, revoked]) expect(await register(late, 1)).to.equal(true);
      for (const token of living) expect(await outcome(burn(token))).to.equal('burned');
    });

    it('registering again, after a lost reply, changes nothing', async () => {
      const subject = `live-${subjects++}`;
      const older = await newToken({ subject });
      const newer = await newToken({ subject });
      await register(older, 1);
      for (let again = 0; again < 3; again++) expect(await register(newer, 1)).to.equal(true);
      expect(await outcome(burn(newer))).to.equal('burned');
      expect(await outcome(burn(older))).to.equal('superseded');
    });

    it('subjects and purposes are apart', async () => {
      const subject = `live-${subjects++}`;
      const one = await newToken({ subject });
      const other = {
        ...(await newToken({ subject })),
        topic: { ...TOKEN_SUBJECT, subject, purpose: 'file-download' },
      };
      const stranger = await newToken();
      for (const token of [one, other, stranger]) await register(token, 1);
      for (const token of [one, other, stranger]) expect(await outcome(burn(token))).to.equal('burned');
    });

    it('of 30 that are minted at once exactly as many live as may', async () => {
      const subject = `live-${subjects++}`;
      const tokens = await Promise.all(Array.from({ length: 30 }, () => newToken({ subject })));
      await Promise.all(tokens.map((token) => register(token, 3)));
      const outcomes = await Promise.all(tokens.map((token) => outcome(burn(token))));
      expect(outcomes.filter((each) => each === 'burned')).to.have.length(3);
      expect(outcomes.filter((each) => each === 'superseded')).to.have.length(27);
    });

    it('one that looks expired takes no place, and does not come back when the clock goes back', async () => {
      const subject = `live-${subjects++}`;
      const [early, newer] = [await newToken({ subject }), await newToken({ subject })];
      await register({ ...early, till: Math.floor(ledger.nowMs()) - 1000 }, 2);
      await register(newer, 2);
      expect(await outcome(burn(early))).to.equal('superseded');
      expect(await outcome(burn(newer))).to.equal('burned');
    });

    it('a new one that looks expired supersedes all the same, since the clock may go back', async () => {
      const subject = `live-${subjects++}`;
      const [older, newer] = [await newToken({ subject }), await newToken({ subject })];
      await register(older, 1);
      expect(await register({ ...newer, till: Math.floor(ledger.nowMs()) - 1000 }, 1)).to.equal(true);
      expect(await outcome(burn(older))).to.equal('superseded');
      expect(await outcome(burn(newer))).to.equal('burned');
    });

    it('one of a minute that nothing is remembered of is not registered', async () => {
      const token = await newToken();
      const old = { ...token, id: { ...token.id, expiresAt: token.id.expiresAt - 7200 } };
      expect(await register(old, 1)).to.equal(false);
    });

    it('one whose epoch has ended is not registered, and harms no other', async () => {
      const token = await newToken();
      expect(await register({ ...token, id: { ...token.id, epoch: 'A'.repeat(16) } }, 1)).to.equal(false);
      expect(await outcome(burn(token)), 'of the epoch that lives').to.equal('burned');
    });
  });
}
