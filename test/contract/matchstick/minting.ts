import { expect } from 'chai';
import type { OpenMatchstick } from '../matchstick.contract.ts';
import { APP, WELCOME } from '../matchstick-purposes.ts';
import { expectBadInput, expectRefusal, RFC_3339, untyped } from './expect-refusal.ts';

const SUBJECT = { subject: 'user-42' };

/** What minting promises. */
export function mintingContract(opened: () => OpenMatchstick): void {
  describe('minting', () => {
    it('answers with the token and what it is, and nothing else', async () => {
      const minted = await opened().matchstick.mint('password-reset', SUBJECT);
      const { token, jti, issuedAt, expiresAt, ...rest } = minted;
      expect(rest).to.deep.equal({ purpose: 'password-reset', subject: 'user-42', audience: APP });
      expect(token).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      expect(jti).to.match(/^[\w-]{52}$/);
      for (const time of [issuedAt, expiresAt]) expect(time).to.match(RFC_3339);
      expect(Date.parse(expiresAt) - Date.parse(issuedAt)).to.equal(900_000);
    });

    it('takes a shorter life, fewer uses and one of several audiences', async () => {
      const { matchstick } = opened();
      const short = await matchstick.mint('password-reset', { ...SUBJECT, expiresIn: 30 });
      expect(Date.parse(short.expiresAt) - Date.parse(short.issuedAt)).to.equal(30_000);
      const { audience } = await matchstick.mint('service-call', { ...SUBJECT, audience: 'mailer' });
      expect(audience).to.equal('mailer');
      const { token } = await matchstick.mint('ticket', { ...SUBJECT, uses: 2 });
      expect((await matchstick.inspect(token)).usesLeft).to.equal(2);
    });

    it('gives a link when it is asked for one, and none when not', async () => {
      const { matchstick } = opened();
      const { url, code } = await matchstick.mint('invitation', { ...SUBJECT, link: { then: WELCOME } });
      expect(url).to.match(/^https?:\/\/[^/]+\/l\/[\w-]{22}$/);
      expect(code).to.equal(undefined);
      expect(await matchstick.mint('invitation', SUBJECT)).to.not.have.property('url');
      const elsewhere = { ...SUBJECT, link: { then: `${WELCOME}/` } };
      await expectBadInput(['link.then'], matchstick.mint('invitation', elsewhere));
    });

    it('mints many in the order asked', async () => {
      const orders = Array.from({ length: 20 }, (_, index) => ({ subject: `user-${index}` }));
      const minted = await opened().matchstick.mintMany('password-reset', orders);
      expect(minted.map(({ subject }) => subject)).to.deep.equal(orders.map(({ subject }) => subject));
      expect(new Set(minted.map(({ jti }) => jti)).size).to.equal(20);
    });

    it('mints all of many or none, and names the ones that do not fit', async () => {
      const orders = [{ subject: 'fine' }, { subject: '' }, { subject: 'fine', expiresIn: 901 }];
      const refused = opened().matchstick.mintMany('password-reset', orders);
      const { extras } = await expectRefusal('request_invalid', refused);
      const paths = (extras.errors ?? []).map(({ path }) => path);
      expect(paths).to.include('tokens.1.subject');
      for (const path of paths) expect(path).to.match(/^tokens\.[12]\./);
      await expectBadInput(['tokens'], opened().matchstick.mintMany('password-reset', []));
    });

    it('refuses 1,001 at once and takes 1,000', async () => {
      const { matchstick } = opened();
      const many = (length: number) => Array.from({ length }, () => SUBJECT);
      await expectBadInput(['tokens'], matchstick.mintMany('password-reset', many(1001)));
      expect(await matchstick.mintMany('password-reset', many(1000))).to.have.length(1000);
    });

    it('supersedes the oldest token of a subject where only so many may live', async () => {
      const { matchstick } = opened();
      const order = { subject: 'user-of-the-latest' };
      const older = await matchstick.mint('latest', order);
      const newer = await matchstick.mint('latest', order);
      await expectRefusal('token_superseded', matchstick.redeem(older.token, 'latest'));
      expect((await matchstick.redeem(newer.token, 'latest')).jti).to.equal(newer.jti);
    });

    it('refuses what the purpose does not allow, by path', async () => {
      const matchstick = untyped(opened());
      const mint = (purpose: string, options: Parameters<typeof matchstick.mint>[1]) =>
        matchstick.mint(purpose, options);
      await expectBadInput(['purpose'], mint('no-such-purpose', SUBJECT));
      await expectBadInput(['expiresIn'], mint('password-reset', { ...SUBJECT, expiresIn: 901 }));
      await expectBadInput(['uses'], mint('ticket', { ...SUBJECT, uses: 4 }));
      await expectBadInput(['audience'], mint('service-call', SUBJECT));
      await expectBadInput(['audience'], mint('service-call', { ...SUBJECT, audience: APP }));
      await expectBadInput(['link'], mint('password-reset', { ...SUBJECT, link: true }));
      await expectBadInput(['claims'], mint('password-reset', { ...SUBJECT, claims: { key: 'a' } }));
      await expectBadInput(['bind.session'], mint('in-session', SUBJECT));
      const bind = { session: 'session-1', request: { method: 'GET', url: `${APP}/` } };
      await expectBadInput(['bind.request'], mint('in-session', { ...SUBJECT, bind }));
    });

    it('refuses claims that do not fit, and claims that are not declared', async () => {
      const matchstick = untyped(opened());
      const mint = (claims?: object) =>
        matchstick.mint('file-download', { ...SUBJECT, ...(claims ? { claims } : {}) });
      for (const claims of [undefined, {}, { key: 1 }, { key: 'a', tags: 'b' }, { key: 'a', other: 'b' }]) {
        const { extras } = await expectRefusal('request_invalid', mint(claims));
        expect(extras.errors?.length).to.be.greaterThan(0);
        for (const { path } of extras.errors ?? []) expect(path).to.match(/^claims(\.|$)/);
      }
    });

    it('refuses a subject that no token may carry, and numbers that are none', async () => {
      const { matchstick } = opened();
      for (const subject of ['', 'a\nb', 'a'.repeat(256)]) {
        await expectBadInput(['subject'], matchstick.mint('password-reset', { subject }));
      }
      // Over HTTP no JSON can hold it, so that the body is refused as a whole.
      await expectRefusal('request_invalid', matchstick.mint('password-reset', { subject: '\ud800' }));
      for (const expiresIn of [0, -1, 1.5, 3601]) {
        await expectBadInput(['expiresIn'], matchstick.mint('password-reset', { ...SUBJECT, expiresIn }));
      }
      for (const uses of [0, 1.5, 101]) {
        await expectBadInput(['uses'], matchstick.mint('ticket', { ...SUBJECT, uses }));
      }
    });
  });
}
