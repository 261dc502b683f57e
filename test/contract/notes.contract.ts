import { expect } from 'chai';
import type { BurnLedger, BurnRequest, LedgerChange, LedgerNote } from '../../src/ledger/burn-ledger.ts';
import { EPOCH_BYTES, type TokenId } from '../../src/token/id.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { burnOf, newAttempt, newTokenId, type OpenLedger, TOKEN_SUBJECT } from './burn-ledger.contract.ts';

const HOLD_SECONDS = 60;
const MOST_RELEASES = 16;
/** How far a ledger's clock, cut to milliseconds, may be outside the question's own time. */
const CLOCK_SLACK_MS = 2000;

interface Heard {
  readonly what: LedgerChange;
  readonly atMs: number;
  readonly of: TokenId | undefined;
}

interface NewToken {
  readonly id: TokenId;
  readonly topic: typeof TOKEN_SUBJECT;
}

/** What every ledger promises of the events that it records. Each adapter's test file runs it on the real thing. */
export function notesContract(open: OpenLedger): void {
  describe('of what it records of a change', () => {
    const onClose = cleanupAfter(after);
    let ledger: BurnLedger;
    let heard: Heard[] = [];
    let subjects = 0;
    before(async () => {
      ledger = await open();
      onClose(() => ledger.close());
    });
    beforeEach(() => {
      heard = [];
    });

    const note: LedgerNote = {
      text: '{"v":1}',
      recorded: (what, atMs, of) => {
        heard.push({ what, atMs, of });
      },
    };

    async function newToken({ uses = 1, subject = `noted-${subjects++}` } = {}): Promise<NewToken> {
      const id = await newTokenId(ledger, 300, subject, uses);
      return { id, topic: { ...TOKEN_SUBJECT, subject } };
    }

    const burn = ({ id, topic }: NewToken, more: Partial<BurnRequest> = {}) =>
      ledger.burn({ ...burnOf(id), ...topic, note, ...more });
    const settle = ({ id }: NewToken, attempt: string, how: 'commit' | 'release', caller = 'main') =>
      ledger.settle({ id, attempt, caller, note }, how);
    const collect = ({ id, topic }: NewToken, attempt: string, collector = newAttempt()) =>
      ledger.collect({ id, ...topic, attempt, caller: 'main', collector, note });
    const revoke = ({ id }: NewToken) => ledger.revoke(id, id.expiresAt * 1000, note);
    const register = ({ id, topic }: NewToken, live: number) =>
      ledger.register([{ id, burnableUntilMs: id.expiresAt * 1000 }], topic, live, note);

    /** What was heard since this was asked last. */
    function told(): readonly LedgerChange[] {
      const changes = heard.map(({ what }) => what);
      heard = [];
      return changes;
    }

    it('hears of a burn once, with its time, and not again from whoever asks again or comes too late', async () => {
      for (const uses of [1, 2]) {
        const token = await newToken({ uses });
        const attempt = newAttempt();
        const answer = await burn(token, { attempt });
        if (answer.outcome !== 'burned') throw new Error(answer.outcome);
        expect(heard).to.deep.equal([{ what: 'token.redeemed', atMs: answer.atMs, of: undefined }]);
        await burn(token, { attempt });
        if (uses === 2) await burn(token);
        await burn(token);
        await burn(token, { holdSeconds: HOLD_SECONDS });
        expect(told()).to.deep.equal(uses === 1 ? ['token.redeemed'] : ['token.redeemed', 'token.redeemed']);
      }
    });

    it('hears of a hold and of its end, each once', async () => {
      for (const uses of [1, 2]) {
        const token = await newToken({ uses });
        const [first, second] = [newAttempt(), newAttempt()];
        const held = await burn(token, { attempt: first, holdSeconds: HOLD_SECONDS });
        if (held.outcome !== 'held') throw new Error(held.outcome);
        await burn(token, { attempt: first, holdSeconds: HOLD_SECONDS });
        expect(heard).to.deep.equal([{ what: 'token.held', atMs: held.atMs, of: undefined }]);
        expect(told()).to.deep.equal(['token.held']);
        for (const how of ['release', 'release', 'commit'] as const) await settle(token, first, how);
        expect(told()).to.deep.equal(['token.released']);
        await burn(token, { attempt: second, holdSeconds: HOLD_SECONDS });
        for (const how of ['commit', 'commit', 'release'] as const) await settle(token, second, how);
        expect(told()).to.deep.equal(['token.held', 'token.committed']);
      }
    });

    it('hears that a hold is committed after it has lapsed, once, and never of its lapse', async () => {
      for (const uses of [1, 2]) {
        const [committed, released] = [await newToken({ uses }), await newToken({ uses })];
        const attempt = newAttempt();
        for (const token of [committed, released]) await burn(token, { attempt, holdSeconds: 1 });
        expect(told()).to.deep.equal(['token.held', 'token.held']);
        await new Promise((resolve) => setTimeout(resolve, 1050));
        for (const token of [committed, released]) {
          await burn(token, { attempt, holdSeconds: 1 });
          await ledger.inspect(token.id);
        }
        expect(told()).to.deep.equal([]);
        for (let again = 0; again < 2; again++) await settle(committed, attempt, 'commit');
        for (let again = 0; again < 2; again++) await settle(released, attempt, 'release');
        expect(told()).to.deep.equal(['token.committed']);
      }
    });

    it('hears of a release that burns instead as of a commit', async () => {
      const token = await newToken();
      for (let release = 0; release < MOST_RELEASES; release++) {
        const attempt = newAttempt();
        await burn(token, { attempt, holdSeconds: HOLD_SECONDS });
        await settle(token, attempt, 'release');
      }
      told();
      const last = newAttempt();
      await burn(token, { attempt: last, holdSeconds: HOLD_SECONDS });
      expect((await settle(token, last, 'release')).outcome).to.equal('burned');
      await settle(token, last, 'release');
      expect(told()).to.deep.equal(['token.held', 'token.committed']);
    });

    it('hears of a collection once, of its collector’s repeats and of other collectors never', async () => {
      for (const uses of [1, 2]) {
        const token = await newToken({ uses });
        const [attempt, collector] = [newAttempt(), newAttempt()];
        await burn(token, { attempt, toBeCollected: uses === 1 });
        told();
        const before = ledger.nowMs();
        await collect(token, attempt, collector);
        expect(heard).to.have.length(1);
        expect(heard[0]?.atMs).to.be.within(before - CLOCK_SLACK_MS, ledger.nowMs() + CLOCK_SLACK_MS);
        await collect(token, attempt, collector);
        await collect(token, attempt);
        await collect(token, newAttempt());
        expect(told()).to.deep.equal(['token.collected']);
      }
    });

    it('hears of a revocation once, also of one that finds nothing left', async () => {
      for (const isBurned of [false, true]) {
        const token = await newToken();
        if (isBurned) await burn(token);
        told();
        for (let again = 0; again < 3; again++) await revoke(token);
        expect(told()).to.deep.equal(['token.revoked']);
      }
    });

    it('hears of each revocation of a subject', async () => {
      const { topic } = await newToken();
      const before = ledger.nowMs();
      await ledger.revokeSubject(topic.subject, undefined, note);
      await ledger.revokeSubject(topic.subject, topic.purpose, note);
      for (const { atMs } of heard) {
        expect(atMs).to.be.within(before - CLOCK_SLACK_MS, ledger.nowMs() + CLOCK_SLACK_MS);
      }
      expect(told()).to.deep.equal(['subject.revoked', 'subject.revoked']);
    });

    it('hears nothing of what a revocation refuses', async () => {
      const [token, holding, waiting] = [await newToken(), await newToken(), await newToken()];
      const attempt = newAttempt();
      await burn(holding, { attempt, holdSeconds: HOLD_SECONDS });
      await burn(waiting, { attempt, toBeCollected: true });
      for (const each of [token, holding, waiting]) await ledger.revokeSubject(each.topic.subject);
      told();
      await burn(token);
      await burn(token, { holdSeconds: HOLD_SECONDS });
      await settle(holding, attempt, 'commit');
      await collect(waiting, attempt);
      expect(told()).to.deep.equal([]);
      await settle(holding, attempt, 'release');
      expect(told()).to.deep.equal(['token.released']);
    });

    it('hears nothing of a token that is expired, early or void, of a stranger and of a proof shown twice', async () => {
      const token = await newToken({ uses: 3 });
      const now = ledger.nowMs();
      const foreign = { ...token, id: { ...token.id, epoch: newAttempt().slice(0, (EPOCH_BYTES * 4) / 3) } };
      const ofOldMinute = { ...token, id: { ...token.id, expiresAt: token.id.expiresAt - 7200 } };
      await burn(token, { burnableUntilMs: now - 5000 });
      await burn(token, { burnableFromMs: now + 60_000 });
      await burn(foreign);
      await burn(ofOldMinute, { burnableUntilMs: now + 60_000 });
      await revoke(foreign);
      await settle(foreign, newAttempt(), 'commit');
      await collect(foreign, newAttempt());
      expect(await register(foreign, 1)).to.equal(false);
      expect(told()).to.deep.equal([]);

      const [attempt, proofName] = [newAttempt(), newAttempt()];
      await burn(token, { attempt, proofName, holdSeconds: HOLD_SECONDS });
      told();
      await burn(token, { proofName });
      await settle(token, attempt, 'commit', 'somebody else');
      await settle(token, newAttempt(), 'release');
      expect(told()).to.deep.equal([]);
      await burn(token, { attempt, proofName: newAttempt(), holdSeconds: HOLD_SECONDS });
      expect(told(), 'a repeat with a proof of its own').to.deep.equal([]);
    });

    it('hears which tokens are superseded, each once, and never of one that was used up before', async () => {
      const oldest = await newToken({ uses: 2 });
      const { subject } = oldest.topic;
      const tokens = [oldest, await newToken({ subject }), await newToken({ subject })];
      for (const token of tokens) await register(token, 3);
      const revoked = await newToken({ subject });
      await register(revoked, 4);
      await revoke(revoked);
      expect(told()).to.deep.equal(['token.revoked']);
      const newest = await newToken({ subject });
      await register(newest, 1);
      await register(newest, 1);
      expect(heard.map(({ what }) => what)).to.deep.equal(Array(3).fill('token.superseded'));
      expect(heard.map(({ of }) => of)).to.have.deep.members(tokens.map(({ id }) => id));
      for (const { id } of tokens) expect(await ledger.inspect(id)).to.deep.equal({ state: 'superseded' });
    });

    it('hears that a hold, and a use that waits to be collected, are superseded, and not that a burned one is', async () => {
      for (const uses of [1, 2]) {
        const waiting = await newToken({ uses });
        const { subject } = waiting.topic;
        const [holding, burned] = [await newToken({ uses, subject }), await newToken({ uses, subject })];
        for (const token of [waiting, holding, burned]) await register(token, 3);
        for (let use = 0; use < uses; use++) {
          await burn(waiting, { toBeCollected: true });
          await burn(holding, { holdSeconds: HOLD_SECONDS });
          await burn(burned);
        }
        told();
        await register(await newToken({ subject }), 1);
        const superseded = heard.map(({ of }) => of);
        const states = await Promise.all(
          [waiting, holding, burned].map(async ({ id, topic }) => (await ledger.inspect(id, topic)).state),
        );
        expect(states, `${uses} uses`).to.deep.equal(['superseded', 'held', 'burned']);
        expect(superseded, `${uses} uses`).to.have.deep.members([waiting.id, holding.id]);
      }
    });

    it('is silent, and asks no less of the ledger, without anybody who hears it', async () => {
      const token = await newToken();
      const { note: _, ...request } = { ...burnOf(token.id), ...token.topic, note };
      expect((await ledger.burn(request)).outcome).to.equal('burned');
      expect(told()).to.deep.equal([]);
    });
  });
}
