import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_CALLERS, TEST_PURPOSES } from '../support/deployment.ts';
import { call, redeemToken, type ServiceProcess, startService } from '../support/service.ts';
import { expectBadInput, expectProblem, expectSuccess } from './expect-answer.ts';
import { attemptIn, leadIn, mintLink, NEW_ATTEMPT, pressButton, visit } from './link-page.ts';
import { requestOctets, sendRaw } from './raw-http.ts';
import { runService, sleep } from './run-service.ts';

const APP = 'https://app.example.test';
const THEN = `${APP}/reset?lang=en`;

const PURPOSES = {
  ...TEST_PURPOSES,
  'password-reset': { audience: APP, lifetime: '15m', link: { then: THEN, byDefault: false } },
  confirmation: { audience: APP, lifetime: '15m', link: {} },
  coded: { audience: APP, lifetime: '15m', link: { code: true } },
  twice: { audience: APP, lifetime: '15m', uses: 2, link: {} },
};
const ALL = Object.keys(PURPOSES);
const CALLERS = {
  ...TEST_CALLERS,
  main: { mint: ALL, redeem: ALL, inspect: true, revoke: true },
  other: { mint: ALL, redeem: ALL },
};

/** No credentials, and no way to the metadata service of a cloud. */
const NO_AWS = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_PROFILE: '',
  AWS_CONFIG_FILE: '/nowhere',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  AWS_EC2_METADATA_DISABLED: 'true',
};

const stateOf = async (service: ServiceProcess, token: string) =>
  (await call(service, 'POST', '/v1/tokens/inspect', { body: { token } })).json.state;

describe('a link', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  before(async () => {
    const limits = { code: { count: 10_000, per: '1h' } };
    service = await runService(onClose, { purposes: PURPOSES, limits }, CALLERS);
  });

  describe('at mint', () => {
    it('is the issuer, /l/ and 22 characters, and has nothing of the token', async () => {
      const { url, token } = await mintLink(service);
      expect(url).to.match(/^https:\/\/cap\.example\.test\/l\/[\w-]{22}$/);
      expect(token).to.not.include(url.slice(-22));
    });

    it('comes by default where the purpose has links, unless the purpose or the mint says otherwise', async () => {
      const mint = async (order: object) =>
        (await call(service, 'POST', '/v1/tokens', { body: { subject: 'user-42', ...order } })).json.url;
      expect(await mint({ purpose: 'confirmation' })).to.be.a('string');
      expect(await mint({ purpose: 'confirmation', link: false })).to.equal(undefined);
      expect(await mint({ purpose: 'password-reset' })).to.equal(undefined);
      expect(await mint({ purpose: 'password-reset', link: true })).to.be.a('string');
    });

    it('is refused for a purpose without links, by path', async () => {
      const body = { purpose: 'service-call', subject: 'user-42', audience: 'billing', link: true };
      expectBadInput(await call(service, 'POST', '/v1/tokens', { body }), ['link']);
    });

    it('comes in batches too, each its own', async () => {
      const order = { purpose: 'confirmation', subject: 'user-42' };
      const { json } = await call(service, 'POST', '/v1/tokens/batch', { body: { tokens: [order, order] } });
      expect(new Set(json.tokens.map((each: { url: string }) => each.url)).size).to.equal(2);
    });

    it('comes in a long batch for those that ask for it, and for no other', async () => {
      const asks = Array.from({ length: 60 }, (_, index) => index % 7 === 3);
      const tokens = asks.map((link) => ({ purpose: 'password-reset', subject: 'user-42', link }));
      const { json } = await call(service, 'POST', '/v1/tokens/batch', { body: { tokens } });
      expect(json.tokens.map((each: { url?: string }) => each.url !== undefined)).to.deep.equal(asks);
    });

    it('comes with six digits where the purpose asks for a code, and without where not', async () => {
      expect((await mintLink(service, { purpose: 'coded' })).code).to.match(/^\d{6}$/);
      expect((await mintLink(service)).code).to.equal(undefined);
    });
  });

  describe('is not burned by', () => {
    const CALM: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
      ['GET', 'GET', {}],
      ['HEAD', 'HEAD', {}],
      ['OPTIONS', 'OPTIONS', {}],
      ['a prefetch', 'GET', { Purpose: 'prefetch', 'Sec-Purpose': 'prefetch;prerender' }],
      ['Range', 'GET', { Range: 'bytes=0-9' }],
      ['a conditional GET', 'GET', { 'If-None-Match': '*', 'If-Modified-Since': new Date().toUTCString() }],
      ['X-HTTP-Method-Override', 'GET', { 'X-HTTP-Method-Override': 'POST' }],
      ['PUT', 'PUT', {}],
      ['PATCH', 'PATCH', {}],
      ['DELETE', 'DELETE', {}],
      ['PROPFIND', 'PROPFIND', {}],
    ];
    for (const [name, method, headers] of CALM) {
      it(`${name}`, async () => {
        const { token, path } = await mintLink(service);
        const answer = await visit(service, path, { method, headers });
        expect(answer.status).to.be.oneOf([200, 204, 405]);
        if (method === 'GET') expect(answer.status, 'a whole page').to.equal(200);
        expect(await stateOf(service, token)).to.equal('live');
      });
    }

    it('a _method in the query string', async () => {
      const { token, path } = await mintLink(service);
      await visit(service, `${path}?_method=POST&attempt=${NEW_ATTEMPT()}`);
      expect(await stateOf(service, token)).to.equal('live');
    });

    it('a header sent twice: languages in two parts are one list, anything else gets a page', async () => {
      const { token, path } = await mintLink(service);
      const twice = (method: string, header: string, ...values: readonly string[]) =>
        sendRaw(
          service,
          requestOctets({ method, path, headers: values.map((value) => `${header}: ${value}`) }),
        );
      const visited = await twice('GET', 'Accept-Language', 'tlh, fr;q=0.9', 'de;q=0.8');
      expect([visited.status, visited.headers.get('content-language')]).to.deep.equal([200, 'de']);
      for (const header of ['Origin', 'Sec-Fetch-Site', 'Content-Type']) {
        const pressed = await twice('POST', header, 'null', 'same-origin');
        expect([header, pressed.status]).to.deep.equal([header, 400]);
        expect(pressed.headers.get('content-type')).to.match(/^text\/html/);
      }
      expect(await stateOf(service, token)).to.equal('live');
    });

    it('a hundred repeats', async () => {
      const { token, path } = await mintLink(service);
      const answers = await Promise.all(Array.from({ length: 100 }, () => visit(service, path)));
      expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
      expect(await stateOf(service, token)).to.equal('live');
    });

    const FOREIGN: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
      ['a press that has no attempt and says nothing of where it comes from', {}, false],
      ['a press on a page of another site', { 'Sec-Fetch-Site': 'cross-site' }, true],
      ['a press on a page of a sister site', { 'Sec-Fetch-Site': 'same-site' }, true],
      ['a press with the Origin of another site', { Origin: 'https://evil.example' }, true],
      ['a press with an Origin that is none', { Origin: 'evil' }, true],
    ];
    for (const [name, headers, withAttempt] of FOREIGN) {
      it(`${name}: it shows the page again`, async () => {
        const { token, path } = await mintLink(service);
        const answer = await pressButton(
          service,
          path,
          withAttempt ? { attempt: NEW_ATTEMPT() } : {},
          headers,
        );
        expect(answer.status).to.equal(403);
        expect(attemptIn(answer)).to.be.a('string');
        expect(await stateOf(service, token)).to.equal('live');
      });
    }

    it('a body that is not what the form sends', async () => {
      const { token, path } = await mintLink(service);
      const bodies: readonly (readonly [string, string])[] = [
        ['application/json', JSON.stringify({ attempt: NEW_ATTEMPT() })],
        ['text/plain', `attempt=${NEW_ATTEMPT()}`],
        ['application/x-www-form-urlencoded', `attempt=${NEW_ATTEMPT()}&attempt=${NEW_ATTEMPT()}`],
        ['application/x-www-form-urlencoded', 'attempt=short'],
        ['application/x-www-form-urlencoded', '%ff%00&&&=='],
      ];
      for (const [type, body] of bodies) {
        const answer = await call(service, 'POST', path, {
          as: null,
          headers: { 'Content-Type': type },
          body,
        });
        expect(answer.status, body).to.equal(403);
      }
      const tooLong = await pressButton(service, path, { attempt: NEW_ATTEMPT(), code: '1'.repeat(5000) });
      expect(tooLong.status).to.equal(413);
      expect(tooLong.headers.get('content-type')).to.match(/^text\/html/);
      expect(await stateOf(service, token)).to.equal('live');
    });
  });

  describe('when its button is pressed', () => {
    it('burns the token, and leads to the configured address with the redemption', async () => {
      const { token, path } = await mintLink(service);
      const page = await visit(service, path);
      const answer = await pressButton(service, path, { attempt: attemptIn(page) });
      expect(answer.status).to.equal(200);
      const location = new URL(leadIn(answer));
      expect(location.origin + location.pathname).to.equal(`${APP}/reset`);
      expect(location.searchParams.get('lang')).to.equal('en');
      expect(location.searchParams.get('redemption')).to.match(/^[\w-]{44}$/);
      expect(answer.headers.get('cache-control')).to.equal('no-store');
      expect(answer.headers.get('referrer-policy')).to.equal('no-referrer');
      expect(
        answer.headers.get('location'),
        'no form policy holds a page to what a redirect is held to',
      ).to.equal(null);
      expect(answer.text).to.include(`href="${location.href.replaceAll('&', '&amp;')}"`);
      expect(await stateOf(service, token)).to.equal('burned');
    });

    it('leads a double click, and a reload after a lost answer, to the same place', async () => {
      const { path } = await mintLink(service);
      const attempt = attemptIn(await visit(service, path));
      const answers = await Promise.all([1, 2, 3].map(() => pressButton(service, path, { attempt })));
      const again = await pressButton(service, path, { attempt });
      const places = [...answers, again].map(leadIn);
      expect(new Set(places).size).to.equal(1);
      expect(places[0]).to.include('redemption=');
    });

    it('leads one of many visitors on, and shows the others that it is over', async () => {
      const { path } = await mintLink(service);
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => pressButton(service, path, { attempt: NEW_ATTEMPT() })),
      );
      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).to.deep.equal([200, ...Array.from({ length: 49 }, () => 410)]);
    });

    it('is believed without an attempt when its browser shows where it was pressed', async () => {
      const mints = await Promise.all([mintLink(service), mintLink(service), mintLink(service)]);
      const headers = [
        { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' },
        { Origin: 'https://cap.example.test' },
        { Origin: service.url },
      ];
      for (const [index, { path }] of mints.entries()) {
        expect((await pressButton(service, path, {}, headers[index])).status).to.equal(200);
      }
    });

    it('says that it is done where it leads nowhere, to the same attempt again and again', async () => {
      const { path, token } = await mintLink(service, { purpose: 'confirmation' });
      const attempt = NEW_ATTEMPT();
      const first = await pressButton(service, path, { attempt });
      const second = await pressButton(service, path, { attempt });
      expect([first.status, second.status]).to.deep.equal([200, 200]);
      expect(second.text).to.equal(first.text);
      expect(await stateOf(service, token)).to.equal('burned');
    });

    it('takes one use of a token for two', async () => {
      const { path } = await mintLink(service, { purpose: 'twice' });
      const statuses = [];
      for (let press = 0; press < 3; press++) {
        statuses.push((await pressButton(service, path, { attempt: NEW_ATTEMPT() })).status);
      }
      expect(statuses).to.deep.equal([200, 200, 410]);
    });

    it('is not taken for the attempt of a caller, not even by who knows its Idempotency-Key', async () => {
      const { path, token } = await mintLink(service, { purpose: 'confirmation' });
      const headers = { 'Idempotency-Key': 'order-7' };
      const redeemed = await redeemToken(service, token, { purpose: 'confirmation', headers });
      const { redemptionId, jti } = expectSuccess(redeemed, 200);
      const secret = createHash('sha256').update('main\norder-7').digest('base64url').slice(0, 22);
      expect(redemptionId, 'the secret that the ledger knows the attempt by').to.equal(`${jti}${secret}`);
      expect((await pressButton(service, path, { attempt: secret })).status).to.equal(410);
    });

    it('burns nothing while nothing can be opened, and the log alone says why', async () => {
      const endpoint = 'http://127.0.0.1:9';
      const opens = { s3: { store: 'reports', key: '{subject}' } };
      const deployment = await makeDeployment(
        {
          purposes: { download: { audience: APP, lifetime: '5m', opens, link: {} } },
          stores: { reports: { bucket: 'acme-reports', endpoint, pathStyle: true } },
        },
        { main: { mint: ['download'], inspect: true } },
      );
      onClose(deployment.close);
      const started = await startService(deployment, NO_AWS);
      onClose(started.close);
      const { path, token } = await mintLink(started, { purpose: 'download' });
      const answer = await pressButton(started, path, { attempt: NEW_ATTEMPT() });
      expect(answer.status).to.equal(500);
      expect(answer.text).to.include('Your link is still good');
      const [, cause] = await started.process.printed(/"route":"\/l\/:ref".*"cause":\{"name":"(\w+)"/);
      expect(cause).to.equal('CredentialsProviderError');
      expect(await stateOf(started, token)).to.equal('live');
    });

    it('leads the same press to what it opened while that is open, and then is dead', async () => {
      const opens = { s3: { store: 'reports', key: '{subject}', for: '1s' } };
      const deployment = await makeDeployment(
        {
          purposes: { download: { audience: APP, lifetime: '5m', opens, link: {} } },
          stores: { reports: { bucket: 'acme-reports', endpoint: 'http://127.0.0.1:9', pathStyle: true } },
        },
        { main: { mint: ['download'], inspect: true } },
      );
      onClose(deployment.close);
      const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
      const started = await startService(deployment, { ...NO_AWS, ...keys });
      onClose(started.close);
      const { path } = await mintLink(started, { purpose: 'download' });
      const attempt = NEW_ATTEMPT();
      const press = async () => (await pressButton(started, path, { attempt })).status;
      expect(await press()).to.equal(303);
      await sleep(1100);
      expect(await press()).to.equal(410);
    });

    it('names the visitor, and nobody who could be configured, as the one who redeemed', async () => {
      const { path, token } = await mintLink(service);
      await pressButton(service, path, { attempt: NEW_ATTEMPT() });
      const { json } = await call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
      expect(json.redeemedBy).to.equal('(visitor)');
    });
  });

  describe('that is dead', () => {
    it('looks the same whatever it died of, to GET and to POST, and to the octet', async () => {
      const [used, revoked, redeemed, expired] = await Promise.all([
        mintLink(service),
        mintLink(service),
        mintLink(service),
        mintLink(service, { expiresIn: 1 }),
      ]);
      await pressButton(service, used.path, { attempt: NEW_ATTEMPT() });
      await call(service, 'POST', '/v1/revocations', { body: { token: revoked.token } });
      await redeemToken(service, redeemed.token);
      await sleep(1100);
      const never = `/l/${'A'.repeat(21)}Q`;
      const paths = [
        used.path,
        revoked.path,
        redeemed.path,
        expired.path,
        never,
        '/l/x',
        '/l/%00',
        `${used.path}x`,
      ];
      const answers = [
        ...(await Promise.all(paths.map((path) => visit(service, path)))),
        ...(await Promise.all(paths.map((path) => pressButton(service, path, { attempt: NEW_ATTEMPT() })))),
        ...(await Promise.all(paths.map((path) => pressButton(service, path, {})))),
      ];
      for (const answer of answers) {
        const { status, text, headers } = answer;
        const shown = Object.fromEntries(
          [...headers].filter(([name]) => !['x-request-id', 'date'].includes(name)),
        );
        const first = Object.fromEntries(
          [...(answers[0]?.headers ?? [])].filter(([name]) => !['x-request-id', 'date'].includes(name)),
        );
        expect({ status, text, shown }).to.deep.equal({ status: 410, text: answers[0]?.text, shown: first });
      }
    });

    it('is told nothing of by a page without a script, a form or an outside resource', async () => {
      const { text, headers } = await visit(service, '/l/x');
      expect(text).to.not.match(/<script|<form|(src|href)="(?!data:)|https?:/);
      expect(headers.get('content-security-policy')).to.include("default-src 'none'");
      expect(headers.get('x-robots-tag')).to.include('noindex');
    });
  });

  describe('with a code', () => {
    it('burns for the right one, whatever stands between its digits', async () => {
      for (const between of [' ', '-', '\u00a0', '\u2011']) {
        const { path, code = '', token } = await mintLink(service, { purpose: 'coded' });
        const typed = ` ${code.slice(0, 3)}${between}${code.slice(3)} `;
        const answer = await pressButton(service, path, { attempt: NEW_ATTEMPT(), code: typed });
        expect(answer.status).to.equal(200);
        expect(await stateOf(service, token)).to.equal('burned');
      }
    });

    it('does not burn for a wrong one, and is dead after five, also for the right one', async () => {
      const { path, code = '', token } = await mintLink(service, { purpose: 'coded' });
      const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
      const guess = (typed: string) => pressButton(service, path, { attempt: NEW_ATTEMPT(), code: typed });
      const statuses = [];
      for (let tries = 0; tries < 4; tries++) statuses.push((await guess(wrong)).status);
      expect(statuses).to.deep.equal([403, 403, 403, 403]);
      for (const typed of [wrong, code, '']) {
        const { status, text } = await guess(typed);
        expect(status, typed).to.equal(410);
        expect(text, typed).to.include('Too many wrong codes');
      }
      const opened = await visit(service, path);
      expect(opened.text, 'tells nobody who only opens it').to.equal((await visit(service, '/l/x')).text);
      expect(await stateOf(service, token)).to.equal('live');
      await call(service, 'POST', '/v1/revocations', { body: { token } });
      expect((await guess(code)).text, 'is as dead as any other').to.equal(opened.text);
    });

    it('counts racing guesses one by one', async () => {
      const { path, code = '' } = await mintLink(service, { purpose: 'coded' });
      const guesses = Array.from({ length: 40 }, (_, index) =>
        String((Number(code) + 1 + index) % 1_000_000).padStart(6, '0'),
      );
      const answers = await Promise.all(
        guesses.map((guess) => pressButton(service, path, { attempt: NEW_ATTEMPT(), code: guess })),
      );
      expect(answers.filter(({ status }) => status === 403).length).to.equal(4);
      expect((await pressButton(service, path, { attempt: NEW_ATTEMPT(), code })).status).to.equal(410);
    });

    it('is as dead as any other when its token is, whatever is typed', async () => {
      const [burned, revoked] = await Promise.all([
        mintLink(service, { purpose: 'coded' }),
        mintLink(service, { purpose: 'coded' }),
      ]);
      await redeemToken(service, burned.token, { purpose: 'coded' });
      await call(service, 'POST', '/v1/revocations', { body: { token: revoked.token } });
      const dead = await visit(service, '/l/x');
      for (const { path, code = '' } of [burned, revoked]) {
        const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
        for (const typed of ['', '12345', wrong, code]) {
          const { status, text } = await pressButton(service, path, { attempt: NEW_ATTEMPT(), code: typed });
          expect({ status, text }, typed).to.deep.equal({ status: 410, text: dead.text });
        }
      }
    });

    it('costs no try for what cannot be a code, nor for none', async () => {
      const { path, code = '' } = await mintLink(service, { purpose: 'coded' });
      for (const typed of ['', '12345', '1234567', 'abcdef', '１２３４５', '12 34']) {
        const answer = await pressButton(service, path, { attempt: NEW_ATTEMPT(), code: typed });
        expect(answer.status, typed).to.equal(403);
      }
      expect((await pressButton(service, path, { attempt: NEW_ATTEMPT() })).status).to.equal(403);
      expect((await pressButton(service, path, { attempt: NEW_ATTEMPT(), code })).status).to.equal(200);
    });
  });

  describe('whose redemption the application collects', () => {
    const redemptionOf = async (order: object = {}) => {
      const link = await mintLink(service, { ...order });
      const answer = await pressButton(service, link.path, { attempt: NEW_ATTEMPT() });
      const id = new URL(leadIn(answer)).searchParams.get('redemption') ?? '';
      return { ...link, id, collectPath: `/v1/redemptions/${id}/collect` };
    };

    it('gives what redeeming gives, once', async () => {
      const { id, jti, collectPath } = await redemptionOf();
      const first = expectSuccess(await call(service, 'POST', collectPath), 200);
      expect(first).to.deep.equal({
        redemptionId: id,
        state: 'burned',
        jti,
        purpose: 'password-reset',
        subject: 'user-42',
        audience: APP,
        claims: {},
        redeemedAt: first.redeemedAt,
        usesLeft: 0,
      });
      const second = await call(service, 'POST', collectPath);
      expectProblem(second, 'token_burned', { redeemedAt: second.json.redeemedAt });
      expectProblem(await call(service, 'POST', collectPath, { as: 'other' }), 'token_burned', {
        redeemedAt: second.json.redeemedAt,
      });
    });

    it('gives it again to the same attempt, and to no other caller that names it so', async () => {
      const { collectPath } = await redemptionOf();
      const headers = { 'Idempotency-Key': 'one-form' };
      const first = await call(service, 'POST', collectPath, { headers });
      const second = await call(service, 'POST', collectPath, { headers });
      expect(second.json).to.deep.equal(first.json);
      const thief = await call(service, 'POST', collectPath, { headers, as: 'other' });
      expect(thief.status).to.equal(410);
    });

    it('needs no body, and takes an empty object', async () => {
      for (const body of [undefined, {}]) {
        const { collectPath } = await redemptionOf();
        expect((await call(service, 'POST', collectPath, { body })).status).to.equal(200);
      }
    });

    it('gives it to one of many', async () => {
      const { collectPath } = await redemptionOf();
      const answers = await Promise.all(Array.from({ length: 30 }, () => call(service, 'POST', collectPath)));
      expect(answers.filter(({ status }) => status === 200).length).to.equal(1);
    });

    it('is kept from strangers, from callers without the right, and from HEAD, at no cost', async () => {
      const { collectPath } = await redemptionOf();
      expectProblem(await call(service, 'POST', collectPath, { as: null }), 'caller_unknown');
      expectProblem(await call(service, 'POST', collectPath, { as: 'reader' }), 'caller_forbidden');
      expectProblem(await call(service, 'POST', collectPath, { as: 'auditor' }), 'caller_forbidden');
      for (const method of ['GET', 'HEAD', 'PUT']) {
        const other = await call(service, method, collectPath);
        expect(other.status, method).to.equal(405);
        expect(other.headers.get('allow')).to.equal('POST');
        const before = collectPath.replace('/collect', '');
        expect((await call(service, method, before)).status, method).to.equal(405);
      }
      expect((await call(service, 'POST', collectPath)).status).to.equal(200);
    });

    it('is not found under another id, nor for what was redeemed otherwise', async () => {
      const { id } = await redemptionOf();
      const other = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
      expectProblem(await call(service, 'POST', `/v1/redemptions/${other}/collect`), 'not_found');
      expectProblem(await call(service, 'POST', '/v1/redemptions/x/collect'), 'not_found');
      const { token } = await mintLink(service);
      const { json } = await redeemToken(service, token);
      expectProblem(await call(service, 'POST', `/v1/redemptions/${json.redemptionId}/collect`), 'not_found');
    });
  });
});
