import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { z } from 'zod';
import { authenticator } from '../../src/callers/caller.ts';
import { NO_TRACING } from '../../src/contract/tracing.ts';
import { expressApp } from '../../src/http/express-app.ts';
import { listen } from '../../src/http/listen.ts';
import type { ReportFailure } from '../../src/http/perform.ts';
import { route } from '../../src/http/route.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { expectProblem } from './expect-answer.ts';
import { requestOctets, sendRaw } from './raw-http.ts';

const SECRET = 'eyJ-nobody-may-read-this';

describe('a failure that nobody foresaw', () => {
  const onClose = cleanupAfter(after);
  const reported: Parameters<ReportFailure>[0][] = [];
  let url: string;

  before(async () => {
    const describedAt = (path: string) =>
      route({
        operationId: 'fail',
        method: 'GET',
        path,
        summary: 'Fails',
        replies: { 200: { description: 'Never', body: z.unknown() } },
        problems: [],
      });
    const app = expressApp({
      routes: [
        describedAt('/error').forAnyone(async () => {
          throw new RangeError(SECRET);
        }),
        describedAt('/text').forAnyone(() => Promise.reject(SECRET)),
        describedAt('/circle').forAnyone(async () => {
          const circle: Record<string, unknown> = {};
          circle.circle = circle;
          return { status: 200, body: circle };
        }),
      ],
      authenticate: authenticator([], Date.now),
      refuseStranger: async (refusal) => refusal,
      tracing: NO_TRACING,
      clientOf: () => undefined,
      reportFailure: (failure) => reported.push(failure),
      proxyHops: 0,
      lookAtProxies: () => {},
      newRequestId: randomUUID,
    });
    const service = await listen(app, { host: '127.0.0.1', port: 0, newRequestId: randomUUID });
    onClose(() => service.drain(0));
    url = `http://127.0.0.1:${service.port}`;
  });

  beforeEach(() => {
    reported.splice(0);
  });

  for (const path of ['/error', '/text', '/circle']) {
    it(`is answered 500 without a word of it, and reported once under the request id: ${path}`, async () => {
      const octets = requestOctets({ method: 'GET', path, headers: ['X-Request-Id: find-me'] });
      const answer = await sendRaw({ url }, octets);
      expectProblem(answer, 'internal', {
        detail: /request id/,
      });
      expect(answer.everything).to.not.include(SECRET);
      expect(answer.everything).to.not.match(/RangeError|\bat .*:\d+|circular/i);
      expect(reported).to.have.lengthOf(1);
      expect(reported[0]).to.include({ requestId: 'find-me', route: path });
      expect(reported[0]?.error.code).to.equal('internal');
      expect(reported[0]?.error.cause).to.not.equal(undefined);
    });
  }

  it('does not keep the next request from being served', async () => {
    const answer = await sendRaw({ url }, requestOctets({ method: 'GET', path: '/nowhere' }));
    expectProblem(answer, 'not_found');
    expect(reported).to.have.lengthOf(0);
  });
});
