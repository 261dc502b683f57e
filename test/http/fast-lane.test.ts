import { expect } from 'chai';
import { z } from 'zod';
import { authenticator, callerKeyDigest, callerWithEveryRight } from '../../src/callers/caller.ts';
import { NO_TRACING } from '../../src/contract/tracing.ts';
import { expressApp } from '../../src/http/express-app.ts';
import { fastLane, type ListenerOptions } from '../../src/http/fast-lane.ts';
import { listen } from '../../src/http/listen.ts';
import { route } from '../../src/http/route.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { requestOctets, sendRaw } from './raw-http.ts';

const KEY = `ms_main_${'a'.repeat(43)}`;
const JSON_TYPE = 'Content-Type: application/json';
const AUTHORIZED = `Authorization: Bearer ${KEY}`;
const WHOLE = [AUTHORIZED, JSON_TYPE];
const BODY = '{"purpose":"reset"}';

type Asked = Parameters<typeof requestOctets>[0];

/** By name: the same request for both ways. */
const REQUESTS: Readonly<Record<string, Asked>> = {
  'that is whole': { headers: WHOLE, body: BODY },
  'with letters beyond ASCII': { headers: WHOLE, body: '{"purpose":"zurücksetzen 🔑"}' },
  'with an id of its own': { headers: [...WHOLE, 'X-Request-Id: find-me'], body: BODY },
  'with an id that is none': { headers: [...WHOLE, 'X-Request-Id: \x7f'], body: BODY },
  'through a proxy': { headers: [...WHOLE, 'X-Forwarded-For: 203.0.113.7'], body: BODY },
  'without a key': { headers: [JSON_TYPE], body: BODY },
  'with a key that nobody knows': { headers: ['Authorization: Bearer x', JSON_TYPE], body: BODY },
  'with two keys': { headers: [AUTHORIZED, AUTHORIZED, JSON_TYPE], body: BODY },
  'without a media type': { headers: [AUTHORIZED], body: BODY },
  'with a body in a coding': { headers: [...WHOLE, 'Content-Encoding: gzip'], body: BODY },
  'without a body': { headers: WHOLE },
  'with a body that is no JSON': { headers: WHOLE, body: '{' },
  'with a body that does not fit': { headers: WHOLE, body: '{"purpos":1}' },
  'with a body that is too large': { headers: WHOLE, body: JSON.stringify({ purpose: 'x'.repeat(20_000) }) },
  'whose trace fails': { headers: [...WHOLE, 'traceparent: failing'], body: BODY },
  'that fails': { headers: WHOLE, body: '{"purpose":"failing"}' },
  'with a query': { path: '/v1/things?x=1', headers: WHOLE, body: BODY },
  'with an empty query': { path: '/v1/things?', headers: WHOLE, body: BODY },
  'with a slash behind it': { path: '/v1/things/', headers: WHOLE, body: BODY },
  'for the template of a path': { path: '/v1/things/:id', headers: WHOLE, body: BODY },
  'in capitals': { path: '/V1/THINGS', headers: WHOLE, body: BODY },
  'for a whole URL': { path: 'http://service/v1/things', headers: WHOLE, body: BODY },
  'by GET': { method: 'GET', headers: WHOLE },
  'by HEAD': { method: 'HEAD', headers: WHOLE },
  'by OPTIONS': { method: 'OPTIONS', headers: WHOLE },
  'by PUT': { method: 'PUT', headers: WHOLE, body: BODY },
};

describe('a call of a caller', () => {
  const onClose = cleanupAfter(after);
  let urls: readonly [string, string];
  /** Which routes were found, and which failures reported, by each way. */
  const found: [string[], string[]] = [[], []];
  const reported: [string[], string[]] = [[], []];

  before(async () => {
    const things = route({
      operationId: 'things',
      method: 'POST',
      path: '/v1/things',
      summary: 'Does something',
      body: z.strictObject({ purpose: z.string() }),
      replies: { 201: { description: 'Done', body: z.unknown() } },
      problems: [],
    }).forCallers(async ({ body, occasion }, { name }) => {
      if (body.purpose === 'failing') throw new RangeError('nobody foresaw it');
      return { status: 201, body: { ...body, name, occasion } };
    });
    const thing = route({
      operationId: 'thing',
      method: 'POST',
      path: '/v1/things/:id',
      summary: 'Does something with one',
      params: z.object({ id: z.string() }),
      replies: { 200: { description: 'Done', body: z.unknown() } },
      problems: [],
    }).forCallers(async ({ params }) => ({ status: 200, body: params }));
    const optionsOf = (way: 0 | 1): ListenerOptions => ({
      routes: [things, thing],
      authenticate: authenticator([callerWithEveryRight('main', [callerKeyDigest(KEY)])], Date.now),
      refuseStranger: async (refusal) => refusal,
      tracing: {
        ...NO_TRACING,
        within: (traceparent, work) => {
          if (traceparent === 'failing') throw new RangeError('a propagator fails');
          return work();
        },
      },
      clientOf: (address = '') => ({ address }),
      reportFailure: ({ requestId, error }) => reported[way].push(`${requestId} ${error.code}`),
      proxyHops: 1,
      lookAtProxies: () => {},
      newRequestId: () => 'a-new-one',
      watch: { routed: (_request, path) => found[way].push(path), goesOn: () => {} },
    });
    const open = async (listener: Parameters<typeof listen>[0]) => {
      const at = { host: '127.0.0.1', port: 0, newRequestId: () => 'a-new-one' };
      const service = await listen(listener, at);
      onClose(() => service.drain(0));
      return `http://127.0.0.1:${service.port}`;
    };
    const fast = optionsOf(0);
    urls = [await open(fastLane(fast, expressApp(fast))), await open(expressApp(optionsOf(1)))];
  });

  for (const [what, asked] of Object.entries(REQUESTS)) {
    it(`${what} is answered in the same octets ahead of Express and by it`, async () => {
      const octets = requestOctets({ path: '/v1/things', ...asked });
      const [ahead, behind] = await Promise.all(urls.map((url) => sendRaw({ url }, octets)));
      expect(untimed(ahead?.everything)).to.equal(untimed(behind?.everything));
      expect(ahead?.everything).to.match(/^HTTP\/1\.1 \d{3} /);
      expect(found[0]).to.deep.equal(found[1]);
      expect(reported[0]).to.deep.equal(reported[1]);
    });
  }
});

/** Headers come in any order, and the time goes on. */
function untimed(everything = ''): string {
  const [head = '', ...body] = everything.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n').filter((line) => !/^date:/i.test(line));
  return [status, ...lines.sort(), ...body].join('\n');
}
