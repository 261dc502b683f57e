import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { OpenMatchstick } from '../matchstick.contract.ts';
import { expectRefusal } from './expect-refusal.ts';

/** What collecting a visitor's redemption promises. */
export function collectingContract(opened: () => OpenMatchstick): void {
  describe('collecting', () => {
    it('gives what the visitor redeemed, once, and the same attempt the same again', async function () {
      const { matchstick, press } = opened();
      if (!press) return this.skip();
      const { url = '', jti } = await matchstick.mint('invitation', { subject: 'user-42', link: true });
      const redemptionId = await press(url);
      const attempt = randomUUID();
      const collected = await matchstick.collect(redemptionId, { attempt });
      expect(collected).to.include({ redemptionId, state: 'burned', jti, subject: 'user-42', usesLeft: 0 });
      expect(await matchstick.collect(redemptionId, { attempt })).to.deep.equal(collected);
      await expectRefusal('token_burned', matchstick.collect(redemptionId));
      await expectRefusal('token_burned', matchstick.collect(redemptionId, { attempt: randomUUID() }));
    });

    it('gives one of ten that race', async function () {
      const { matchstick, press } = opened();
      if (!press) return this.skip();
      const { url = '' } = await matchstick.mint('invitation', { subject: 'user-42', link: true });
      const redemptionId = await press(url);
      const answers = await Promise.allSettled(
        Array.from({ length: 10 }, () => matchstick.collect(redemptionId)),
      );
      expect(answers.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    });

    it('finds nothing that no visitor left', async () => {
      const { matchstick } = opened();
      const { token } = await matchstick.mint('password-reset', { subject: 'user-42' });
      const { redemptionId } = await matchstick.redeem(token, 'password-reset');
      for (const id of [redemptionId, 'nonsense', 'A'.repeat(72)]) {
        await expectRefusal('not_found', matchstick.collect(id));
      }
      await expectRefusal('request_invalid', matchstick.collect(redemptionId, { attempt: 'a b' }));
    });
  });
}
