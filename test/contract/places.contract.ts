import { expect } from 'chai';
import type { BurnLedger, BurnRequest } from '../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../src/token/id.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { burnOf, newAttempt, newTokenId, type OpenLedger, TOKEN_SUBJECT } from './burn-ledger.contract.ts';

const MINUTE_SECONDS = 60;

/** What every ledger promises where only some tokens of a subject may live. Each adapter's test file runs it on the real thing. */
export function placesContract(open: OpenLedger): void {
  describe('of a purpose of which only some tokens may live, a newer token', () => {
    const onClose = cleanupAfter(after);
    let ledger: BurnLedger;
    let topics = 0;
    before(async () => {
      ledger = await open();
      onClose(() => ledger.close());
    });

    const newTopic = () => ({ ...TOKEN_SUBJECT, purpose: `place-${topics++}` });
    type Topic = ReturnType<typeof newTopic>;
    const newId = (uses = 1, lifetimeSeconds = 300) =>
      newTokenId(ledger, lifetimeSeconds, TOKEN_SUBJECT.subject, uses);
    const register = (ids: readonly TokenId[], topic: Topic, live: number, untilMs?: number) =>
      ledger.register(
        ids.map((id) => ({ id, burnableUntilMs: untilMs ?? id.expiresAt * 1000 })),
        topic,
        live,
      );
    const burn = (id: TokenId, topic: Topic, more: Partial<BurnRequest> = {}) =>
      ledger.burn({ ...burnOf(id), ...topic, ...more });
    const stateOf = async (id: TokenId, topic: Topic) => (await ledger.inspect(id, topic)).state;

    for (const uses of [1, 3]) {
      it(`stops the answers of one that is finished, once it has its place: ${uses} uses`, async () => {
        for (const [live, end] of [
          [1, 'burned'],
          [1, 'committed'],
          [3, 'burned'],
          [3, 'committed'],
        ] as const) {
          const [topic, id, attempt] = [newTopic(), await newId(uses), newAttempt()];
          await register([id], topic, live);
          for (let used = 1; used < uses; used++) await burn(id, topic);
          await burn(id, topic, { attempt, holdSeconds: end === 'committed' ? 60 : 0 });
          if (end === 'committed') await ledger.settle({ id, attempt, caller: 'main' }, 'commit');
          for (let newer = 1; newer <= live; newer++) {
            expect(await burn(id, topic, { attempt })).to.include({ outcome: 'burned' });
            await register([await newId()], topic, live);
          }
          expect(await burn(id, topic, { attempt })).to.deep.equal({ outcome: 'superseded' });
          expect(await burn(id, topic)).to.include({ outcome: 'already-burned' });
          expect(await stateOf(id, topic)).to.equal('burned');
        }
      });
    }

    it('stops the answers of one that is finished also if the newer ones are', async () => {
      const [topic, id, attempt] = [newTopic(), await newId(), newAttempt()];
      await register([id], topic, 2);
      await burn(id, topic, { attempt });
      for (let newer = 0; newer < 2; newer++) {
        const next = await newId();
        await register([next], topic, 2);
        await burn(next, topic);
      }
      expect(await burn(id, topic, { attempt })).to.include({ outcome: 'burned' });
      await register([await newId()], topic, 2);
      expect(await burn(id, topic, { attempt })).to.deep.equal({ outcome: 'superseded' });
    });

    it('leaves an expired one whose use is unfinished its place', async () => {
      for (const [uses, how] of [
        [1, 'held'],
        [3, 'held'],
        [3, 'waiting'],
      ] as const) {
        for (const [live, ends] of [
          [2, false],
          [1, true],
        ] as const) {
          const [topic, id, attempt] = [newTopic(), await newId(uses), newAttempt()];
          await register([id], topic, live, Math.floor(ledger.nowMs(id.shard)) - 1000);
          const hold = { id, attempt, caller: 'main' };
          if (how === 'held') await burn(id, topic, { attempt, holdSeconds: 60 });
          else await burn(id, topic, { attempt, toBeCollected: true });
          await register([await newId()], topic, live);
          const answer =
            how === 'held'
              ? await ledger.settle(hold, 'commit')
              : await ledger.collect({ ...hold, ...topic, collector: newAttempt() });
          const outcome = how === 'held' ? 'burned' : 'collected';
          expect(answer, `${uses} ${how} ${live}`).to.include({ outcome: ends ? 'superseded' : outcome });
        }
      }
    });

    it('leaves as many as may live, the newest, of however many that expire whenever', async () => {
      const topic = newTopic();
      const ids: TokenId[] = [];
      for (let made = 0; made < 150; made++) {
        const id = await newId(1, ((made * 7) % 50) * MINUTE_SECONDS + 120);
        ids.push(id);
        await register([id], topic, 100);
        if (made % 5 === 0) await burn(id, topic);
      }
      const states = await Promise.all(ids.map((id) => stateOf(id, topic)));
      const open = ids.filter((_, made) => made % 5 !== 0);
      expect(states.filter((state) => state === 'unrecorded')).to.have.length(100);
      for (const id of open.slice(-100)) expect(await stateOf(id, topic)).to.equal('unrecorded');
      for (const id of open.slice(0, -100)) expect(await stateOf(id, topic)).to.equal('superseded');
    });

    it('leaves as many as may live, of however many that are minted at once', async () => {
      const topic = newTopic();
      const ids: TokenId[] = [];
      for (let made = 0; made < 160; made++) ids.push(await newId(1, (made % 50) * MINUTE_SECONDS + 120));
      await Promise.all(ids.slice(0, 100).map((id) => register([id], topic, 100)));
      await Promise.all(ids.slice(100).map((id) => register([id], topic, 100)));
      const states = await Promise.all(ids.map((id) => stateOf(id, topic)));
      expect(states.filter((state) => state === 'unrecorded')).to.have.length(100);
      for (const id of ids.slice(100)) expect(await stateOf(id, topic)).to.equal('unrecorded');
    });
  });
}
