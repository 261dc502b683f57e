import { createHash } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import express, { type Express } from 'express';
import { createDpopKey, type DpopKey, dpopProof, thumbprintOf } from '../../src/client/index.ts';
import {
  type AppRequest,
  type CapabilityOptions,
  keepRawBody,
  requireCapability,
} from '../../src/express/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { expectProblem } from './expect-problem.ts';
import { type Purposes, withEachKind } from './open-matchstick.ts';
import { type RunningApp, runApp, sendLines } from './run-app.ts';

type Options = Partial<CapabilityOptions<Purposes, 'service-call'>>;

/** One call from one service to another, and everything that it is sent with. */
interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('a token that is bound to one call', () => {
  withEachKind((matchstick) => {
    const onClose = cleanupAfter(after);
    const reached: string[] = [];
    let billing: RunningApp;

    const serve = async (options: Options = {}, prepare: (routes: Express) => unknown = () => {}) => {
      const app = await runApp(onClose, (routes) => {
        prepare(routes);
        const required = requireCapability({
          redeem: matchstick(),
          purpose: 'service-call',
          audience: 'billing',
          ...options,
        });
        routes.use(express.json({ verify: keepRawBody }), express.text({ verify: keepRawBody }));
        routes.use(express.urlencoded({ verify: keepRawBody }), express.raw({ verify: keepRawBody }));
        routes.all('/*path', required, (request, response) => {
          reached.push(`${request.method} ${request.originalUrl}`);
          response.send('done');
        });
      });
      return app;
    };
    before(async () => {
      billing = await serve();
    });
    beforeEach(() => {
      reached.length = 0;
    });

    const digestOf = (body: string | Buffer) =>
      `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;

    /** A call with a token that is good for nothing else. */
    const boundCall = async (
      method: string,
      url: string,
      { body, key, type = JSON_TYPE }: { body?: string; key?: DpopKey; type?: typeof JSON_TYPE } = {},
    ): Promise<Call & { readonly token: string }> => {
      const { token } = await matchstick().mint('service-call', {
        subject: 'orders',
        audience: 'billing',
        bind: {
          request: {
            ...{ method, url, contentDigest: digestOf(body ?? '') },
            ...(body === undefined ? {} : { contentType: type['Content-Type'] }),
          },
          ...(key ? { key: await thumbprintOf(key) } : {}),
        },
      });
      const headers = {
        ...(body === undefined ? {} : type),
        Authorization: `${key ? 'DPoP' : 'Bearer'} ${token}`,
        ...(key ? { DPoP: await dpopProof(key, { method, url, token }) } : {}),
      };
      return { method, url, headers, token, ...(body === undefined ? {} : { body }) };
    };
    const send = ({ url, ...init }: Call) => fetch(url, init);
    const expectLive = async (token: string) =>
      expect((await matchstick().inspect(token)).state).to.equal('live');

    it('is redeemed by that call, and by it alone: whoever replays it elsewhere first burns nothing', async () => {
      const mailer = await serve({ audience: 'mailer' });
      const twin = await serve();
      const url = `${billing.url}/charges?currency=EUR`;
      const call = await boundCall('POST', url, { body: '{"amount":1}' });
      const elsewhere: Partial<Call>[] = [
        { url: `${billing.url}/refunds?currency=EUR` },
        { url: `${billing.url}/charges/?currency=EUR` },
        { url: `${billing.url}/Charges?currency=EUR` },
        { url: `${billing.url}/charges` },
        { url: `${billing.url}/charges?currency=USD` },
        { url: `${billing.url}/charges?currency=EUR&more=1` },
        { url: `${twin.url}/charges?currency=EUR` },
        { url: url.replace('127.0.0.1', 'localhost') },
        { method: 'PUT' },
        { method: 'DELETE' },
        { body: '{"amount":2}' },
        { body: '{"amount":1} ' },
        { body: '{"amount":2}', headers: { ...call.headers, 'Content-Digest': digestOf('{"amount":1}') } },
        { body: '' },
        { headers: { ...call.headers, 'Content-Type': 'application/x-www-form-urlencoded' } },
        { headers: { ...call.headers, 'Content-Type': 'text/plain' } },
      ];
      for (const change of elsewhere) {
        await expectProblem(await send({ ...call, ...change }), 'binding_mismatch');
      }
      await expectProblem(
        await send({ ...call, url: `${mailer.url}/charges?currency=EUR` }),
        'audience_mismatch',
      );
      const noBody = { url, method: 'GET', headers: call.headers };
      await expectProblem(await send(noBody), 'binding_mismatch');
      await expectLive(call.token);
      expect(reached).to.deep.equal([]);
      expect((await send(call)).status).to.equal(200);
      expect(reached).to.deep.equal(['POST /charges?currency=EUR']);
      await expectProblem(await send(call), 'token_burned');
    });

    it('knows the octets of every kind of body that a parser of Express reads, and of none', async () => {
      const bodies: [string | undefined, string][] = [
        ['{"a": [1, 2]}\n', 'application/json'],
        ['a=1&a=2', 'application/x-www-form-urlencoded'],
        ['Grüße', 'text/plain; charset=utf-8'],
        ['\u0000\u0001', 'application/octet-stream'],
        ['', 'application/json'],
        [undefined, 'none'],
      ];
      for (const [body, type] of bodies) {
        const call = await boundCall('POST', `${billing.url}/x`, {
          type: { 'Content-Type': type },
          ...(body === undefined ? {} : { body }),
        });
        expect((await send(call)).status, type).to.equal(200);
      }
    });

    it('is refused for a compressed body, and for one that nobody kept, which a warning tells once', async () => {
      const url = `${billing.url}/x`;
      const body = '{"amount":1}';
      const call = await boundCall('POST', url, { body });
      const compressed = { ...call.headers, 'Content-Encoding': 'gzip' };
      const response = await fetch(url, { method: 'POST', headers: compressed, body: gzipSync(body) });
      await expectProblem(response, 'binding_mismatch');
      expect((await send(call)).status).to.equal(200);

      const careless = await runApp(onClose, (routes) => {
        routes.use(express.json());
        const audience = 'billing';
        const required = requireCapability({ redeem: matchstick(), purpose: 'service-call', audience });
        routes.post('/x', required, (_request, response) => response.send('done'));
      });
      const unkept = await boundCall('POST', `${careless.url}/x`, { body });
      const warnings = await warningsDuring(async () => {
        for (let again = 0; again < 3; again++) {
          const { detail } = await expectProblem(await send(unkept), 'binding_mismatch');
          expect(detail).to.include('contentDigest');
        }
      });
      expect(warnings.filter((text) => text.includes('keepRawBody'))).to.have.length(1);
      expect(warnings.join()).not.to.include(unkept.token);
      await expectLive(unkept.token);
    });

    it('goes with the proof of its key, and without it is refused and not burned', async () => {
      const [key, thiefs] = [await createDpopKey(), await createDpopKey()];
      const url = `${billing.url}/x`;
      const call = await boundCall('POST', url, { body: '{}', key });
      const { token } = call;
      const proofBy = (by: DpopKey, about: { method?: string; url?: string; token?: string } = {}) =>
        dpopProof(by, { method: 'POST', url, token, ...about });
      const attempts: Record<string, string>[] = [
        { Authorization: `Bearer ${token}` },
        { Authorization: `Bearer ${token}`, DPoP: await proofBy(key) },
        { Authorization: `DPoP ${token}`, DPoP: await proofBy(thiefs) },
        { Authorization: `DPoP ${token}`, DPoP: await proofBy(key, { method: 'GET' }) },
        { Authorization: `DPoP ${token}`, DPoP: await proofBy(key, { url: `${billing.url}/y` }) },
        { Authorization: `DPoP ${token}`, DPoP: await proofBy(key, { token: 'another' }) },
        { Authorization: `DPoP ${token}`, DPoP: 'nonsense' },
      ];
      for (const headers of attempts) {
        const response = await send({ ...call, headers: { ...JSON_TYPE, ...headers } });
        await expectProblem(response, 'binding_mismatch');
        const scheme = headers.Authorization?.split(' ')[0];
        const challenge = response.headers.get('www-authenticate') ?? '';
        expect(challenge.startsWith(`${scheme} error="invalid_token", `), challenge).to.equal(true);
        expect(challenge).to.match(/(, DPoP |, )algs="ES256 .*RS256"$/);
      }
      const missing = await send({ ...call, headers: { ...JSON_TYPE, Authorization: `DPoP ${token}` } });
      await expectProblem(missing, 'request_invalid');
      expect(missing.headers.get('www-authenticate')).to.match(/^DPoP error="invalid_request", algs=/);
      const lines = ['POST /x HTTP/1.1', `Authorization: DPoP ${token}`, 'Content-Type: application/json'];
      const twice = [`DPoP: ${await proofBy(key)}`, `DPoP: ${await proofBy(key)}`];
      expect((await sendLines(billing, [...lines, ...twice], '{}')).status).to.equal(400);
      await expectLive(token);
      expect((await send(call)).status).to.equal(200);
    });

    it('is compared with the origin that was configured, whatever Host the request names', async () => {
      const app = await serve({ origin: 'https://billing.example.test/api/' });
      const call = await boundCall('GET', 'https://billing.example.test/api/x?y=1');
      expect((await send({ ...call, url: `${app.url}/x?y=1` })).status).to.equal(200);

      const mine = await boundCall('GET', `${app.url}/x`);
      await expectProblem(await send(mine), 'binding_mismatch');
      const lines = ['GET /x HTTP/1.1', `Authorization: Bearer ${mine.token}`];
      for (const host of ['billing.example.test', `127.0.0.1:${app.port}`, 'good@evil.example']) {
        expect((await sendLines(app, [...lines, `Host: ${host}`])).status).to.equal(403);
      }
      await expectLive(mine.token);
    });

    it('is compared with the one Host, where no origin is configured', async () => {
      const call = await boundCall('GET', `${billing.url}/x`);
      const lines = ['GET /x HTTP/1.1', `Authorization: Bearer ${call.token}`];
      const own = `Host: 127.0.0.1:${billing.port}`;
      for (const host of ['evil.example', `user@127.0.0.1:${billing.port}`, '127.0.0.1', '']) {
        expect((await sendLines(billing, [...lines, `Host: ${host}`])).status, host).to.be.oneOf([400, 403]);
      }
      expect((await sendLines(billing, [...lines, own, own])).status).to.equal(400);
      await expectLive(call.token);
      expect((await sendLines(billing, [...lines, own])).status).to.equal(200);
    });

    it('has one Content-Type: a body that says two could be read as either', async () => {
      const call = await boundCall('POST', `${billing.url}/x`, { body: '{}' });
      const lines = ['POST /x HTTP/1.1', `Authorization: Bearer ${call.token}`];
      const json = 'Content-Type: application/json';
      for (const other of [json, 'Content-Type: application/x-www-form-urlencoded']) {
        expect((await sendLines(billing, [...lines, json, other], '{}')).status).to.equal(400);
      }
      await expectLive(call.token);
      expect((await sendLines(billing, [...lines, json], '{}')).status).to.equal(200);
    });

    it('is no failure of the app, whatever a requester writes around it', async () => {
      const reported: string[] = [];
      const session = ({ headers }: AppRequest) => String(headers['x-session'] ?? '');
      const app = await serve({ session, onFailure: ({ code }) => reported.push(code) });
      const { token } = await matchstick().mint('service-call', { subject: 'orders', audience: 'billing' });
      const proved = [`Authorization: DPoP ${token}`];
      const alone = [`Authorization: Bearer ${token}`];
      const quotes = '"'.repeat(4000);
      const tries: readonly (readonly [string, readonly string[], number])[] = [
        ['/charges', [...alone, `Content-Type: multipart/form-data; boundary=${'b'.repeat(300)}`], 400],
        ['/charges', [...proved, 'DPoP:'], 400],
        ['/charges', [...proved, `DPoP: ${quotes}`], 403],
        [`/charges?${'\xe9'.repeat(3500)}`, [...proved, `DPoP: ${'d'.repeat(4000)}`], 400],
        [`/charges?${quotes.slice(0, 3900)}`, [...proved, `DPoP: ${quotes.slice(0, 4000)}`], 400],
      ];
      for (const [target, headers, status] of tries) {
        const answered = await sendLines(app, [`POST ${target} HTTP/1.1`, ...headers], 'body');
        expect(answered.status, answered.text).to.equal(status);
      }
      expect(reported).to.deep.equal([]);
      const last = [...alone, 'Content-Type:', `X-Session: ${'s'.repeat(1025)}`];
      const { status, text } = await sendLines(app, ['POST /charges HTTP/1.1', ...last], 'body');
      expect(status, text).to.equal(200);
      expect(reported).to.deep.equal([]);
    });

    it('is not fooled by a Host that brings a path of its own', async () => {
      const call = await boundCall('GET', `${billing.url}/sandbox/x`);
      const own = `127.0.0.1:${billing.port}`;
      for (const host of [`${own}/sandbox`, `${own}/sandbox/x?`, `${own}/sandbox/x#`]) {
        const lines = ['GET /x HTTP/1.1', `Authorization: Bearer ${call.token}`, `Host: ${host}`];
        expect((await sendLines(billing, lines)).status, host).to.equal(400);
      }
      await expectLive(call.token);
    });

    it('is not fooled by a target that a parser of URLs reads as another path than Express', async () => {
      const call = await boundCall('GET', `${billing.url}/x`);
      const get = (target: string) =>
        sendLines(billing, [`GET ${target} HTTP/1.1`, `Authorization: Bearer ${call.token}`]);
      const dotted = ['/admin/../x', '/admin/%2e%2E/x', '/./x', '/admin/..', '/admin\\..\\x'];
      for (const target of [...dotted, `${billing.url}/x`, 'http://evil.example/x']) {
        const { status, text } = await get(target);
        expect(status, target).to.equal(400);
        expect(text).to.include('dot segments');
      }
      for (const target of ['/x#y', '//x']) expect((await get(target)).status, target).to.equal(403);
      await expectLive(call.token);
      expect((await send({ ...call, url: `${billing.url}/%78` })).status).to.equal(200);
    });

    it('is refused when another method is put over the one that was sent', async () => {
      const app = await serve({}, (routes) =>
        routes.use((request, _response, next) => {
          request.method = String(request.headers['x-http-method-override'] ?? request.method);
          next();
        }),
      );
      const call = await boundCall('POST', `${app.url}/x`);
      const headers = { ...call.headers, 'X-HTTP-Method-Override': 'DELETE' };
      await expectProblem(await send({ ...call, headers }), 'binding_mismatch');
      expect((await send(call)).status).to.equal(200);
    });

    describe('behind a proxy', () => {
      const PUBLIC = 'https://billing.example.test';

      /** Passes requests on, and says for whom, as proxies do. */
      const proxyTo = async (app: RunningApp) => {
        const proxy = createServer((incoming, outgoing) => {
          const headers = {
            ...incoming.headers,
            host: `127.0.0.1:${app.port}`,
            'x-forwarded-proto': 'https',
            'x-forwarded-host': 'billing.example.test',
          };
          const { method = '', url = '' } = incoming;
          const passed = httpRequest(
            { port: app.port, host: '127.0.0.1', path: url, method, headers },
            (answer) => {
              outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
              answer.pipe(outgoing);
            },
          );
          incoming.pipe(passed);
        });
        await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
        onClose(() => {
          proxy.closeAllConnections();
          proxy.close();
        });
        const address = proxy.address();
        if (!address || typeof address === 'string') throw new Error('the proxy has no port');
        return `http://127.0.0.1:${address.port}`;
      };

      it('is compared with the public URL, when the app trusts its proxy', async () => {
        const proxy = await proxyTo(await serve({}, (routes) => routes.set('trust proxy', 'loopback')));
        const call = await boundCall('POST', `${PUBLIC}/x?y=1`, { body: '{}' });
        await expectProblem(await send({ ...call, url: `${proxy}/x?y=2` }), 'binding_mismatch');
        expect((await send({ ...call, url: `${proxy}/x?y=1` })).status).to.equal(200);
      });

      it('is compared with the public URL, when it is configured as the origin', async () => {
        const proxy = await proxyTo(await serve({ origin: PUBLIC }));
        const call = await boundCall('POST', `${PUBLIC}/x`, { body: '{}' });
        expect((await send({ ...call, url: `${proxy}/x` })).status).to.equal(200);
      });

      it('is refused when the app trusts no proxy, and a warning says why', async () => {
        const app = await serve();
        const proxy = await proxyTo(app);
        const call = await boundCall('GET', `${PUBLIC}/x`);
        const warnings = await warningsDuring(async () => {
          await expectProblem(await send({ ...call, url: `${proxy}/x` }), 'binding_mismatch');
        });
        expect(warnings.filter((text) => text.includes('trust proxy'))).to.have.length(1);
        const forged = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'billing.example.test' };
        const headers = { ...call.headers, ...forged };
        await expectProblem(await send({ ...call, url: `${app.url}/x`, headers }), 'binding_mismatch');
        await expectLive(call.token);
        const plain = await boundCall('GET', 'http://billing.example.test/x');
        const forgedHost = { ...plain.headers, 'X-Forwarded-Host': 'billing.example.test' };
        const stolen = { ...plain, url: `${app.url}/x`, headers: forgedHost };
        await expectProblem(await send(stolen), 'binding_mismatch');
        await expectLive(plain.token);
      });
    });

    it('goes with its session, and with no other', async () => {
      const app = await runApp(onClose, (routes) => {
        const required = requireCapability({
          redeem: matchstick(),
          purpose: 'in-session',
          session: (request) => request.headers.cookie?.replace('sid=', ''),
        });
        routes.post('/x', required, (_request, response) => response.send('done'));
      });
      const { token } = await matchstick().mint('in-session', {
        subject: 'user-42',
        bind: { session: 'abc' },
      });
      const Authorization = `Bearer ${token}`;
      const post = (headers: Record<string, string>) => fetch(`${app.url}/x`, { method: 'POST', headers });
      await expectProblem(await post({ Authorization }), 'binding_mismatch');
      await expectProblem(await post({ Authorization, Cookie: 'sid=' }), 'binding_mismatch');
      await expectProblem(await post({ Authorization, Cookie: 'sid=abd' }), 'binding_mismatch');
      await expectLive(token);
      expect((await post({ Authorization, Cookie: 'sid=abc' })).status).to.equal(200);
    });
  });
});

/** What Node was told to warn of meanwhile. */
async function warningsDuring(run: () => Promise<void>): Promise<readonly string[]> {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => warnings.push(message);
  process.on('warning', onWarning);
  try {
    await run();
    // Warnings are told on the next tick.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', onWarning);
  }
  return warnings;
}
