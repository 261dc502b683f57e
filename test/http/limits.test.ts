import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  type Answered,
  call,
  mintToken,
  redeemToken,
  type ServiceProcess,
  startService,
} from '../support/service.ts';
import { expectProblem } from './expect-answer.ts';
import { attemptIn, mintLink, NEW_ATTEMPT, pressButton, visit } from './link-page.ts';
import { requestOctets, sendRaw } from './raw-http.ts';

const purpose = (more: object = {}) => ({ audience: 'app', lifetime: '15m', ...more });
const PURPOSES = {
  plain: purpose(),
  limited: purpose({ limit: { count: 3, per: '1h' }, live: 1 }),
  coded: purpose({ lifetime: '30m', link: { code: true } }),
  linked: purpose({ link: {} }),
};
const ALL = Object.keys(PURPOSES);
const CALLERS = {
  main: { mint: ALL, redeem: ALL, inspect: true },
  slow: { mint: ALL, limit: { count: 3, per: '1m' } },
  alike: { mint: ALL, limit: { count: 3, per: '1m' } },
};
const LIMITS = {
  link: { count: 30, per: '1m' },
  code: { count: 4, per: '1h' },
  caller: { count: 5, per: '1m' },
};

let subjects = 0;
const newSubject = () => `limited-${subjects++}`;

/** Where an operator finds each limit. */
const SETTINGS = {
  'mint-per-subject': 'purposes.limited.limit',
  'calls-per-caller': 'callers.slow.limit',
  'unknown-key-per-address': 'limits.caller',
};

/** Holds an answer to what a limit says. */
function expectLimited(answer: Answered, limit: keyof typeof SETTINGS, quota: string): void {
  expectProblem(answer, 'rate_limited', { limit, detail: new RegExp(`${limit} allows`) });
  expect(answer.json.detail).to.include(` The setting is ${SETTINGS[limit]}.`);
  const seconds = answer.headers.get('retry-after');
  expect(Number(seconds)).to.be.within(1, 3600);
  expect(answer.headers.get('ratelimit-policy')).to.equal(`"${limit}";${quota}`);
  expect(answer.headers.get('ratelimit')).to.equal(`"${limit}";r=0;t=${seconds}`);
}

for (const [where, isShared] of [
  ['in Redis, over two instances', true],
  ['in memory', false],
] as const) {
  describe(`limits of the service, ${where}`, () => {
    const onClose = cleanupAfter(after);
    let redis: RedisServer | undefined;
    let services: readonly [ServiceProcess, ServiceProcess];
    before(async () => {
      if (isShared) {
        redis = await startRedis();
        onClose(redis.close);
      }
      const ledger = redis ? { ledger: { redis: redis.url } } : {};
      const settings = { purposes: PURPOSES, limits: LIMITS, listen: { proxyHops: 1 }, ...ledger };
      const deployment = await makeDeployment(settings, CALLERS);
      onClose(deployment.close);
      const first = await startService(deployment);
      onClose(first.close);
      const second = isShared ? await startService(deployment) : first;
      if (isShared) onClose(second.close);
      services = [first, second];
    });

    const at = (index: number) => services[index % 2] ?? services[0];
    const mint = (index: number, body: object, as = 'main') =>
      call(at(index), 'POST', '/v1/tokens', { body, as });

    it('let so many mints of a subject through, also of 40 at once', async () => {
      const subject = newSubject();
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => mint(index, { purpose: 'limited', subject })),
      );
      expect(answers.filter(({ status }) => status === 201)).to.have.length(3);
      for (const answer of answers.filter(({ status }) => status !== 201)) {
        expectLimited(answer, 'mint-per-subject', 'q=3;w=3600');
      }
      expect((await mint(0, { purpose: 'limited', subject: newSubject() })).status).to.equal(201);
      expect((await mint(0, { purpose: 'plain', subject })).status).to.equal(201);
    });

    it('leave everything as it was when a mint is refused, and count no bad input', async () => {
      const subject = newSubject();
      const bad = await mint(0, { purpose: 'limited', subject, expiresIn: 5000 });
      expectProblem(bad, 'request_invalid', { errors: bad.json.errors });
      for (let minted = 0; minted < 2; minted++) await mintToken(at(minted), { purpose: 'limited', subject });
      const token = await mintToken(at(0), { purpose: 'limited', subject });
      expectLimited(await mint(1, { purpose: 'limited', subject }), 'mint-per-subject', 'q=3;w=3600');
      expect((await redeemToken(at(0), token, { purpose: 'limited' })).status).to.equal(200);
    });

    it('take a batch as a whole or not at all', async () => {
      const [one, other] = [newSubject(), newSubject()];
      const batch = (...subjectsOfBatch: readonly string[]) =>
        call(at(0), 'POST', '/v1/tokens/batch', {
          body: { tokens: subjectsOfBatch.map((subject) => ({ purpose: 'limited', subject })) },
        });
      expect((await batch(one, one)).status).to.equal(201);
      expectLimited(await batch(other, other, one, one), 'mint-per-subject', 'q=3;w=3600');
      expect((await batch(other, other, other, one)).status).to.equal(201);
    });

    it('count the calls of one caller, refused ones too, and of no other', async () => {
      const statuses: number[] = [];
      for (let calls = 0; calls < 5; calls++) {
        statuses.push((await mint(calls, { purpose: 'plain', subject: 'u' }, 'slow')).status);
      }
      expect(statuses).to.deep.equal([201, 201, 201, 429, 429]);
      expectLimited(
        await mint(0, { purpose: 'plain', subject: 'u' }, 'slow'),
        'calls-per-caller',
        'q=3;w=60',
      );
      for (const other of ['main', 'alike'])
        expect((await mint(0, { purpose: 'plain', subject: 'u' }, other)).status, other).to.equal(201);
    });

    it('count calls without a known key by address, and leave known ones from there alone', async () => {
      const from = (address: string, as: string | null, authorization?: string) =>
        call(at(0), 'POST', '/v1/tokens', {
          body: { purpose: 'plain', subject: 'u' },
          as,
          headers: { 'X-Forwarded-For': address, ...(authorization ? { Authorization: authorization } : {}) },
        });
      for (let calls = 0; calls < 5; calls++) {
        const answer = await from('2001:db8::1', null, calls % 2 ? 'Bearer nonsense' : undefined);
        expectProblem(answer, 'caller_unknown');
      }
      expectLimited(await from('2001:db8::1', null), 'unknown-key-per-address', 'q=5;w=60');
      expectLimited(await from('2001:db8:0:ff::9', null), 'unknown-key-per-address', 'q=5;w=60');
      expectProblem(await from('2001:db8:0:100::1', null), 'caller_unknown');
      expect((await from('2001:db8::1', 'main')).status).to.equal(201);
      // Only what the one proxy in front wrote is believed, which is the last one.
      expectLimited(await from('198.51.100.9, 2001:db8::2', null), 'unknown-key-per-address', 'q=5;w=60');
    });

    it('do not count requests with two Authorization headers, in which no key is looked for', async () => {
      const address = 'X-Forwarded-For: 203.0.113.90';
      const attempt = (...keys: readonly string[]) => {
        const headers = [address, 'Content-Type: application/json'];
        const body = JSON.stringify({ purpose: 'plain', subject: 'u' });
        for (const key of keys) headers.push(`Authorization: Bearer ${key}`);
        return sendRaw(at(0), requestOctets({ headers, body }));
      };
      const twice = async () =>
        expectProblem(await attempt('nonsense', 'nonsense'), 'request_invalid', {
          detail: /authorization.*only once/,
        });
      for (let calls = 0; calls < 8; calls++) await twice();
      for (let calls = 0; calls < 5; calls++) {
        expectProblem(await attempt('nonsense'), 'caller_unknown');
      }
      expectLimited(await attempt('nonsense'), 'unknown-key-per-address', 'q=5;w=60');
      await twice();
    });

    it('show a person a page, without the fields for programs', async () => {
      const { path } = await mintLink(at(0), { purpose: 'linked' });
      const headers = { 'X-Forwarded-For': '203.0.113.44' };
      const statuses = new Set<number>();
      for (let visits = 0; visits < 30; visits++) {
        statuses.add(
          (await visit(at(visits), visits % 2 ? path : `/l/${'A'.repeat(22)}`, { headers })).status,
        );
      }
      expect([...statuses].sort()).to.deep.equal([200, 410]);
      for (const answer of [
        await visit(at(0), path, { headers }),
        await pressButton(at(1), path, { attempt: NEW_ATTEMPT() }, headers),
      ]) {
        expect(answer.status).to.equal(429);
        expect(answer.headers.get('content-type')).to.match(/^text\/html/);
        expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 60);
        expect(answer.headers.get('ratelimit')).to.equal(null);
        expect(answer.headers.get('ratelimit-policy')).to.equal(null);
      }
      expect((await visit(at(0), path, { headers: { 'X-Forwarded-For': '203.0.113.45' } })).status).to.equal(
        200,
      );
    });

    it('count wrong codes by subject and purpose, over all links, and refuse right ones after too many', async () => {
      const subject = newSubject();
      const press = (path: string, code: string) =>
        pressButton(
          at(0),
          path,
          { attempt: NEW_ATTEMPT(), code },
          { 'X-Forwarded-For': `203.0.113.${subjects}` },
        );
      const wrongOf = (code: string) => code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
      let refused = 0;
      for (let links = 0; links < 4; links++) {
        const { path, code = '' } = await mintLink(at(links), { purpose: 'coded', subject });
        const answers = await Promise.all(Array.from({ length: 3 }, () => press(path, wrongOf(code))));
        refused += answers.filter(({ status }) => status === 429).length;
      }
      expect(refused, 'of 12 wrong codes, 4 are allowed').to.equal(8);
      const { path, code = '' } = await mintLink(at(0), { purpose: 'coded', subject });
      expect((await press(path, code)).status).to.equal(429);
      const other = await mintLink(at(0), { purpose: 'coded', subject: newSubject() });
      expect((await press(other.path, other.code ?? '')).status).to.equal(200);
    });

    it('take nothing for codes that are right', async () => {
      const subject = newSubject();
      for (let links = 0; links < 7; links++) {
        const { path, code = '' } = await mintLink(at(links), { purpose: 'coded', subject });
        const attempt = attemptIn(
          await visit(at(0), path, { headers: { 'X-Forwarded-For': `198.51.100.${links}` } }),
        );
        const headers = { 'X-Forwarded-For': `198.51.100.${links}` };
        expect((await pressButton(at(links), path, { attempt, code }, headers)).status).to.equal(200);
      }
    });

    it('let a link with a code live for ten minutes at most', async () => {
      const minted = await mint(0, { purpose: 'coded', subject: newSubject() });
      const seconds = (Date.parse(minted.json.expiresAt) - Date.parse(minted.json.issuedAt)) / 1000;
      expect(seconds).to.equal(600);
      const longer = await mint(0, { purpose: 'coded', subject: newSubject(), expiresIn: 601 });
      expectProblem(longer, 'request_invalid', {
        errors: [{ path: 'expiresIn', message: 'must be at most 600 for a link with a code' }],
      });
      const unlinked = await mint(0, {
        purpose: 'coded',
        subject: newSubject(),
        expiresIn: 1800,
        link: false,
      });
      expect(unlinked.status).to.equal(201);
    });
  });
}
