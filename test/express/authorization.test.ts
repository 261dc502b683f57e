import { expect } from 'chai';
import express from 'express';
import type { MatchstickError } from '../../src/errors.ts';
import { capabilityOf, requireCapability } from '../../src/express/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { expectProblem } from './expect-problem.ts';
import { APP, withEachKind } from './open-matchstick.ts';
import { type RunningApp, runApp, sendLines } from './run-app.ts';

describe('a route that requires a capability', () => {
  withEachKind((matchstick) => {
    const onClose = cleanupAfter(after);
    const reached: string[] = [];
    let app: RunningApp;

    before(async () => {
      const download = requireCapability({ redeem: matchstick(), purpose: 'file-download', audience: APP });
      const billing = requireCapability({
        redeem: matchstick(),
        purpose: 'service-call',
        audience: 'billing',
      });
      app = await runApp(onClose, (routes) => {
        routes.use(express.json(), express.urlencoded());
        routes.all('/download', download, (request, response) => {
          const { claims, subject } = capabilityOf(request, download);
          const key: string = claims.key;
          reached.push(key);
          response.json({ key, subject, capability: capabilityOf(request) });
        });
        routes.all('/charge', billing, (request, response) => {
          reached.push(capabilityOf(request).subject);
          response.send('charged');
        });
      });
    });
    beforeEach(() => {
      reached.length = 0;
    });

    const mint = async (key = 'report.pdf') =>
      (await matchstick().mint('file-download', { subject: 'user-42', claims: { key } })).token;
    const get = (authorization: string | undefined, path = '/download', init: RequestInit = {}) =>
      fetch(`${app.url}${path}`, {
        ...init,
        headers: {
          ...(authorization === undefined ? {} : { Authorization: authorization }),
          ...init.headers,
        },
      });
    const expectLive = async (token: string) =>
      expect((await matchstick().inspect(token)).state).to.equal('live');

    it('gives its handler what was redeemed, and nothing else', async () => {
      const minted = await matchstick().mint('file-download', {
        subject: 'user-42',
        claims: { key: 'report.pdf' },
      });
      const response = await get(`Bearer ${minted.token}`);
      const { key, subject, capability } = JSON.parse(await response.text());
      expect({ key, subject }).to.deep.equal({ key: 'report.pdf', subject: 'user-42' });
      const { redemptionId, redeemedAt, ...rest } = capability;
      expect(rest).to.deep.equal({
        state: 'burned',
        jti: minted.jti,
        purpose: 'file-download',
        subject: 'user-42',
        audience: APP,
        claims: { key: 'report.pdf' },
        usesLeft: 0,
      });
      expect(redemptionId).to.be.a('string');
      expect(redeemedAt).to.match(/Z$/);
      expect(response.headers.get('cache-control')).to.equal('no-store');
      expect((await matchstick().inspect(minted.token)).state).to.equal('burned');
    });

    it('lets one of 50 requests through that race', async () => {
      const token = await mint();
      const responses = await Promise.all(Array.from({ length: 50 }, () => get(`Bearer ${token}`)));
      expect(responses.filter(({ status }) => status === 200)).to.have.length(1);
      expect(responses.filter(({ status }) => status === 410)).to.have.length(49);
      expect(reached).to.have.length(1);
    });

    it('refuses the same request again, also with the same Idempotency-Key', async () => {
      const token = await mint();
      const again = () => get(`Bearer ${token}`, '/download', { headers: { 'Idempotency-Key': 'one-try' } });
      expect((await again()).status).to.equal(200);
      const response = await again();
      const { redeemedAt } = await expectProblem(response, 'token_burned');
      expect(redeemedAt).to.match(/Z$/);
      expect(response.headers.get('www-authenticate')).to.equal('Bearer error="invalid_token"');
      expect(reached).to.have.length(1);
    });

    it('lets a token of several uses through so many times', async () => {
      const { token } = await matchstick().mint('ticket', { subject: 'user-42' });
      const visits: number[] = [];
      const other = await runApp(onClose, (routes) =>
        routes.get(
          '/',
          requireCapability({ redeem: matchstick(), purpose: 'ticket' }),
          (request, response) => {
            visits.push(capabilityOf(request).usesLeft);
            response.end();
          },
        ),
      );
      for (const status of [200, 200, 200, 410]) {
        const response = await fetch(other.url, { headers: { Authorization: `Bearer ${token}` } });
        expect(response.status).to.equal(status);
      }
      expect(visits).to.deep.equal([2, 1, 0]);
    });

    it('answers 401 to a request without a token', async () => {
      for (const authorization of [undefined, 'Basic dXNlcjpwYXNz', 'Bearerx y']) {
        const response = await get(authorization);
        const { detail } = await expectProblem(response, 'caller_unknown');
        expect(detail).to.equal('No token was sent: send it as "Authorization: Bearer <token>".');
        expect(response.headers.get('www-authenticate')).to.match(/^Bearer, DPoP algs="ES256 .*RS256"$/);
      }
      expect(reached).to.deep.equal([]);
    });

    it('takes the scheme in any case, and spaces after it', async () => {
      for (const scheme of ['bearer', 'BEARER', 'Bearer  ']) {
        expect((await get(`${scheme} ${await mint()}`)).status).to.equal(200);
      }
    });

    it('refuses credentials of another form', async () => {
      const token = await mint();
      for (const authorization of ['Bearer', `Bearer ${token} ${token}`, `Bearer ${token}, Bearer x`]) {
        const response = await get(authorization);
        await expectProblem(response, 'request_invalid');
        expect(response.headers.get('www-authenticate')).to.equal('Bearer error="invalid_request"');
      }
      await expectLive(token);
    });

    it('refuses what is no token, as the service does', async () => {
      const token = await mint();
      const forged = `${token.slice(0, -4)}AAAA`;
      for (const text of [
        'x',
        'a.b',
        'a.b.c',
        `${token}.x`,
        `${token}=`,
        `${token}x`,
        'a.b.c'.repeat(1000),
      ]) {
        await expectProblem(await get(`Bearer ${text}`), 'token_invalid');
      }
      await expectProblem(await get(`Bearer ${forged}`), 'token_invalid');
      await expectLive(token);
    });

    it('refuses a second Authorization header', async () => {
      const token = await mint();
      const lines = ['GET /download HTTP/1.1', `Authorization: Bearer ${token}`];
      for (const second of [`Authorization: Bearer ${token}`, 'authorization: Basic x', 'Authorization:']) {
        const { status, text } = await sendLines(app, [...lines, second]);
        expect(status, text).to.equal(400);
      }
      expect((await sendLines(app, lines)).status).to.equal(200);
    });

    it('refuses a token that is also in the query or the body, or only there', async () => {
      const token = await mint();
      const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const json = { 'Content-Type': 'application/json' };
      const elsewhere: [string, RequestInit][] = [
        [`/download?access_token=${token}`, {}],
        [`/download?x=1&token=${token}`, {}],
        [`/download?token=1&token=${token}`, {}],
        [`/download?token=${token.replaceAll('.', '%2e')}`, {}],
        ['/download', { method: 'POST', headers: form, body: `access_token=${token}` }],
        ['/download', { method: 'POST', headers: form, body: `token=x&token=${token}` }],
        ['/download', { method: 'POST', headers: json, body: JSON.stringify({ token }) }],
      ];
      for (const [path, init] of elsewhere) {
        await expectProblem(await get(`Bearer ${token}`, path, init), 'request_invalid');
        await expectProblem(await get(undefined, path, init), 'request_invalid');
      }
      await expectLive(token);
      expect((await get(`Bearer ${token}`, '/download?token=of-the-app')).status).to.equal(200);
    });

    it('refuses a token for another purpose or another audience, and burns neither', async () => {
      const { token: reset } = await matchstick().mint('password-reset', { subject: 'user-42' });
      const response = await get(`Bearer ${reset}`);
      await expectProblem(response, 'purpose_mismatch');
      expect(response.headers.get('www-authenticate')).to.equal('Bearer error="insufficient_scope"');
      const { token: mail } = await matchstick().mint('service-call', { subject: 'app', audience: 'mailer' });
      await expectProblem(await get(`Bearer ${mail}`, '/charge'), 'audience_mismatch');
      await expectLive(reset);
      await expectLive(mail);
      expect(reached).to.deep.equal([]);
    });

    it('lets nobody in if it names no audience for a purpose with several, burns nothing, and tells the app why', async () => {
      const failures: MatchstickError[] = [];
      const withoutAudience = {
        redeem: matchstick(),
        purpose: 'service-call',
        onFailure: (error: MatchstickError) => failures.push(error),
      } as unknown as Parameters<typeof requireCapability>[0];
      for (const mode of ['redeem', 'hold'] as const) {
        const required = requireCapability({ ...withoutAudience, mode });
        const careless = await runApp(onClose, (routes) => {
          routes.post('/charge', required, (request, response) => {
            reached.push(capabilityOf(request).subject);
            response.send('charged');
          });
        });
        for (const audience of ['billing', 'mailer'] as const) {
          const { token } = await matchstick().mint('service-call', { subject: 'app', audience });
          const headers = { Authorization: `Bearer ${token}` };
          const answer = await fetch(`${careless.url}/charge`, { method: 'POST', headers });
          await expectProblem(answer, 'internal');
          await expectLive(token);
          const { code, cause } = failures.pop() ?? {};
          expect(code).to.equal('internal');
          expect(String(cause)).to.include('audience: is required: one of billing, mailer.');
        }
      }
      expect(reached).to.deep.equal([]);
    });

    it('refuses HEAD, which Express gives to the handler of GET, and burns nothing', async () => {
      const token = await mint();
      const response = await get(`Bearer ${token}`, '/download', { method: 'HEAD' });
      expect(response.status).to.equal(405);
      expect(response.headers.get('allow')).to.equal('GET');
      await expectLive(token);
    });

    it('takes nothing from the URL of a preflight, which the request itself has, too', async () => {
      const inPath = requireCapability({
        ...{ redeem: matchstick(), purpose: 'file-download' as const, audience: APP },
        from: ({ originalUrl }) => originalUrl.slice(1),
      });
      const open = await runApp(onClose, (routes) =>
        routes.use(inPath, (_request, response) => response.send('done')),
      );
      const token = await mint();
      const headers = { Origin: 'https://elsewhere.example.test', 'Access-Control-Request-Method': 'POST' };
      await expectProblem(
        await fetch(`${open.url}/${token}`, { method: 'OPTIONS', headers }),
        'caller_unknown',
      );
      await expectLive(token);
      expect((await fetch(`${open.url}/${token}`, { method: 'POST' })).status).to.equal(200);
    });

    it('refuses a revoked token', async () => {
      const token = await mint();
      await matchstick().revoke({ token });
      await expectProblem(await get(`Bearer ${token}`), 'token_revoked');
    });
  });
});
