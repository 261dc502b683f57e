import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { OpenMatchstick } from '../matchstick.contract.ts';
import { expectRefusal } from './expect-refusal.ts';

const PURPOSE = 'password-reset';

/** What revoking promises. */
export function revokingContract(opened: () => OpenMatchstick): void {
  describe('revoking', () => {
    it('ends one token, by token or by jti, as often as it is asked', async () => {
      const { matchstick } = opened();
      for (const by of ['token', 'jti'] as const) {
        const minted = await matchstick.mint(PURPOSE, { subject: 'user-42' });
        const { token, jti } = minted;
        const target = by === 'token' ? { token } : { jti };
        for (let again = 0; again < 2; again++) {
          const { epoch, ...told } = await matchstick.revoke(target);
          expect(told).to.deep.equal({ revoked: true, state: 'revoked', jti });
          expect(epoch).to.match(/^[\w-]{16}$/);
        }
        await expectRefusal('token_revoked', matchstick.redeem(token, PURPOSE));
        expect((await matchstick.inspect(token)).state).to.equal('revoked');
      }
    });

    it('ends all tokens of a subject, or of a subject and purpose, that were minted before', async () => {
      const { matchstick } = opened();
      const subject = randomUUID();
      const reset = await matchstick.mint(PURPOSE, { subject });
      const ticket = await matchstick.mint('ticket', { subject });
      const { epoch, ...narrow } = await matchstick.revoke({ subject, purpose: PURPOSE });
      expect(narrow).to.deep.equal({ revoked: true, state: 'revoked', subject, purpose: PURPOSE });
      await expectRefusal('token_revoked', matchstick.redeem(reset.token, PURPOSE));
      expect((await matchstick.redeem(ticket.token, 'ticket')).usesLeft).to.equal(2);
      const wide = { revoked: true, state: 'revoked', subject, epoch };
      expect(await matchstick.revoke({ subject })).to.deep.equal(wide);
      await expectRefusal('token_revoked', matchstick.redeem(ticket.token, 'ticket'));
      const newer = await matchstick.mint(PURPOSE, { subject });
      expect((await matchstick.redeem(newer.token, PURPOSE)).state).to.equal('burned');
    });

    it('comes too late for a burned token, and says when it was burned', async () => {
      const { matchstick } = opened();
      const { token, jti } = await matchstick.mint(PURPOSE, { subject: 'user-42' });
      const { redeemedAt } = await matchstick.redeem(token, PURPOSE);
      const { epoch: _epoch, ...told } = await matchstick.revoke({ token });
      expect(told).to.deep.equal({ revoked: true, state: 'burned', jti, redeemedAt });
    });

    it('refuses what names nothing, two things, or nothing of ours', async () => {
      const { matchstick } = opened();
      const two = { subject: 'user-42', jti: 'A'.repeat(52) };
      await expectRefusal('request_invalid', matchstick.revoke(two));
      await expectRefusal('request_invalid', matchstick.revoke({ subject: '' }));
      await expectRefusal('token_invalid', matchstick.revoke({ token: 'nonsense' }));
      await expectRefusal('not_found', matchstick.revoke({ jti: 'nonsense' }));
    });
  });
}
