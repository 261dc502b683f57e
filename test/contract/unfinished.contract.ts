import { expect } from 'chai';
import type { BurnLedger, BurnRequest } from '../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../src/token/id.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { burnOf, newAttempt, newTokenId, type OpenLedger, TOKEN_SUBJECT } from './burn-ledger.contract.ts';

const HOLD_SECONDS = 60;
const MOST_RELEASES = 16;

interface NewToken {
  readonly id: TokenId;
  readonly topic: typeof TOKEN_SUBJECT;
  readonly till: number;
}

/** What every ledger promises of things that are begun and not done. Each adapter's test file runs it on the real thing. */
export function unfinishedContract(open: OpenLedger): void {
  describe('of what is begun and not done, a revocation', () => {
    const onClose = cleanupAfter(after);
    let ledger: BurnLedger;
    let subjects = 0;
    before(async () => {
      ledger = await open();
      onClose(() => ledger.close());
    });

    /** A token about a subject of its own, unless it shares one. */
    async function newToken({
      uses = 1,
      topic,
    }: {
      uses?: number;
      topic?: typeof TOKEN_SUBJECT;
    } = {}): Promise<NewToken> {
      const subject = topic?.subject ?? `unfinished-${subjects++}`;
      const id = await newTokenId(ledger, 300, subject, uses);
      return { id, topic: { ...TOKEN_SUBJECT, subject }, till: id.expiresAt * 1000 };
    }

    const burn = (token: NewToken, more: Partial<BurnRequest> = {}) =>
      ledger.burn({ ...burnOf(token.id), ...token.topic, ...more });
    const outcome = async (answer: Promise<{ outcome: string }>) => (await answer).outcome;

    /** Every way to revoke what a token may still grant. */
    const ways: Readonly<Record<string, (token: NewToken) => Promise<unknown>>> = {
      'by itself': ({ id, till }) => ledger.revoke(id, till),
      'by its subject': ({ topic }) => ledger.revokeSubject(topic.subject),
      'by its subject and purpose': ({ topic }) => ledger.revokeSubject(topic.subject, topic.purpose),
    };

    for (const [way, revoke] of Object.entries(ways)) {
      it(`${way} lets a hold be given back, never committed, and nothing after it`, async () => {
        for (const uses of [1, 3]) {
          const token = await newToken({ uses });
          const attempt = newAttempt();
          const hold = { id: token.id, attempt, caller: 'main' };
          await burn(token, { attempt, holdSeconds: HOLD_SECONDS });
          await revoke(token);
          expect(await outcome(burn(token, { attempt, holdSeconds: HOLD_SECONDS }))).to.equal('revoked');
          expect(await outcome(ledger.settle(hold, 'commit'))).to.equal('revoked');
          expect(await outcome(ledger.settle(hold, 'release'))).to.equal('released');
          expect(await outcome(ledger.settle(hold, 'commit'))).to.equal('released');
          expect(await outcome(burn(token))).to.equal('revoked');
        }
      });

      it(`${way} stops the commit of a hold that has lapsed since, and leaves one that was made before`, async () => {
        for (const uses of [1, 2]) {
          const [lapsing, committed] = [await newToken({ uses }), await newToken({ uses })];
          const holdOf = ({ id }: NewToken) => ({ id, attempt: newAttempt(), caller: 'main' });
          const [first, second] = [holdOf(lapsing), holdOf(committed)];
          await burn(lapsing, { attempt: first.attempt, holdSeconds: 1 });
          await burn(committed, { attempt: second.attempt, holdSeconds: HOLD_SECONDS });
          await ledger.settle(second, 'commit');
          await revoke(lapsing);
          await revoke(committed);
          expect(await outcome(ledger.settle(second, 'commit'))).to.equal('burned');
          await new Promise((resolve) => setTimeout(resolve, 1050));
          expect(await outcome(burn(lapsing, { attempt: first.attempt, holdSeconds: 1 }))).to.equal(
            'revoked',
          );
          expect(await outcome(burn(lapsing, { attempt: first.attempt }))).to.equal('revoked');
          expect(await outcome(burn(committed, { attempt: second.attempt }))).to.equal('revoked');
          expect(await outcome(ledger.settle(first, 'commit'))).to.equal('revoked');
          expect(await outcome(ledger.settle(first, 'release'))).to.equal('burned');
          expect(await outcome(burn(lapsing, { attempt: first.attempt }))).to.equal('revoked');
        }
      });

      it(`${way} stops the commit of a hold that has lapsed before, and is heard by whoever asks again`, async () => {
        for (const uses of [1, 2]) {
          const token = await newToken({ uses });
          if (uses === 2) await burn(token);
          const attempt = newAttempt();
          await burn(token, { attempt, holdSeconds: 1 });
          await new Promise((resolve) => setTimeout(resolve, 1050));
          expect(await ledger.inspect(token.id, token.topic)).to.include({ state: 'burned' });
          const revoked: unknown = await revoke(token);
          if (way === 'by itself') expect(revoked).to.include({ outcome: 'revoked' });
          const hold = { id: token.id, attempt, caller: 'main' };
          expect(await outcome(ledger.settle(hold, 'commit'))).to.equal('revoked');
          expect(await outcome(burn(token, { attempt }))).to.equal('revoked');
          expect(await outcome(burn(token))).to.equal('already-burned');
          expect(await ledger.inspect(token.id, token.topic)).to.deep.equal({ state: 'revoked' });
        }
      });

      it(`${way} stops a use that waits to be collected, and is heard by whoever asks again`, async () => {
        for (const uses of [1, 2]) {
          const token = await newToken({ uses });
          const attempts = Array.from({ length: uses }, newAttempt);
          for (const attempt of attempts) await burn(token, { attempt, toBeCollected: true });
          const revoked: unknown = await revoke(token);
          if (way === 'by itself') expect(revoked).to.include({ outcome: 'revoked' });
          for (const attempt of attempts) {
            const request = {
              id: token.id,
              ...token.topic,
              attempt,
              caller: 'main',
              collector: newAttempt(),
            };
            expect(await outcome(ledger.collect(request))).to.equal('revoked');
            expect(await outcome(burn(token, { attempt, toBeCollected: true }))).to.equal('revoked');
          }
          expect(await ledger.inspect(token.id, token.topic)).to.deep.equal({ state: 'revoked' });
        }
      });

      it(`${way} leaves what was collected to its collector, and says that it was burned`, async () => {
        for (const uses of [1, 2]) {
          const token = await newToken({ uses });
          const attempts = Array.from({ length: uses }, newAttempt);
          const requests = attempts.map((attempt) => ({
            ...{ id: token.id, ...token.topic, attempt, caller: 'main' },
            collector: newAttempt(),
          }));
          for (const attempt of attempts) await burn(token, { attempt, toBeCollected: true });
          for (const request of requests) await ledger.collect(request);
          const revoked: unknown = await revoke(token);
          if (way === 'by itself') expect(revoked).to.include({ outcome: 'already-burned' });
          for (const request of requests)
            expect(await outcome(ledger.collect(request))).to.equal('collected');
          const state = await ledger.inspect(token.id, token.topic);
          expect(state.state).to.equal('burned');
        }
      });
    }

    it('of what waits to be collected supersedes it with the next token that lives in its place', async () => {
      for (const [live, newer, uses] of [
        [1, 1, 1],
        [2, 2, 1],
        [1, 1, 3],
      ] as const) {
        const token = await newToken({ uses });
        const register = ({ id, topic, till }: NewToken) =>
          ledger.register([{ id, burnableUntilMs: till }], topic, live);
        await register(token);
        const attempt = newAttempt();
        for (let used = 1; used < uses; used++) await burn(token);
        await burn(token, { attempt, toBeCollected: true });
        for (let made = 0; made < newer; made++) {
          const request = { id: token.id, ...token.topic, attempt, caller: 'main', collector: newAttempt() };
          expect((await ledger.inspect(token.id, token.topic)).state).to.equal('burned');
          await register(await newToken({ topic: token.topic }));
          if (made < newer - 1) continue;
          expect(await outcome(ledger.collect(request))).to.equal('superseded');
        }
      }
    });

    it('of what waits to be collected keeps no more than as many as may live', async () => {
      const topic = { ...TOKEN_SUBJECT, subject: `waiting-${subjects++}` };
      const attempt = newAttempt();
      const tokens: NewToken[] = [];
      for (let made = 0; made < 4; made++) {
        const token = await newToken({ topic });
        await ledger.register([{ id: token.id, burnableUntilMs: token.till }], topic, 2);
        if (made < 3) await burn(token, { attempt, toBeCollected: true });
        tokens.push(token);
      }
      const collected: string[] = [];
      for (const { id } of tokens.slice(0, 3)) {
        const request = { id, ...topic, attempt, caller: 'main', collector: newAttempt() };
        collected.push(await outcome(ledger.collect(request)));
      }
      expect(collected).to.deep.equal(['superseded', 'collected', 'collected']);
    });

    it('is not needed for a token that was given back too often: the next time it is burned', async () => {
      for (const uses of [1, 4]) {
        const token = await newToken({ uses });
        const held = async () => {
          const hold = { id: token.id, attempt: newAttempt(), caller: 'main' };
          expect(await outcome(burn(token, { attempt: hold.attempt, holdSeconds: HOLD_SECONDS }))).to.equal(
            'held',
          );
          return hold;
        };
        for (let release = 0; release < MOST_RELEASES; release++) {
          expect(await outcome(ledger.settle(await held(), 'release'))).to.equal('released');
        }
        const last = await held();
        expect(await outcome(ledger.settle(last, 'release'))).to.equal('burned');
        expect(await outcome(ledger.settle(last, 'release'))).to.equal('burned');
        expect(await outcome(burn(token))).to.equal(uses === 1 ? 'already-burned' : 'burned');
      }
    });

    it('of tokens that are registered together supersedes those beyond the newest, in one decision', async () => {
      const topic = { ...TOKEN_SUBJECT, subject: `together-${subjects++}` };
      const tokens: NewToken[] = [];
      for (let made = 0; made < 130; made++) tokens.push(await newToken({ topic }));
      const listed = tokens.map(({ id, till }) => ({ id, burnableUntilMs: till }));
      expect(await ledger.register(listed, topic, 100)).to.equal(true);
      expect(await ledger.register(listed, topic, 100)).to.equal(true);
      const states = await Promise.all(tokens.map(async ({ id }) => (await ledger.inspect(id, topic)).state));
      expect(states).to.deep.equal([
        ...Array.from({ length: 30 }, () => 'superseded'),
        ...Array.from({ length: 100 }, () => 'unrecorded'),
      ]);
    });

    it('of those beyond the newest counts a held token among those that live', async () => {
      for (const uses of [1, 3]) {
        const oldest = await newToken({ uses });
        const { topic } = oldest;
        const register = ({ id, till }: NewToken) =>
          ledger.register([{ id, burnableUntilMs: till }], topic, 2);
        const held = await newToken({ uses, topic });
        for (const token of [oldest, held]) await register(token);
        expect(await outcome(burn(held, { holdSeconds: HOLD_SECONDS }))).to.equal('held');
        await register(await newToken({ uses, topic }));
        expect(await outcome(burn(oldest))).to.equal('superseded');
      }
    });

    it('knows what it cannot have minted', async () => {
      const { id } = await newToken();
      const nowSeconds = Math.floor(ledger.nowMs(id.shard) / 1000);
      expect(await ledger.mayHaveMinted(id)).to.equal(true);
      const lasting = (from: number, seconds: number) => ({ issuedAt: from, expiresAt: from + seconds });
      const made: Readonly<Record<string, Partial<TokenId>>> = {
        'a shard that is not there': { shard: 200 },
        'a life that is too long': lasting(nowSeconds, 3601),
        'the year 2106': lasting(4_290_000_000, 300),
        'a later hour': lasting(nowSeconds + 3700, 300),
        'a revocation that never was': { generation: id.generation + 1000 },
      };
      for (const [what, part] of Object.entries(made)) {
        expect(await ledger.mayHaveMinted({ ...id, ...part }), what).to.equal(false);
      }
    });
  });
}
