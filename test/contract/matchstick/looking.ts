import { expect } from 'chai';
import type { OpenMatchstick } from '../matchstick.contract.ts';
import { APP, CONTRACT_PURPOSES, WELCOME } from '../matchstick-purposes.ts';
import { expectRefusal } from './expect-refusal.ts';

const PURPOSE = 'password-reset';

/** What asking for one's rights promises. */
export function purposesContract(opened: () => OpenMatchstick): void {
  describe('asking what one may do', () => {
    it('tells every purpose with its policy', async () => {
      const purposes = await opened().matchstick.purposes();
      expect(purposes.map(({ purpose }) => purpose)).to.deep.equal(Object.keys(CONTRACT_PURPOSES));
      const facts = new Map(purposes.map((each) => [each.purpose, each]));
      const may = ['mint', 'redeem', 'inspect', 'revoke'];
      const common = { may, audiences: [APP], lifetime: 900, uses: 1 };
      expect(facts.get('password-reset')).to.deep.equal({ purpose: 'password-reset', ...common });
      expect(facts.get('ticket')).to.deep.equal({ purpose: 'ticket', ...common, uses: 3 });
      expect(facts.get('latest')).to.deep.equal({ purpose: 'latest', ...common, live: 1 });
      expect(facts.get('service-call')).to.deep.equal({
        ...{ ...common, purpose: 'service-call', audiences: ['billing', 'mailer'], lifetime: 60 },
        bind: { request: 'optional' },
      });
      expect(facts.get('in-session')?.bind).to.deep.equal({ session: 'required', key: 'optional' });
      expect(facts.get('confirm-mail')?.sealed).to.deep.equal(['email']);
      expect(facts.get('confirm-mail')?.claims)
        .to.have.property('properties')
        .with.keys('email', 'newsletter');
      const link = { code: false, byDefault: false, then: WELCOME };
      expect(facts.get('invitation')?.link).to.deep.equal(link);
    });
  });
}

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
