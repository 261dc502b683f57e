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

    describe('to a browser', () => {
      const BROWSER = {
        Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
        'Accept-Language': 'de-AT,de;q=0.9,en;q=0.8',
      };

      async function expectPage(response: Response, status: number, says: string): Promise<string> {
        const html = await response.text();
        expect([response.status, response.headers.get('content-type')], html).to.deep.equal([
          status,
          'text/html; charset=utf-8',
        ]);
        expect(html)
          .to.include(`<h1>${says}</h1>`)
          .and.to.not.match(/<script|<form|eyJ|https?:/);
        expect(response.headers.get('content-security-policy')).to.include(
          "default-src 'none'; style-src 'sha256-",
        );
        expect(response.headers.get('cache-control')).to.equal('no-store');
        expect(response.headers.get('referrer-policy')).to.equal('no-referrer');
        expect(response.headers.get('x-robots-tag')).to.include('noindex');
        return html;
      }

      it('shows one page for every link that does not work, the second press of one among them', async () => {
        const token = await mint();
        expect((await post(`token=${token}`, BROWSER)).status).to.equal(200);
        const never = await expectPage(
          await open('x', { headers: BROWSER }),
          400,
          'Dieser Link gilt nicht mehr',
        );
        for (const response of [
          await post(`token=${token}`, BROWSER),
          await open(token, { headers: BROWSER }),
        ]) {
          expect(await expectPage(response, 400, 'Dieser Link gilt nicht mehr')).to.equal(never);
        }
        for (const Accept of [
          'text/html',
          'application/json, text/html',
          'text/html;q=0.9, application/json;q=0.8',
        ]) {
          const inEnglish = await open(token, { headers: { Accept } });
          await expectPage(inEnglish, 400, 'This link no longer works');
        }
        for (const Accept of [
          '*/*',
          'application/json',
          'text/html;q=0',
          'application/problem+json, text/html;q=0.9',
          'text/*',
        ]) {
          await expectProblem(await open(token, { headers: { Accept } }), 'token_invalid');
        }
      });

      it('says that nothing was used up where it is so', async () => {
        const token = await mint();
        const foreign = await post(`token=${token}`, { ...BROWSER, 'Sec-Fetch-Site': 'cross-site' });
        expect(await expectPage(foreign, 403, 'Bitte versuchen Sie es gleich noch einmal')).to.include(
          'Ihr Link gilt weiterhin',
        );
        const put = await fetch(`${app.url}/every-method?token=${token}`, {
          method: 'PUT',
          headers: BROWSER,
        });
        await expectPage(put, 405, 'Bitte versuchen Sie es gleich noch einmal');
        expect(put.headers.get('allow')).to.equal('GET, HEAD, POST');
        expect(await stateOf(token)).to.equal('live');
      });

      it('asks for patience while nothing can be checked', async () => {
        const down = await runApp(onClose, (routes) => {
          const silent = async () => {
            throw new MatchstickError('ledger_unavailable', 'No answer.', { retryAfterSeconds: 7 });
          };
          const redeem = { ...matchstick(), inspect: silent };
          routes.get(
            '/',
            requireCapability({ redeem, purpose: 'password-reset', from: 'link', onFailure: () => {} }),
          );
        });
        const response = await fetch(`${down.url}/?token=${await mint()}`, { headers: BROWSER });
        expect(response.headers.get('retry-after')).to.equal('7');
        await expectPage(response, 503, 'Bitte versuchen Sie es gleich noch einmal');
      });
    });

    it('opens a link to which a mail program did something', async () => {
      const token = await mint();
      const [begin, end] = [token.slice(0, 100), token.slice(100)];
      for (const query of [
        ...['.', ')', '%20', '/', '%22%3E', '%E2%80%8B', '=3D', '%0D%0A', '.Please', '&utm_source=mail'].map(
          (left) => `token=${token}${left}`,
        ),
        ...[`token=3D${token}`, `token=%20${token}`, `token=%3C${token}%3E`, `lang=en&amp;token=${token}`],
        ...['%E2%80%8B', '%0D%0A', '=%0D%0A', '+', '%C2%AD'].map((inside) => `token=${begin}${inside}${end}`),
      ]) {
        const response = await fetch(`${app.url}/reset?${query}`);
        expect(response.status, query).to.equal(200);
        expect(JSON.parse(await response.text()).token, query).to.equal(token);
      }
      await expectProblem(await fetch(`${app.url}/reset?token=${token.slice(0, -1)}.`), 'token_invalid');
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
