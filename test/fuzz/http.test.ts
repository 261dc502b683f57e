import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { startRedis } from '../support/redis-server.ts';
import { redeemToken } from '../support/service.ts';
import type { Exchange, Front, FrontAnswer } from './front.ts';
import { httpTarget } from './http.ts';
import { expectKeysEnd } from './ledger-keys.ts';
import { linksTarget } from './links.ts';
import { fuzzes, type Mutant } from './suite.ts';

const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;

/** A service that answers otherwise. */
function answering(
  change: (answer: FrontAnswer, octets: string) => readonly FrontAnswer[],
  found: RegExp,
): Mutant<Front> {
  return {
    of: (front) => ({
      ...front,
      send: async (octets) => {
        const happened = await front.send(octets);
        const text = Buffer.from(octets).toString();
        return { ...happened, answers: happened.answers.flatMap((answer) => change(answer, text)) };
      },
    }),
    found,
  };
}

/** A service that also does something else. */
function doing(
  also: (front: Front, text: string, happened: Exchange) => Promise<unknown>,
  found: RegExp,
): Mutant<Front> {
  return {
    of: (front) => ({
      ...front,
      send: async (octets) => {
        const happened = await front.send(octets);
        await also(front, Buffer.from(octets).toString(), happened);
        return happened;
      },
    }),
    found,
  };
}

fuzzes(httpTarget, {
  'a service that fails': answering(
    (answer) => [answer.status === 415 ? { ...answer, status: 500 } : answer],
    /the status is 500/,
  ),
  'a service that answers twice': answering(
    (answer) => (answer.status === 400 ? [answer, answer] : [answer]),
    /two answers came|answers came for/,
  ),
  'a service that does not answer': answering(
    (answer) => (answer.status === 401 ? [] : [answer]),
    /a framed request got 0/,
  ),
  'a service that says what is in no schema': answering(
    (answer) => [{ ...answer, text: answer.text.replace('"detail":', '"stack":"x","detail":') }],
    /answered .*stack/s,
  ),
  'a service that burns what it refuses': doing(async (front, text, { answers }) => {
    const [token] = TOKEN.exec(text) ?? [];
    if (token !== undefined && answers.some(({ status }) => status >= 400))
      await redeemToken(front.service, token);
  }, /a refused request burned the token/),
  'a service that closes no connection': {
    of: (front) => ({ ...front, send: async (octets) => ({ ...(await front.send(octets)), closed: false }) }),
    found: /the connection stays open/,
  },
  'a service that sends noise': {
    of: (front) => ({ ...front, send: async (octets) => ({ ...(await front.send(octets)), rest: 'noise' }) }),
    found: /is not HTTP/,
  },
});

fuzzes(linksTarget, {
  'a page that burns when it is opened': doing(async ({ service }, text, { answers }) => {
    const [, path] = /^GET (\/l\/[\w-]{22}) /.exec(text) ?? [];
    if (path === undefined || answers[0]?.status !== 200) return;
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      Origin: new URL(service.url).origin,
    };
    await fetch(`${service.url}${path}`, { method: 'POST', headers, body: '', redirect: 'manual' });
  }, /a token is burned, and no button was let through/),
  'a page that repeats what it was sent': answering(
    (answer, octets) => [{ ...answer, text: answer.text.replace('</html>', `${octets}</html>`) }],
    /a page repeats/,
  ),
  'a link that leads elsewhere': answering(
    (answer) => [
      { ...answer, text: answer.text.replaceAll('https://app.example.test/', 'https://evil.example.test/') },
    ],
    /it leads to/,
  ),
  'a link that answers with no page': answering(
    (answer) => [
      answer.status === 410
        ? { ...answer, headers: new Map([...answer.headers, ['content-type', 'text/plain']]) }
        : answer,
    ],
    /no page/,
  ),
  'a button of another site that is let through': answering(
    (answer, octets) => [
      /^POST .*cross-site/s.test(octets) && answer.status === 403
        ? { ...answer, status: 200, text: answer.text.replace(/<form[\s\S]*<\/form>/, '') }
        : answer,
    ],
    /a foreign button|is live after/,
  ),
  'a service that prints what it must not': {
    of: (front) => ({ ...front, output: () => JSON.stringify(front.service.deployment.callerKeys) }),
    found: /prints a secret/,
  },
});

describe('fuzzing: what is left in Redis', () => {
  const onClose = cleanupAfter(after);

  for (const [what, key, seconds, found] of [
    ['a key that never ends', 'ns:{0}:b:EEEEEEEEEEEEEEEE:1', undefined, /lives for -1 seconds/],
    ['a key that ends late', 'ns:{0}:d:E:name', 100_000, /lives for 100000 seconds/],
    ['nothing about a key that ends', 'ns:{0}:d:E:name', 60, undefined],
    ['nothing about the meta key of a shard', 'ns:{3}:m', undefined, undefined],
  ] as const) {
    it(`would find ${what}`, async () => {
      const redis = await startRedis();
      onClose(redis.close);
      await redis.command('SET', key, 'x', ...(seconds === undefined ? [] : ['EX', seconds]));
      const message = await expectKeysEnd(redis).then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (found === undefined) expect(message).to.equal(undefined);
      else expect(message).to.match(found);
    });
  }
});
