import { createServer, type RequestListener } from 'node:http';
import { expect } from 'chai';
import express, { type ErrorRequestHandler } from 'express';
import { createClient } from '../../src/client/index.ts';
import type { Matchstick, Redemption } from '../../src/contract/matchstick.ts';
import { type ErrorCode, MatchstickError } from '../../src/errors.ts';
import {
  type CapabilityOptions,
  capabilityOf,
  linkOf,
  releaseCapability,
  requireCapability,
} from '../../src/express/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { expectProblem } from './expect-problem.ts';
import { APP, type Purposes } from './open-matchstick.ts';
import { runApp } from './run-app.ts';

type Options = Partial<CapabilityOptions<Purposes, 'ticket'>>;

const TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyLTQyIn0.c2lnbmF0dXJl';
const KEY = `ms_main_${'k'.repeat(43)}`;

const BURNED: Redemption<Record<string, never>> = {
  redemptionId: 'r'.repeat(72),
  state: 'burned',
  jti: 'j'.repeat(48),
  purpose: 'ticket',
  subject: 'user-42',
  audience: APP,
  claims: {},
  redeemedAt: '2026-01-01T00:00:00.000Z',
  usesLeft: 0,
};

const LIVE = {
  active: true,
  state: 'live',
  jti: BURNED.jti,
  purpose: 'ticket',
  subject: 'user-42',
  audience: APP,
  expiresAt: '2026-01-01T00:00:00.000Z',
  usesLeft: 1,
} as const;

describe('a capability that nobody vouches for', () => {
  const onClose = cleanupAfter(after);
  const reached: string[] = [];
  const reported: MatchstickError[] = [];
  let nexts = 0;
  beforeEach(() => {
    reached.length = 0;
    reported.length = 0;
    nexts = 0;
  });

  /** An app whose handler says what it was reached with. */
  const serve = (redeem: Matchstick<Purposes>, options: Options = {}, onError?: ErrorRequestHandler) =>
    runApp(onClose, (routes) => {
      const onFailure = (error: MatchstickError) => reported.push(error);
      const required = requireCapability({ redeem, purpose: 'ticket', audience: APP, onFailure, ...options });
      routes.use(express.urlencoded());
      routes.all(
        '/',
        (request, response, next) =>
          required(request, response, (error) => {
            nexts++;
            next(error);
          }),
        (request, response) => {
          reached.push(request.method);
          response.send('done');
        },
      );
      if (onError) routes.use(onError);
    });
  const get = (url: string, init: RequestInit = {}) =>
    fetch(url, { headers: { Authorization: `Bearer ${TOKEN}` }, ...init });

  /** A Matchstick that redeems by this function, whatever it gives. */
  const redeemingBy = (redeem: () => unknown): Matchstick<Purposes> =>
    ({ redeem, inspect: redeem, commit: redeem, release: redeem }) as unknown as Matchstick<Purposes>;

  describe('because its service does not answer as it should', () => {
    /** What calls itself the service: a real server that answers like this. */
    const fakeService = async (answer: RequestListener) => {
      const server = createServer(answer);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      onClose(() => {
        server.closeAllConnections();
        server.close();
      });
      const address = server.address();
      if (!address || typeof address === 'string') throw new Error('the service has no port');
      return `http://127.0.0.1:${address.port}`;
    };
    const answering =
      (status: number, type: string, body: string, headers: Record<string, string> = {}): RequestListener =>
      (request, response) => {
        request.resume();
        response.writeHead(status, { 'Content-Type': type, ...headers }).end(body);
      };
    const JSON_TYPE = 'application/json';
    const problem = (code: ErrorCode, headers: Record<string, string> = {}) => {
      const { status, title } = new MatchstickError(code, '');
      const type = `urn:matchstick:problem:${code}`;
      const body = JSON.stringify({ type, title, status, detail: 'It was refused.', code });
      return answering(status, 'application/problem+json', body, headers);
    };
    const CASES: Readonly<Record<string, readonly [RequestListener, ErrorCode]>> = {
      'a page': [answering(200, 'text/html', '<h1>Welcome</h1>'), 'ledger_unavailable'],
      'a page that calls itself JSON': [answering(200, JSON_TYPE, '<h1>Welcome</h1>'), 'ledger_unavailable'],
      nothing: [answering(200, JSON_TYPE, ''), 'ledger_unavailable'],
      'an empty object': [answering(200, JSON_TYPE, '{}'), 'ledger_unavailable'],
      null: [answering(200, JSON_TYPE, 'null'), 'ledger_unavailable'],
      'another purpose': [
        answering(200, JSON_TYPE, JSON.stringify({ ...BURNED, purpose: 'password-reset' })),
        'ledger_unavailable',
      ],
      'a bare 500': [answering(500, 'text/plain', 'Internal Server Error'), 'ledger_unavailable'],
      'a gateway that found nobody': [
        answering(502, 'text/html', '<h1>Bad Gateway</h1>'),
        'ledger_unavailable',
      ],
      'a redirect': [answering(302, 'text/plain', '', { Location: '/elsewhere' }), 'ledger_unavailable'],
      'an answer without end': [
        (request, response) => {
          request.resume();
          response.writeHead(200, { 'Content-Type': JSON_TYPE }).write('{"redemptionId":');
        },
        'ledger_unavailable',
      ],
      'an answer beyond measure': [
        answering(200, JSON_TYPE, JSON.stringify({ ...BURNED, more: 'x'.repeat(1_000_000) })),
        'ledger_unavailable',
      ],
      'a connection that breaks': [(request) => request.socket.destroy(), 'ledger_unavailable'],
      'an unavailable ledger': [problem('ledger_unavailable', { 'Retry-After': '1' }), 'ledger_unavailable'],
      'too many requests': [problem('rate_limited', { 'Retry-After': '7' }), 'ledger_unavailable'],
      'a failure of its own': [problem('internal'), 'internal'],
      'a caller key that it does not know': [problem('caller_unknown'), 'internal'],
      'a caller that may not redeem this': [problem('caller_forbidden'), 'internal'],
      'a request that it does not understand': [problem('request_invalid'), 'internal'],
      'no such path': [problem('not_found'), 'internal'],
    };
    for (const [name, [answer, code]] of Object.entries(CASES)) {
      for (const mode of ['redeem', 'hold'] as const) {
        it(`but with ${name}, in mode ${mode}`, async () => {
          const url = await fakeService(answer);
          const client = createClient<Purposes>({ url, key: KEY, timeoutMs: 1000, retries: 0 });
          const app = await serve(client, { mode });
          const response = await get(app.url);
          const text = JSON.stringify(await expectProblem(response, code));
          expect(response.headers.get('www-authenticate')).to.equal(null);
          expect(text).not.to.match(/caller|key|127\.0\.0\.1/);
          expect(reached).to.deep.equal([]);
          expect(nexts).to.equal(0);
          expect(reported.map((error) => error.code)).to.deep.equal([code]);
        });
      }
    }

    it('because it cannot be reached', async () => {
      const url = await fakeService(() => {});
      const port = Number(new URL(url).port);
      const client = createClient<Purposes>({
        url: `http://127.0.0.1:${port === 1 ? 2 : 1}`,
        key: KEY,
        timeoutMs: 1000,
        retries: 0,
      });
      const app = await serve(client);
      await expectProblem(await get(app.url), 'ledger_unavailable');
      expect(reached).to.deep.equal([]);
    });

    it('and says when trying again makes sense', async () => {
      const url = await fakeService(problem('rate_limited', { 'Retry-After': '7' }));
      const client = createClient<Purposes>({ url, key: KEY, timeoutMs: 1000, retries: 0 });
      const app = await serve(client);
      expect((await get(app.url)).headers.get('retry-after')).to.equal('7');
    });
  });

  describe('because what redeems gives something else', () => {
    const WRONG: Readonly<Record<string, unknown>> = {
      nothing: undefined,
      null: null,
      true: true,
      'a text': 'burned',
      'an array': [BURNED],
      'another purpose': { ...BURNED, purpose: 'password-reset' },
      'another audience': { ...BURNED, audience: 'https://other.example.test' },
      'a hold': { ...BURNED, state: 'held' },
      'no state': { ...BURNED, state: undefined },
      'no subject': { ...BURNED, subject: undefined },
      'an empty subject': { ...BURNED, subject: '' },
      'a subject that is no text': { ...BURNED, subject: 42 },
      'no claims': { ...BURNED, claims: undefined },
      'claims that are a list': { ...BURNED, claims: [] },
      'no jti': { ...BURNED, jti: undefined },
      'half a use': { ...BURNED, usesLeft: 0.5 },
      'something opened that is no request': { ...BURNED, opens: { url: 1 } },
    };
    for (const [name, answer] of Object.entries(WRONG)) {
      it(`such as ${name}`, async () => {
        const app = await serve(redeemingBy(() => answer));
        await expectProblem(await get(app.url), 'internal');
        expect(reached).to.deep.equal([]);
        expect(nexts).to.equal(0);
        expect(reported).to.have.length(1);
      });
    }

    it('such as a burned token where it was to be held', async () => {
      const app = await serve(
        redeemingBy(() => BURNED),
        { mode: 'hold' },
      );
      await expectProblem(await get(app.url), 'token_burned');
      expect(reached).to.deep.equal([]);
    });

    for (const [name, thrown] of Object.entries({
      'an error': new Error(`it failed for ${TOKEN}`),
      nothing: undefined,
      'a text': 'no',
      'an error that looks like ours': Object.assign(new Error('no'), { code: 'token_burned', status: 200 }),
    })) {
      it(`such as ${name}, thrown`, async () => {
        for (const redeem of [
          () => {
            throw thrown;
          },
          () => Promise.reject(thrown),
        ]) {
          const app = await serve(redeemingBy(redeem));
          expect(await expectProblem(await get(app.url), 'internal')).not.to.have.property('cause');
          expect(reported.pop()?.cause).to.equal(thrown);
        }
        expect(reached).to.deep.equal([]);
        expect(nexts).to.equal(0);
      });
    }

    it('such as a link that is not what was asked for', async () => {
      const wrong: unknown[] = [
        undefined,
        {},
        { ...LIVE, state: 'alive' },
        { ...LIVE, state: 'toString' },
        { ...LIVE, active: false },
        { ...LIVE, subject: undefined },
        { ...LIVE, usesLeft: undefined },
      ];
      for (const answer of wrong) {
        const app = await serve(
          redeemingBy(() => answer),
          { from: 'link' },
        );
        await expectProblem(await fetch(`${app.url}/?token=${TOKEN}`), 'internal');
      }
      const app = await serve(
        redeemingBy(() => LIVE),
        { from: 'link' },
      );
      expect((await fetch(`${app.url}/?token=${TOKEN}`)).status).to.equal(200);
      expect(reached).to.deep.equal(['GET']);
    });
  });

  it('is nothing to report, when it is the token', async () => {
    const burned = new MatchstickError('token_burned', 'It was redeemed before.');
    const app = await serve(redeemingBy(() => Promise.reject(burned)));
    await expectProblem(await get(app.url), 'token_burned');
    expect(reported).to.deep.equal([]);
  });

  it('is no link to another audience', async () => {
    const elsewhere = { ...LIVE, audience: 'https://other.example.test' };
    const app = await serve(
      redeemingBy(() => elsewhere),
      { from: 'link' },
    );
    await expectProblem(await fetch(`${app.url}/?token=${TOKEN}`), 'token_invalid');
    expect(reached).to.deep.equal([]);
    expect(reported).to.deep.equal([]);
  });

  describe('because the app goes wrong', () => {
    it('in a function of its own', async () => {
      const fail = () => {
        throw new Error('no session');
      };
      for (const options of [{ session: fail }, { from: fail }, { from: () => 42 as unknown as string }]) {
        const app = await serve(
          redeemingBy(() => BURNED),
          options,
        );
        await expectProblem(await get(app.url), 'internal');
      }
      expect(reached).to.deep.equal([]);
      const app = await serve(
        redeemingBy(() => BURNED),
        { from: async () => undefined },
      );
      const { detail } = await expectProblem(await get(app.url), 'caller_unknown');
      expect(detail).to.equal('No token was sent.');
    });

    it('in what it does with a failure, after the answer', async () => {
      const app = await serve(
        redeemingBy(() => undefined),
        {
          onFailure: () => {
            throw new Error('no log');
          },
        },
      );
      await expectProblem(await get(app.url), 'internal');
    });
  });

  it('is passed on once, with its reason, to an app that wants it', async () => {
    const errors: unknown[] = [];
    const cause = new Error('no answer');
    const app = await serve(
      redeemingBy(() => Promise.reject(cause)),
      { onRefusal: 'next' },
      (error, _request, response, _next) => {
        errors.push(error);
        response.status(500).send('Sorry.');
      },
    );
    expect(await (await get(app.url)).text()).to.equal('Sorry.');
    expect(errors).to.have.length(1);
    expect(errors[0]).to.be.instanceOf(MatchstickError).and.include({ code: 'internal', cause });
    expect(nexts).to.equal(1);
    expect(reported).to.deep.equal([]);
  });

  it('is passed on, with its reason, where the app has answered meanwhile, such as that it took too long', async () => {
    const errors: unknown[] = [];
    const refusal = new MatchstickError('token_burned', 'It was redeemed before.');
    let answerAtOnce = () => {};
    const redeem = redeemingBy(async () => {
      answerAtOnce();
      throw refusal;
    });
    const onError: ErrorRequestHandler = (error, _request, _response, _next) => errors.push(error);
    const app = await runApp(onClose, (routes) => {
      routes.use((_request, response, next) => {
        answerAtOnce = () => response.status(504).send('Too slow.');
        next();
      });
      routes.get('/', requireCapability({ redeem, purpose: 'ticket' }));
      routes.use(onError);
    });
    expect(await (await get(app.url)).text()).to.equal('Too slow.');
    expect(errors).to.deep.equal([refusal]);
  });

  it('lets the errors of the handler that was reached get to the error handler, once', async () => {
    const errors: unknown[] = [];
    const failing = await runApp(onClose, (routes) => {
      const required = requireCapability({ redeem: redeemingBy(() => BURNED), purpose: 'ticket' });
      routes.get('/sync', required, () => {
        throw new Error('sync');
      });
      routes.get('/async', required, async () => {
        throw new Error('async');
      });
      routes.use(((error, _request, response, _next) => {
        errors.push(error.message);
        response.status(500).end();
      }) satisfies ErrorRequestHandler);
    });
    expect((await get(`${failing.url}/sync`)).status).to.equal(500);
    expect((await get(`${failing.url}/async`)).status).to.equal(500);
    expect(errors).to.deep.equal(['sync', 'async']);
  });

  it('is no part of a request on a route without requireCapability', async () => {
    const thrown: unknown[] = [];
    const other = await runApp(onClose, (routes) =>
      routes.get('/', async (request, response) => {
        for (const ask of [capabilityOf, linkOf, releaseCapability]) {
          try {
            await ask(request);
          } catch (error) {
            thrown.push(error);
          }
        }
        response.end();
      }),
    );
    await get(other.url);
    expect(thrown).to.have.length(3);
    for (const error of thrown) expect(error).to.be.instanceOf(TypeError);
  });

  it('shows its handler the named members of a redemption alone, and they cannot be changed', async () => {
    const more = { ...BURNED, isAdmin: true, heldUntil: undefined };
    const required = requireCapability({ redeem: redeemingBy(() => more), purpose: 'ticket' });
    const app = await runApp(onClose, (routes) =>
      routes.get('/', required, (request, response) => {
        const redemption = capabilityOf(request, required);
        expect(Object.keys(redemption)).to.have.members(Object.keys(BURNED));
        expect(redemption).to.be.frozen;
        response.send('done');
      }),
    );
    expect((await get(app.url)).status).to.equal(200);
  });

  it('is told to whoever runs the app in one line, which quotes no error but ours', async () => {
    const lines: string[] = [];
    const original = console.error;
    console.error = (...words: unknown[]) => lines.push(words.join(' '));
    try {
      const fetchFailed = new TypeError(`fetch failed for ${TOKEN}`, {
        cause: Object.assign(new Error('connect 127.0.0.1'), { code: 'ECONNREFUSED' }),
      });
      const forbidden = new MatchstickError('caller_forbidden', 'This caller may not redeem it.', {
        requestId: 'abc',
      });
      for (const cause of [fetchFailed, forbidden, 'no']) {
        const required = requireCapability({
          redeem: redeemingBy(() => Promise.reject(cause)),
          purpose: 'ticket',
        });
        const app = await runApp(onClose, (routes) => routes.get('/', required));
        await get(app.url);
      }
    } finally {
      console.error = original;
    }
    const start = 'matchstick: internal: The token could not be checked here.';
    expect(lines).to.deep.equal([
      `${start} Caused by TypeError Caused by Error ECONNREFUSED`,
      `${start} Caused by caller_forbidden: This caller may not redeem it. (request abc)`,
      start,
    ]);
  });
});
