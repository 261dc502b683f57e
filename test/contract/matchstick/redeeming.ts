import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { OpenMatchstick } from '../matchstick.contract.ts';
import { APP } from '../matchstick-purposes.ts';
import { expectRefusal, RFC_3339, untyped } from './expect-refusal.ts';

const SUBJECT = { subject: 'user-42' };

/** What redeeming promises: to one attempt, ever, and refusals that do not burn. */
export function redeemingContract(opened: () => OpenMatchstick): void {
  describe('redeeming', () => {
    it('answers with what the token grants, and nothing else', async () => {
      const { matchstick } = opened();
      const claims = { key: 'report.pdf', tags: ['a', 'b'] };
      const { token, jti } = await matchstick.mint('file-download', { ...SUBJECT, claims });
      const redemption = await matchstick.redeem(token, 'file-download');
      const { redemptionId, redeemedAt, ...rest } = redemption;
      expect(rest).to.deep.equal({
        state: 'burned',
        jti,
        purpose: 'file-download',
        subject: 'user-42',
        audience: APP,
        claims,
        usesLeft: 0,
      });
      expect(redemptionId).to.be.a('string').that.is.not.empty;
      expect(redeemedAt).to.match(RFC_3339);
    });

    it('grants no claims where the purpose has none', async () => {
      const { matchstick } = opened();
      const { token } = await matchstick.mint('password-reset', SUBJECT);
      expect((await matchstick.redeem(token, 'password-reset')).claims).to.deep.equal({});
    });

    it('happens once: every other attempt is told when', async () => {
      const { matchstick } = opened();
      const { token } = await matchstick.mint('password-reset', SUBJECT);
      const { redeemedAt } = await matchstick.redeem(token, 'password-reset');
      for (const attempt of [{}, { attempt: randomUUID() }]) {
        const again = matchstick.redeem(token, 'password-reset', attempt);
        expect((await expectRefusal('token_burned', again)).extras).to.deep.equal({ redeemedAt });
      }
    });

    it('gives the same attempt the same answer', async () => {
      const { matchstick } = opened();
      const { token } = await matchstick.mint('password-reset', SUBJECT);
      const attempt = randomUUID();
      const first = await matchstick.redeem(token, 'password-reset', { attempt });
      expect(await matchstick.redeem(token, 'password-reset', { attempt })).to.deep.equal(first);
    });

    it("refuses another caller's attempt of the same name", async function () {
      const { matchstick, other } = opened();
      if (!other) return this.skip();
      const { token } = await matchstick.mint('password-reset', SUBJECT);
      const attempt = randomUUID();
      await matchstick.redeem(token, 'password-reset', { attempt });
      await expectRefusal('token_burned', other.redeem(token, 'password-reset', { attempt }));
    });

    it('lets exactly one of 30 racing attempts through, and as many as there are uses', async () => {
      const { matchstick } = opened();
      for (const [purpose, uses] of [
        ['password-reset', 1],
        ['ticket', 3],
      ] as const) {
        const { token } = await matchstick.mint(purpose, SUBJECT);
        const answers = await Promise.allSettled(
          Array.from({ length: 30 }, () => matchstick.redeem(token, purpose)),
        );
        expect(answers.filter(({ status }) => status === 'fulfilled')).to.have.length(uses);
        for (const answer of answers) {
          if (answer.status === 'rejected') expect(answer.reason.code).to.equal('token_burned');
        }
      }
    });

    it('counts the uses that are left', async () => {
      const { matchstick } = opened();
      const { token } = await matchstick.mint('ticket', SUBJECT);
      for (const left of [2, 1, 0])
        expect((await matchstick.redeem(token, 'ticket')).usesLeft).to.equal(left);
      await expectRefusal('token_burned', matchstick.redeem(token, 'ticket'));
    });

    it('refuses another purpose, another audience, bad input and what is no token, and burns by none', async () => {
      const { matchstick } = opened();
      const any = untyped(opened());
      const { token } = await matchstick.mint('service-call', { ...SUBJECT, audience: 'billing' });
      const redeem = (options: NonNullable<Parameters<typeof any.redeem>[2]>) =>
        any.redeem(token, 'service-call', options);
      await expectRefusal('purpose_mismatch', any.redeem(token, 'ticket'));
      await expectRefusal('audience_mismatch', redeem({ audience: 'mailer' }));
      await expectRefusal('request_invalid', redeem({}));
      await expectRefusal('request_invalid', any.redeem(token, 'service-cal'));
      for (const hold of [0, 301, 1.5]) await expectRefusal('request_invalid', redeem({ hold }));
      for (const attempt of ['', 'a b', 'ä', 'a'.repeat(256)]) {
        await expectRefusal('request_invalid', redeem({ attempt }));
      }
      await expectRefusal('request_invalid', any.redeem('', 'service-call'));
      for (const text of ['x', `${token}x`, `${token.slice(0, -9)}AAAAAAAAA`]) {
        await expectRefusal('token_invalid', any.redeem(text, 'service-call', { audience: 'billing' }));
      }
      expect((await redeem({ audience: 'billing' })).state).to.equal('burned');
    });

    it('refuses a token that has expired', async () => {
      const { matchstick } = opened();
      const { token } = await matchstick.mint('password-reset', { ...SUBJECT, expiresIn: 1 });
      while ((await matchstick.inspect(token)).state !== 'expired') {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await expectRefusal('token_expired', matchstick.redeem(token, 'password-reset'));
    });

    it('refuses a token of another session, and burns it for the right one', async () => {
      const { matchstick } = opened();
      const bind = { session: 'session-1' };
      const { token } = await matchstick.mint('in-session', { ...SUBJECT, bind });
      for (const proof of [undefined, {}, { session: 'session-2' }]) {
        const options = proof ? { proof } : {};
        await expectRefusal('binding_mismatch', matchstick.redeem(token, 'in-session', options));
      }
      const redemption = await matchstick.redeem(token, 'in-session', { proof: bind });
      expect(redemption.state).to.equal('burned');
    });

    it('refuses a token of another request, and burns it for the right one', async () => {
      const { matchstick } = opened();
      const request = { method: 'POST', url: 'https://billing.example.test/invoices?x=1' };
      const { token } = await matchstick.mint('service-call', {
        ...SUBJECT,
        audience: 'billing',
        bind: { request },
      });
      const redeem = (proof: object) =>
        matchstick.redeem(token, 'service-call', { audience: 'billing', proof });
      await expectRefusal('binding_mismatch', redeem({}));
      await expectRefusal('binding_mismatch', redeem({ request: { ...request, method: 'PUT' } }));
      expect((await redeem({ request })).state).to.equal('burned');
    });

    it('shows sealed claims to whoever redeems, and to nobody who reads the token', async () => {
      const { matchstick } = opened();
      const claims = { email: 'ada@example.test', newsletter: true };
      const { token } = await matchstick.mint('confirm-mail', { ...SUBJECT, claims });
      const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
      expect(payload).to.include('newsletter').and.not.include('ada');
      expect((await matchstick.redeem(token, 'confirm-mail')).claims).to.deep.equal(claims);
    });
  });
}
