import { expect } from 'chai';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { burnOf, newAttempt, newTokenId, TOKEN_SUBJECT } from './burn-ledger.contract.ts';
import { collectOf } from './collect.contract.ts';

const HOLD_SECONDS = 30;
const AFTER_THE_HOLD = HOLD_SECONDS + 10;

/** How far the ledger's clock is ahead. It may go back. */
export interface SteppedClock {
  clockSeconds: number;
}

/** What every ledger promises of holds that end by themselves, whatever its clock does. */
export function lapsedHoldsContract(open: (clock: SteppedClock) => Promise<BurnLedger>): void {
  describe('a hold that ends by itself', () => {
    const onClose = cleanupAfter(after);
    const clock: SteppedClock = { clockSeconds: 0 };
    let ledger: BurnLedger;

    before(async () => {
      ledger = await open(clock);
      onClose(() => ledger.close());
    });

    beforeEach(() => {
      clock.clockSeconds = 0;
    });

    let topics = 0;

    /** A token that is the only one of its topic, whose last use is held. */
    async function held(uses: number) {
      const topic = { ...TOKEN_SUBJECT, purpose: `purpose-${topics++}` };
      const id = await newTokenId(ledger, 300, topic.subject, uses);
      await ledger.register([{ id, burnableUntilMs: id.expiresAt * 1000 }], topic, 1);
      for (let used = 1; used < uses; used++) await ledger.burn({ ...burnOf(id), ...topic });
      const hold = { ...burnOf(id), ...topic, holdSeconds: HOLD_SECONDS };
      const answer = await ledger.burn(hold);
      if (answer.outcome !== 'held') throw new Error(answer.outcome);
      return { id, topic, hold, answer };
    }

    type Held = Awaited<ReturnType<typeof held>>;

    /** Each answers as if the hold was burned, which can be told from its answer. */
    const answers: Readonly<Record<string, (held: Held) => Promise<unknown>>> = {
      'another attempt': async ({ id, topic }) => {
        expect(await ledger.burn({ ...burnOf(id), ...topic })).to.include({ outcome: 'already-burned' });
      },
      'its own attempt': async ({ hold }) => {
        expect(await ledger.burn(hold)).to.include({ outcome: 'burned' });
      },
      commit: async ({ hold }) => {
        expect(await ledger.settle(hold, 'commit')).to.include({ outcome: 'burned' });
      },
      release: async ({ hold }) => {
        expect(await ledger.settle(hold, 'release')).to.include({ outcome: 'burned' });
      },
      collect: async ({ hold }) => {
        expect(await ledger.collect(collectOf(hold))).to.include({ outcome: 'collected' });
      },
      'collect, again': async ({ hold }) => {
        await ledger.collect(collectOf(hold));
        expect(await ledger.collect(collectOf(hold))).to.include({ outcome: 'collected-by-another' });
      },
      revoke: async ({ id }) => {
        expect(await ledger.revoke(id, id.expiresAt * 1000)).to.include({ outcome: 'revoked' });
      },
      inspect: async ({ id }) => {
        expect(await ledger.inspect(id)).to.include({ state: 'burned' });
      },
      'the registration of a newer token, whose place it does not take': async ({ topic }) => {
        const newer = await newTokenId(ledger, 300, topic.subject);
        expect(
          await ledger.register([{ id: newer, burnableUntilMs: newer.expiresAt * 1000 }], topic, 1),
        ).to.equal(true);
      },
    };

    /** Of those that also end what its own attempt may still get. */
    const ended: Readonly<Record<string, string>> = {
      revoke: 'revoked',
      'the registration of a newer token, whose place it does not take': 'superseded',
    };

    for (const uses of [1, 3]) {
      for (const [who, ask] of Object.entries(answers)) {
        it(`stays burned for everybody once ${who} was answered, whatever the clock does: ${uses} uses`, async () => {
          const token = await held(uses);
          const { id, topic, hold, answer } = token;
          clock.clockSeconds = AFTER_THE_HOLD;
          await ask(token);
          clock.clockSeconds = 0;
          const redeemedAtMs = answer.heldUntilMs;
          const burned = { outcome: 'burned', atMs: redeemedAtMs, usesLeft: 0 };
          expect(await ledger.settle(hold, 'release')).to.deep.equal(burned);
          expect(await ledger.burn({ ...burnOf(id), ...topic })).to.deep.equal({
            ...{ outcome: 'already-burned', redeemedAtMs, redeemedBy: 'main' },
          });
          const state = ended[who];
          expect(await ledger.inspect(id)).to.deep.equal(
            state === undefined ? { state: 'burned', redeemedAtMs, redeemedBy: 'main' } : { state },
          );
        });
      }
    }

    it('leaves the last word to the hold that lasts longest', async () => {
      const id = await newTokenId(ledger, 300, TOKEN_SUBJECT.subject, 2);
      const long = await ledger.burn({ ...burnOf(id, newAttempt(), 'billing'), holdSeconds: 60 });
      if (long.outcome !== 'held') throw new Error(long.outcome);
      const { heldUntilMs } = long;
      await ledger.burn({ ...burnOf(id, newAttempt(), 'mailer'), holdSeconds: 30 });
      expect(await ledger.burn(burnOf(id))).to.deep.equal({ outcome: 'held-by-another', heldUntilMs });
      clock.clockSeconds = 70;
      const burned = { redeemedAtMs: heldUntilMs, redeemedBy: 'billing' };
      expect(await ledger.burn(burnOf(id))).to.deep.equal({ outcome: 'already-burned', ...burned });
    });

    it('is burned at its deadline, and not a moment before', async () => {
      const { hold, answer } = await held(1);
      clock.clockSeconds = HOLD_SECONDS - 2;
      expect(await ledger.burn(hold)).to.include({ outcome: 'held' });
      clock.clockSeconds = HOLD_SECONDS;
      expect(await ledger.burn(hold)).to.include({ outcome: 'burned', atMs: answer.heldUntilMs });
    });
  });
}
