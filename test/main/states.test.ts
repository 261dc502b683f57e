import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_CALLERS, TEST_PURPOSES } from '../support/deployment.ts';
import { startRedis } from '../support/redis-server.ts';
import {
  type Answered,
  call,
  mintToken,
  redeemToken,
  type ServiceProcess,
  startService,
} from '../support/service.ts';

const purposes = {
  ...TEST_PURPOSES,
  download: { audience: 'https://app.example.test', lifetime: '5m', uses: 3 },
  reset: { audience: 'https://app.example.test', lifetime: '15m', live: 1 },
};
const names = Object.keys(purposes);
const callers = {
  ...TEST_CALLERS,
  main: { mint: names, redeem: names, inspect: true, revoke: true },
  other: { mint: names, redeem: names, inspect: true },
};

for (const store of ['memory', 'Redis'] as const) {
  describe(`holds, uses and revocations over HTTP, on the ledger in ${store}`, () => {
    const onClose = cleanupAfter(after);
    let service: ServiceProcess;

    before(async () => {
      let ledger = {};
      if (store === 'Redis') {
        const redis = await startRedis();
        onClose(redis.close);
        ledger = { redis: redis.url };
      }
      const deployment = await makeDeployment({ ledger, purposes }, callers);
      onClose(deployment.close);
      service = await startService(deployment);
      onClose(service.close);
    });

    const hold = (token: string, seconds = 60) =>
      call(service, 'POST', '/v1/redemptions', { body: { token, purpose: 'password-reset', hold: seconds } });
    const settle = (id: string, how: 'commit' | 'release', as = 'main') =>
      call(service, 'POST', `/v1/redemptions/${id}/${how}`, { as });
    const revoke = (body: unknown, as = 'main') => call(service, 'POST', '/v1/revocations', { as, body });
    const inspect = (token: string) => call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
    const expectCode = ({ status, json, text }: Answered, expected: number, code: string) => {
      expect([status, json.code], text).to.deep.equal([expected, code]);
    };

    it('a hold says until when, keeps others out with 409, and is burned by commit', async () => {
      const token = await mintToken(service);
      const held = await hold(token);
      expect(held.status, held.text).to.equal(200);
      expect(held.json).to.include({ state: 'held', usesLeft: 0 });
      expect(Date.parse(held.json.heldUntil) - Date.parse(held.json.redeemedAt)).to.equal(60_000);
      const refused = await redeemToken(service, token);
      expectCode(refused, 409, 'token_held');
      expect(refused.json.heldUntil).to.equal(held.json.heldUntil);
      expect((await inspect(token)).json).to.include({
        active: false,
        state: 'held',
        heldUntil: held.json.heldUntil,
      });
      const committed = await settle(held.json.redemptionId, 'commit');
      expect(committed.status).to.equal(200);
      expect(committed.json).to.include({
        redemptionId: held.json.redemptionId,
        state: 'burned',
        jti: held.json.jti,
      });
      expect((await settle(held.json.redemptionId, 'commit')).json).to.deep.equal(committed.json);
      expectCode(await settle(held.json.redemptionId, 'release'), 410, 'token_burned');
      expectCode(await redeemToken(service, token), 410, 'token_burned');
    });

    it('a hold that is given back leaves the token as it was', async () => {
      const token = await mintToken(service);
      const held = await hold(token);
      const released = await settle(held.json.redemptionId, 'release');
      expect(released.status).to.equal(200);
      expect(released.json).to.include({ state: 'released' });
      expect((await settle(held.json.redemptionId, 'release')).json).to.deep.equal(released.json);
      expectCode(await settle(held.json.redemptionId, 'commit'), 400, 'request_invalid');
      expect((await inspect(token)).json).to.include({ active: true, state: 'live', usesLeft: 1 });
      expect((await redeemToken(service, token)).status).to.equal(200);
      expectCode(await redeemToken(service, token), 410, 'token_burned');
    });

    it('a hold that nobody ends is burned at its deadline', async () => {
      const token = await mintToken(service);
      const held = await hold(token, 1);
      await new Promise((resolve) => setTimeout(resolve, 1200));
      const refused = await redeemToken(service, token);
      expectCode(refused, 410, 'token_burned');
      expect(refused.json.redeemedAt).to.equal(held.json.heldUntil);
      expectCode(await settle(held.json.redemptionId, 'release'), 410, 'token_burned');
    });

    it('only the caller that holds can end a hold, and a made-up redemption is not found', async () => {
      const token = await mintToken(service);
      const { redemptionId } = (await hold(token)).json;
      expectCode(await settle(redemptionId, 'release', 'other'), 404, 'not_found');
      for (const id of [`${redemptionId.slice(0, -4)}AAAA`, 'x', 'A'.repeat(72)]) {
        const answer = await settle(id, 'commit');
        expect(['not_found', 'token_void']).to.include(answer.json.code);
      }
      expectCode(await settle(redemptionId, 'commit', 'auditor'), 403, 'caller_forbidden');
      expectCode(await redeemToken(service, token), 409, 'token_held');
    });

    it('the same attempt that has given the token back must take another name', async () => {
      const token = await mintToken(service);
      const headers = { 'Idempotency-Key': randomUUID() };
      const body = { token, purpose: 'password-reset', hold: 60 };
      const held = await call(service, 'POST', '/v1/redemptions', { headers, body });
      expect((await call(service, 'POST', '/v1/redemptions', { headers, body })).json).to.deep.equal(
        held.json,
      );
      await settle(held.json.redemptionId, 'release');
      expectCode(await call(service, 'POST', '/v1/redemptions', { headers, body }), 400, 'request_invalid');
      expect((await redeemToken(service, token)).status).to.equal(200);
    });

    it('a token for several uses counts them down, and a mint may ask for fewer', async () => {
      const download = { purpose: 'download' };
      const token = await mintToken(service, download);
      for (const usesLeft of [2, 1, 0]) {
        expect((await redeemToken(service, token, download)).json).to.include({ state: 'burned', usesLeft });
      }
      expectCode(await redeemToken(service, token, download), 410, 'token_burned');
      const once = await mintToken(service, { ...download, uses: 1 });
      expect((await redeemToken(service, once, download)).json.usesLeft).to.equal(0);
      for (const uses of [4, 0, 1.5, '2', 101]) {
        const body = { ...download, subject: 'user-42', uses };
        const refused = await call(service, 'POST', '/v1/tokens', { body });
        expectCode(refused, 400, 'request_invalid');
        expect(refused.json.errors[0].path).to.equal('uses');
      }
    });

    it('a revoked token is refused, by token and by jti, as often as one likes', async () => {
      for (const by of ['token', 'jti'] as const) {
        const token = await mintToken(service);
        const { jti } = (await inspect(token)).json;
        for (let again = 0; again < 2; again++) {
          const revoked = await revoke({ [by]: by === 'token' ? token : jti });
          const { epoch, ...told } = revoked.json;
          expect([revoked.status, told]).to.deep.equal([200, { revoked: true, state: 'revoked', jti }]);
          expect(epoch).to.match(/^[\w-]{16}$/);
        }
        expectCode(await redeemToken(service, token), 410, 'token_revoked');
        expect((await inspect(token)).json).to.include({ active: false, state: 'revoked' });
      }
    });

    it('a revocation that comes too late says so', async () => {
      const token = await mintToken(service);
      const { redeemedAt } = (await redeemToken(service, token)).json;
      expect((await revoke({ token })).json).to.include({ revoked: true, state: 'burned', redeemedAt });
      expectCode(await redeemToken(service, token), 410, 'token_burned');
    });

    it('a subject, or its tokens of one purpose, are revoked at once, and new ones work', async () => {
      const subject = randomUUID();
      const reset = await mintToken(service, { subject });
      const download = await mintToken(service, { subject, purpose: 'download' });
      const stranger = await mintToken(service, { subject: randomUUID() });
      const { epoch: _epoch, ...told } = (await revoke({ subject, purpose: 'password-reset' })).json;
      expect(told).to.deep.equal({
        revoked: true,
        state: 'revoked',
        subject,
        purpose: 'password-reset',
      });
      expectCode(await redeemToken(service, reset), 410, 'token_revoked');
      expect((await redeemToken(service, download, { purpose: 'download' })).status).to.equal(200);
      await revoke({ subject });
      expectCode(await redeemToken(service, download, { purpose: 'download' }), 410, 'token_revoked');
      expect((await redeemToken(service, stranger)).status).to.equal(200);
      expect((await redeemToken(service, await mintToken(service, { subject }))).status).to.equal(200);
    });

    it('a newer token takes the place of the older one where one may live', async () => {
      const subject = randomUUID();
      const order = { subject, purpose: 'reset' };
      const [older, newer] = [await mintToken(service, order), await mintToken(service, order)];
      expectCode(await redeemToken(service, older, { purpose: 'reset' }), 410, 'token_superseded');
      expect((await inspect(older)).json).to.include({ active: false, state: 'superseded' });
      expect((await redeemToken(service, newer, { purpose: 'reset' })).status).to.equal(200);
    });

    const wrong: readonly [string, unknown, string][] = [
      ['nothing', {}, ''],
      ['two things', { jti: 'x', subject: 'y' }, ''],
      ['a purpose without a subject', { jti: 'x', purpose: 'reset' }, 'purpose'],
      ['a number', { jti: 7 }, 'jti'],
      ['an unknown field', { subject: 'x', sub: 'y' }, 'sub'],
    ];
    for (const [what, body, path] of wrong) {
      it(`a revocation of ${what} is refused`, async () => {
        const answer = await revoke(body);
        expectCode(answer, 400, 'request_invalid');
        expect(answer.json.errors[0].path).to.equal(path);
      });
    }

    it('revoking needs the right to, a real token and a real jti', async () => {
      const token = await mintToken(service);
      expectCode(await revoke({ token }, 'other'), 403, 'caller_forbidden');
      expectCode(await revoke({ token: `${token}x` }), 400, 'token_invalid');
      expectCode(await revoke({ jti: 'no-jti' }), 404, 'not_found');
      expect((await redeemToken(service, token)).status).to.equal(200);
    });

    it('a hold of more than 300 seconds, or none, is refused and burns nothing', async () => {
      const token = await mintToken(service);
      for (const seconds of [0, -1, 301, 1.5, '60', null]) {
        const body = { token, purpose: 'password-reset', hold: seconds };
        const refused = await call(service, 'POST', '/v1/redemptions', { body });
        expectCode(refused, 400, 'request_invalid');
        expect(refused.json.errors[0].path).to.equal('hold');
      }
      expect((await redeemToken(service, token)).status).to.equal(200);
    });
  });
}
