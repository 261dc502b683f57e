import { inspect } from 'node:util';
import { expect } from 'chai';
import express from 'express';
import { MatchstickError } from '../../src/errors.ts';
import { capabilityOf, linkOf, requireCapability } from '../../src/express/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { expectProblem } from './expect-problem.ts';
import { APP, withEachKind } from './open-matchstick.ts';
import { type RunningApp, runApp, sendLines } from './run-app.ts';

describe('a route of links', () => {
  withEachKind((matchstick) => {
    const onClose = cleanupAfter(after);
    const done: string[] = [];
    let app: RunningApp;

    before(async () => {
      const reset = requireCapability({
        redeem: matchstick(),
        purpose: 'password-reset',
        audience: APP,
        from: 'link',
      });
      app = await runApp(onClose, (routes) => {
        routes.use(express.urlencoded(), express.json());
        routes.get('/reset', reset, (request, response) => {
          expect(() => capabilityOf(request)).to.throw(TypeError, 'linkOf');
          const link = linkOf(request);
          response.json({ ...link, printed: inspect(link) });
        });
        routes.post('/reset', reset, (request, response) => {
          expect(linkOf(request)).to.equal(undefined);
          done.push(capabilityOf(request, reset).subject);
          response.send('done');
        });
        routes.use('/every-method', reset, (_request, response) => response.send('done'));
      });
    });
    beforeEach(() => {
      done.length = 0;
    });

    const mint = async () =>
      (await matchstick().mint('password-reset', { subject: 'user-42', expiresIn: 600 })).token;
    const open = (token: string, init: RequestInit = {}) =>
      fetch(`${app.url}/reset?token=${encodeURIComponent(token)}`, init);
    const post = (body: string, headers: Record<string, string> = {}) =>
      fetch(`${app.url}/reset`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
        body,
      });
    const stateOf = async (token: string) => (await matchstick().inspect(token)).state;

    it('shows its handler the link that is opened, as often as it is, and burns nothing', async () => {
      const token = await mint();
      for (let again = 0; again < 20; again++) {
        const headers: Record<string, string> = again % 2 ? { 'Sec-Purpose': 'prefetch;prerender' } : {};
        const response = await open(token, { headers, method: again % 3 ? 'GET' : 'HEAD' });
        expect(response.status).to.equal(200);
        expect(response.headers.get('cache-control')).to.equal('no-store');
        expect(response.headers.get('referrer-policy')).to.equal('no-referrer');
        expect(response.headers.get('x-robots-tag')).to.equal('noindex');
      }
      const { printed, ...link } = JSON.parse(await (await open(token)).text());
      expect(link).to.include({ token, purpose: 'password-reset', subject: 'user-42', audience: APP });
      expect(link).to.have.all.keys(
        ...['token', 'jti', 'purpose', 'subject', 'audience', 'expiresAt', 'usesLeft'],
      );
      expect(printed).to.include('user-42').and.not.include(token);
      expect(await stateOf(token)).to.equal('live');
    });

    it('redeems the token of the form that is sent, once', async () => {
      const token = await mint();
      const responses = await Promise.all(Array.from({ length: 20 }, () => post(`token=${token}`)));
      expect(responses.filter(({ status }) => status === 200)).to.have.length(1);
      expect(done).to.deep.equal(['user-42']);
      expect(await stateOf(token)).to.equal('burned');
    });

    it('takes JSON as well', async () => {
      const token = await mint();
      const response = await post(JSON.stringify({ token }), { 'Content-Type': 'application/json' });
      expect(response.status).to.equal(200);
    });

    it('has one answer for every link that does not work', async () => {
      const burned = await mint();
      await matchstick().redeem(burned, 'password-reset');
      const revoked = await mint();
      await matchstick().revoke({ token: revoked });
      const held = await mint();
      await matchstick().redeem(held, 'password-reset', { hold: 300 });
      const { token: other } = await matchstick().mint('ticket', { subject: 'user-42' });
      const live = await mint();
      const dead = {
        burned,
        revoked,
        held,
        other,
        forged: `${live.slice(0, -5)}AAAAA`,
        nonsense: 'x',
        empty: '',
      };
      const answers = new Set<string>();
      for (const token of Object.values(dead)) {
        for (const response of [await open(token), await post(`token=${token}`)]) {
          const told = [...response.headers].filter(([name]) => !/^(date|connection|keep-alive)$/.test(name));
          answers.add(JSON.stringify([told, await expectProblem(response, 'token_invalid')]));
        }
      }
      expect(await (await fetch(`${app.url}/reset`)).text()).to.include('token_invalid');
      expect([...answers]).to.have.length(1);
      expect(await stateOf(other)).to.equal('live');
    });

    it('refuses a token in two places, and one that is no text', async () => {
      const token = await mint();
      await expectProblem(await fetch(`${app.url}/reset?token=${token}&token=${token}`), 'request_invalid');
      const twice = await fetch(`${app.url}/reset?token=${token}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: `token=${token}`,
      });
      expect((await expectProblem(twice, 'request_invalid')).detail).to.include('action');
      await expectProblem(await post(`token=${token}&token=${token}`), 'request_invalid');
      for (const value of [1, true, { length: 1 }, [token], null]) {
        const body = JSON.stringify({ token: value });
        await expectProblem(await post(body, { 'Content-Type': 'application/json' }), 'request_invalid');
      }
      expect(await stateOf(token)).to.equal('live');
    });

    it('refuses a form that another site sent', async () => {
      const token = await mint();
      const response = await post(`token=${token}`, { 'Sec-Fetch-Site': 'cross-site' });
      await expectProblem(response, 'caller_forbidden');
      expect(await stateOf(token)).to.equal('live');
      expect((await post(`token=${token}`, { 'Sec-Fetch-Site': 'same-origin' })).status).to.equal(200);
    });

    it('refuses a form of another origin, whatever the browser says besides', async () => {
      const token = await mint();
      for (const headers of [
        { Origin: 'https://evil.example' },
        { Origin: 'nonsense' },
        { Origin: 'null', 'Sec-Fetch-Site': 'same-site' },
        { 'Sec-Fetch-Site': 'same-site' },
        { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'none' },
      ]) {
        await expectProblem(await post(`token=${token}`, headers), 'caller_forbidden');
      }
      expect(await stateOf(token)).to.equal('live');
      expect((await post(`token=${token}`, { Origin: 'null' })).status).to.equal(200);
    });

    it('compares the origin of a form with the one that is configured, its scheme and port included', async () => {
      const token = await mint();
      const options = { redeem: matchstick(), purpose: 'password-reset', from: 'link' } as const;
      const configured = await runApp(onClose, (routes) => {
        routes.use(express.urlencoded());
        const reset = requireCapability({ ...options, origin: 'https://app.example.test/reset' });
        routes.post('/', reset, (_request, response) => response.send('done'));
      });
      const postFrom = (origin: string) =>
        fetch(configured.url, {
          method: 'POST',
          headers: { Origin: origin },
          body: new URLSearchParams({ token }),
        });
      for (const origin of [
        'http://app.example.test',
        'https://app.example.test:8443',
        'https://example.test',
        configured.url,
      ]) {
        await expectProblem(await postFrom(origin), 'caller_forbidden');
      }
      expect(await stateOf(token)).to.equal('live');
      expect((await postFrom('https://app.example.test')).status).to.equal(200);
    });

    it('refuses other methods, and none of them burns', async () => {
      const token = await mint();
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        const lines = [`${method} /every-method?token=${token} HTTP/1.1`];
        const { status, text } = await sendLines(app, lines);
        expect(status, method).to.equal(405);
        expect(text).to.include('method_not_allowed');
      }
      expect(await stateOf(token)).to.equal('live');
    });

    it('refuses a body that is no form, and reports a parser that is missing', async () => {
      const token = await mint();
      const text = await post(`token=${token}`, { 'Content-Type': 'text/plain' });
      await expectProblem(text, 'media_type_unsupported');
      const reported: MatchstickError[] = [];
      const bare = await runApp(onClose, (routes) =>
        routes.post(
          '/',
          requireCapability({
            redeem: matchstick(),
            purpose: 'password-reset',
            from: 'link',
            onFailure: (error) => reported.push(error),
          }),
        ),
      );
      const body = new URLSearchParams({ token });
      await expectProblem(await fetch(bare.url, { method: 'POST', body }), 'internal');
      expect(String(reported[0]?.cause)).to.include('express.urlencoded()');
      expect(await stateOf(token)).to.equal('live');
    });

    it('leaves refusals to the app that wants them, with their reason', async () => {
      const errors: unknown[] = [];
      const friendly = await runApp(onClose, (routes) => {
        const options = { redeem: matchstick(), purpose: 'password-reset', from: 'link' } as const;
        routes.get('/', requireCapability({ ...options, onRefusal: 'next' }));
        routes.use(((error, _request, response, _next) => {
          errors.push(error);
          response.status(410).send('Ask for a new link.');
        }) satisfies express.ErrorRequestHandler);
      });
      const token = await mint();
      await matchstick().redeem(token, 'password-reset');
      const response = await fetch(`${friendly.url}/?token=${token}`);
      expect(await response.text()).to.equal('Ask for a new link.');
      expect(errors).to.have.length(1);
      expect(errors[0]).to.be.instanceOf(MatchstickError).and.include({ code: 'token_burned' });
    });
  });
});
