import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { OpenMatchstick } from '../matchstick.contract.ts';
import { expectRefusal, RFC_3339 } from './expect-refusal.ts';

const PURPOSE = 'password-reset';

/** What holding promises, and `use`, which is made of it. */
export function holdingContract(opened: () => OpenMatchstick): void {
  const mint = async () => (await opened().matchstick.mint(PURPOSE, { subject: 'user-42' })).token;

  describe('holding', () => {
    it('keeps everybody else out until it ends', async () => {
      const { matchstick } = opened();
      const token = await mint();
      const held = await matchstick.redeem(token, PURPOSE, { hold: 60 });
      expect(held.state).to.equal('held');
      expect(Date.parse(held.heldUntil ?? '') - Date.parse(held.redeemedAt)).to.equal(60_000);
      const refused = await expectRefusal('token_held', matchstick.redeem(token, PURPOSE));
      expect(refused.extras).to.deep.equal({ heldUntil: held.heldUntil });
    });

    it('ends burned by a commit, as often as it is asked for, and cannot be given back then', async () => {
      const { matchstick } = opened();
      const token = await mint();
      const { redemptionId, jti } = await matchstick.redeem(token, PURPOSE, { hold: 60 });
      const committed = await matchstick.commit(redemptionId);
      const { redeemedAt, ...rest } = committed;
      expect(rest).to.deep.equal({ redemptionId, state: 'burned', jti });
      expect(redeemedAt).to.match(RFC_3339);
      expect(await matchstick.commit(redemptionId)).to.deep.equal(committed);
      const late = await expectRefusal('token_burned', matchstick.release(redemptionId));
      expect(late.extras).to.deep.equal({ redeemedAt });
      await expectRefusal('token_burned', matchstick.redeem(token, PURPOSE));
    });

    it('ends given back by a release: the token works again, for another attempt', async () => {
      const { matchstick } = opened();
      const token = await mint();
      const attempt = randomUUID();
      const { redemptionId, jti } = await matchstick.redeem(token, PURPOSE, { hold: 60, attempt });
      const released = await matchstick.release(redemptionId);
      const { releasedAt, ...rest } = released;
      expect(rest).to.deep.equal({ redemptionId, state: 'released', jti });
      expect(releasedAt).to.match(RFC_3339);
      expect(await matchstick.release(redemptionId)).to.deep.equal(released);
      await expectRefusal('request_invalid', matchstick.commit(redemptionId));
      await expectRefusal('request_invalid', matchstick.redeem(token, PURPOSE, { attempt }));
      expect((await matchstick.redeem(token, PURPOSE)).state).to.equal('burned');
    });

    it('becomes burned when nobody ends it', async () => {
      const { matchstick } = opened();
      const token = await mint();
      const { redemptionId, heldUntil } = await matchstick.redeem(token, PURPOSE, { hold: 1 });
      while ((await matchstick.inspect(token)).state !== 'burned') {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const late = await expectRefusal('token_burned', matchstick.release(redemptionId));
      expect(late.extras).to.deep.equal({ redeemedAt: heldUntil });
      expect((await matchstick.commit(redemptionId)).redeemedAt).to.equal(heldUntil);
    });

    it('is ended by nobody else, and nothing is ended that was never held', async function () {
      const { matchstick, other } = opened();
      for (const end of ['commit', 'release'] as const) {
        for (const id of ['nothing', '?/..', 'A'.repeat(72)]) {
          await expectRefusal('not_found', matchstick[end](id));
        }
      }
      if (!other) return this.skip();
      const { redemptionId } = await matchstick.redeem(await mint(), PURPOSE, { hold: 60 });
      await expectRefusal('not_found', other.commit(redemptionId));
      await expectRefusal('not_found', other.release(redemptionId));
      expect((await matchstick.commit(redemptionId)).state).to.equal('burned');
    });
  });

  describe('using', () => {
    it('runs the handler while the token is held, burns it, and gives what the handler gave', async () => {
      const { matchstick } = opened();
      const claims = { key: 'report.pdf' };
      const { token } = await matchstick.mint('file-download', { subject: 'user-42', claims });
      const result = await matchstick.use(token, 'file-download', async (redemption) => {
        expect(redemption.state).to.equal('held');
        expect((await matchstick.inspect(token)).state).to.equal('held');
        return `${redemption.subject} has ${redemption.claims.key}`;
      });
      expect(result).to.equal('user-42 has report.pdf');
      expect((await matchstick.inspect(token)).state).to.equal('burned');
    });

    it('gives the token back when the handler throws, and throws what it threw', async () => {
      const { matchstick } = opened();
      const token = await mint();
      const failures = [
        () => {
          throw new TypeError('at once');
        },
        async () => {
          throw new TypeError('later');
        },
      ];
      for (const fail of failures) {
        const failed = await matchstick.use(token, PURPOSE, fail).catch((error: unknown) => error);
        expect(failed).to.be.an.instanceOf(TypeError);
        expect((await matchstick.inspect(token)).state).to.equal('live');
      }
      expect(await matchstick.use(token, PURPOSE, () => 'done')).to.equal('done');
    });

    it('takes no name of an attempt: asked again during the hold, its handler would run again', async () => {
      const { matchstick } = opened();
      const token = await mint();
      let runs = 0;
      const handler = () => {
        runs += 1;
      };
      const named = { attempt: randomUUID() };
      // @ts-expect-error what the compiler refuses too
      const refused = await expectRefusal('request_invalid', matchstick.use(token, PURPOSE, handler, named));
      expect(refused.extras.errors?.map(({ path }) => path)).to.deep.equal(['attempt']);
      expect(runs).to.equal(0);
      expect((await matchstick.inspect(token)).state).to.equal('live');
    });

    it('is not mistaken for a burn: who asks for none is not given a hold of the same attempt', async () => {
      const { matchstick } = opened();
      const token = await mint();
      const attempt = randomUUID();
      const { redemptionId } = await matchstick.redeem(token, PURPOSE, { attempt, hold: 60 });
      await expectRefusal('token_held', matchstick.redeem(token, PURPOSE, { attempt }));
      await matchstick.commit(redemptionId);
      expect((await matchstick.redeem(token, PURPOSE, { attempt })).state).to.equal('burned');
    });

    it('runs one of 20 racing handlers', async () => {
      const { matchstick } = opened();
      const token = await mint();
      let runs = 0;
      const handler = async () => {
        runs += 1;
      };
      await Promise.allSettled(Array.from({ length: 20 }, () => matchstick.use(token, PURPOSE, handler)));
      expect(runs).to.equal(1);
    });

    it('runs no handler for a token that is refused', async () => {
      const { matchstick } = opened();
      const token = await mint();
      await matchstick.redeem(token, PURPOSE);
      const never = () => {
        throw new Error('the handler was run');
      };
      await expectRefusal('token_burned', matchstick.use(token, PURPOSE, never));
      await expectRefusal('purpose_mismatch', matchstick.use(await mint(), 'ticket', never));
    });
  });
}
