import { expect } from 'chai';
import type { OpenMatchstick } from '../matchstick.contract.ts';
import { expectRefusal } from './expect-refusal.ts';

const PURPOSE = 'password-reset';

/** What inspecting promises. */
export function lookingContract(opened: () => OpenMatchstick): void {
  describe('inspecting', () => {
    it('tells what the token is, by token and by jti, and never burns', async () => {
      const { matchstick } = opened();
      const minted = await matchstick.mint(PURPOSE, { subject: 'user-42' });
      const { token, jti, purpose, subject, audience, issuedAt, expiresAt } = minted;
      const known = { active: true, state: 'live', jti, issuedAt, expiresAt, usesLeft: 1 };
      for (let again = 0; again < 3; again++) {
        const byToken = await matchstick.inspect(token);
        expect(byToken).to.deep.equal({ ...known, purpose, subject, audience });
        expect(defined(await matchstick.inspect({ jti }))).to.deep.equal(known);
      }
      expect((await matchstick.redeem(token, PURPOSE)).state).to.equal('burned');
    });

    it('tells of a hold until when, and of a burned token when and by whom', async () => {
      const { matchstick } = opened();
      const { token, jti } = await matchstick.mint(PURPOSE, { subject: 'user-42' });
      const { redemptionId, heldUntil } = await matchstick.redeem(token, PURPOSE, { hold: 60 });
      const held = await matchstick.inspect(token);
      expect(held).to.include({ active: false, state: 'held', heldUntil });
      const { redeemedAt } = await matchstick.commit(redemptionId);
      const burned = { active: false, state: 'burned', redeemedAt, redeemedBy: 'main' };
      expect(await matchstick.inspect(token)).to.include(burned);
      expect(await matchstick.inspect({ jti })).to.include(burned);
    });

    it('tells of what is no token that it is none, and why', async () => {
      const { reason, ...rest } = await opened().matchstick.inspect('nonsense');
      expect(rest).to.deep.equal({ active: false, state: 'invalid' });
      expect(reason).to.be.a('string').that.is.not.empty;
    });

    it('finds nothing by what is no jti', async () => {
      for (const jti of ['nonsense', '../healthz', 'ä', 'A'.repeat(52)]) {
        await expectRefusal('not_found', opened().matchstick.inspect({ jti }));
      }
    });
  });
}

/** Over HTTP a member that is undefined is not there. */
function defined(value: object): object {
  return JSON.parse(JSON.stringify(value));
}
