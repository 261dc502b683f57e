import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { leadIn, mintLink, NEW_ATTEMPT, pressButton, visit } from '../http/link-page.ts';
import { sleep } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';
import { SOAKS } from '../support/soak.ts';

const quota = { count: 100_000, per: '1h' };
const LIFETIME_SECONDS = 3600;
const purpose = (more: object = {}) => ({ audience: 'app', lifetime: '1h', limit: quota, ...more });
const PURPOSES = {
  crowded: purpose({
    uses: 100,
    live: 100,
    claims: { type: 'object', properties: { note: { type: 'string' } } },
    link: { then: 'https://app.example.test/then', byDefault: false },
  }),
  coded: purpose({ live: 1, link: { code: true, then: 'https://app.example.test/then' } }),
};
const ALL = Object.keys(PURPOSES);
const CALLERS = { main: { mint: ALL, redeem: ALL, inspect: true, revoke: true, limit: quota } };
const LIMITS = { link: quota, code: quota, caller: quota };
/** docs/limits.md counts octets as jemalloc gives them out; a Redis that is built without it needs more for a record. */
const MORE_WITHOUT_JEMALLOC = 1.5;
/** As much as fits a token. */
const LONGEST = { note: 'x'.repeat(1000) };
const CROWD = 'a subject with as many tokens as may be';
const SUBJECT = 'a subject with much behind it';

const OCTETS_AT_REST = `
  local sum = 0
  for _, key in ipairs(redis.call('KEYS', '*')) do
    sum = sum + (redis.call('MEMORY', 'USAGE', key, 'SAMPLES', 0) or 0)
  end
  return sum`;

interface Cost {
  readonly scripts: number;
  readonly commands: number;
  readonly octets: number;
}

/** The rows of the table in docs/limits.md. */
async function documented(): Promise<ReadonlyMap<string, Cost>> {
  const text = await readFile(new URL('../../docs/limits.md', import.meta.url), 'utf8');
  const rows = text.matchAll(/^\| `?([^`|]+?)`? \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/gm);
  const number = (digits = '') => Number(digits.replaceAll(',', ''));
  return new Map(
    [...rows].map(([, request = '', scripts, commands, octets]) => [
      request,
      { scripts: number(scripts), commands: number(commands), octets: number(octets) },
    ]),
  );
}

describe('the work that one request can cause', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;
  let bounds: ReadonlyMap<string, Cost>;
  let allocator = '';
  const measured = new Set<string>();

  before(async () => {
    bounds = await documented();
    redis = await startRedis();
    onClose(redis.close);
    allocator = /mem_allocator:(\S+)/.exec(String(await redis.command('INFO', 'memory')))?.[1] ?? '';
    const deployment = await makeDeployment(
      { purposes: PURPOSES, limits: LIMITS, events: { keep: 0 }, ledger: { redis: redis.url, shards: 4 } },
      CALLERS,
    );
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
  });

  async function octetsAtRest(): Promise<number> {
    return Number(await redis.command('EVAL', OCTETS_AT_REST, 0));
  }

  /** What Redis was asked while this was done. The looks themselves are not counted. */
  async function costOf(act: () => Promise<unknown>): Promise<Cost> {
    const before = await octetsAtRest();
    await redis.command('CONFIG', 'RESETSTAT');
    await act();
    const stats = String(await redis.command('INFO', 'commandstats'));
    let [scripts, commands] = [0, 0];
    for (const [, name = '', calls] of stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)) {
      if (/^(?:eval|evalsha)$/.test(name)) scripts += Number(calls);
      else if (!/^(?:config|info|ping|client|hello|select|auth|script|command)/.test(name))
        commands += Number(calls);
    }
    return { scripts, commands, octets: Math.max(0, (await octetsAtRest()) - before) };
  }

  async function expectWithin(
    request: string,
    act: () => Promise<{ readonly status: number }>,
    answered = 0,
  ): Promise<void> {
    const row = bounds.get(request);
    if (!row) throw new Error(`docs/limits.md has no row for ${request}`);
    const stretch = allocator.startsWith('jemalloc') ? 1 : MORE_WITHOUT_JEMALLOC;
    const bound = { ...row, octets: row.octets * stretch };
    let status = 0;
    const cost = await costOf(async () => {
      status = (await act()).status;
    });
    if (answered === 0) expect(status, request).to.be.below(500);
    else expect(status, request).to.equal(answered);
    measured.add(request);
    for (const part of ['scripts', 'commands', 'octets'] as const) {
      expect(cost[part], `${request}: ${part} of ${JSON.stringify(cost)} with ${allocator}`).to.be.at.most(
        bound[part],
      );
    }
  }

  const post = (path: string, body?: unknown) =>
    call(service, 'POST', path, body === undefined ? {} : { body });
  const crowded = (more: object = {}) => ({ purpose: 'crowded', subject: SUBJECT, ...more });

  const hold = (token: string, seconds: number) =>
    post('/v1/redemptions', { token, purpose: 'crowded', hold: seconds });

  /** A token for 100 uses, of which 99 were held and have lapsed, and nobody has looked since. */
  async function tokenWithLapsedHolds(): Promise<string> {
    const token = await mintToken(service, crowded());
    const held = Array.from({ length: 99 }, () => hold(token, 1));
    await Promise.all(held);
    return token;
  }

  /** Tokens of one subject, or of as many as there are tokens, which expire in 60 different minutes. */
  const batch = (count: number, more: object = {}, subjects = 1) =>
    post('/v1/tokens/batch', {
      tokens: Array.from({ length: count }, (_, index) => ({
        ...crowded({ expiresIn: LIFETIME_SECONDS - (index % 60) * 59, ...more }),
        subject: subjects === 1 ? CROWD : `one of many ${index % subjects}`,
      })),
    });

  /** 100 tokens that are spent by holds that lapsed unnoticed, and 99 newer ones that live: the next mint supersedes 100. */
  async function crowd(): Promise<void> {
    const { json } = await batch(100, { uses: 2 });
    await Promise.all(
      [...json.tokens, ...json.tokens].map(({ token }: { readonly token: string }) => hold(token, 1)),
    );
    await sleep(1100);
    await batch(99);
  }

  it('is bounded after everything that was done before, as docs/limits.md says', async () => {
    await crowd();
    const tokens = await Promise.all(Array.from({ length: 6 }, tokenWithLapsedHolds));
    const [redeemed = '', inspected = '', named = '', revoked = '', settled = ''] = tokens;
    const held = await hold(settled, 200);
    const released = await mintToken(service, crowded());
    for (let release = 0; release < 16; release++) {
      const { json } = await hold(released, 60);
      await post(`/v1/redemptions/${json.redemptionId}/release`);
    }
    const given = await hold(released, 60);
    await sleep(1100);

    await expectWithin(
      'POST /v1/tokens',
      () => post('/v1/tokens', { ...crowded({ link: true, claims: LONGEST }), subject: CROWD }),
      201,
    );
    await expectWithin(
      'POST /v1/redemptions',
      () => redeemToken(service, redeemed, { purpose: 'crowded' }),
      200,
    );
    await expectWithin('POST /v1/redemptions/{id}/commit', () =>
      post(`/v1/redemptions/${held.json.redemptionId}/commit`),
    );
    await expectWithin('POST /v1/redemptions/{id}/release', () =>
      post(`/v1/redemptions/${given.json.redemptionId}/release`),
    );
    await expectWithin('POST /v1/tokens/inspect', () => post('/v1/tokens/inspect', { token: inspected }));
    const [, payload = ''] = named.split('.');
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    await expectWithin('GET /v1/tokens/{jti}', () => call(service, 'GET', `/v1/tokens/${jti}`));
    await expectWithin('POST /v1/revocations', () => post('/v1/revocations', { token: revoked }));
    await expectWithin('POST /v1/revocations', () => post('/v1/revocations', { subject: 'another' }));
    const madeUp = `AAAAyAE${jti.slice(7)}`;
    await expectWithin('POST /v1/revocations', () => post('/v1/revocations', { jti: madeUp }));
    await expectWithin('GET /v1/purposes', () => call(service, 'GET', '/v1/purposes'));
    await expectWithin('POST /v1/s3/urls', () =>
      post('/v1/s3/urls', { store: 'x', operation: 'get', key: 'k' }),
    );
    await expectWithin('POST /v1/tokens/batch', () => batch(1000, { link: true }), 201);
    for (let round = 0; round < (SOAKS ? 4 : 1); round++) await batch(1000, {}, 250);
    await expectWithin('POST /v1/tokens/batch', () => batch(1000, { link: true, claims: LONGEST }, 250), 201);
    await expectWithin(
      'POST /v1/tokens/batch',
      () => batch(1000, { link: true, claims: LONGEST }, 1000),
      201,
    );
  });

  it('is bounded for people at links', async () => {
    const { path, code = '' } = await mintLink(service, { purpose: 'coded', subject: SUBJECT });
    await expectWithin('GET /l/{ref}', () => visit(service, path));
    await expectWithin('GET /l/{ref}', () => visit(service, `/l/${'A'.repeat(22)}`));
    const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    await expectWithin('POST /l/{ref}', () =>
      pressButton(service, path, { attempt: NEW_ATTEMPT(), code: wrong }),
    );
    let location = '';
    await expectWithin('POST /l/{ref}', async () => {
      const answer = await pressButton(service, path, { attempt: NEW_ATTEMPT(), code });
      location = leadIn(answer);
      return answer;
    });
    await expectWithin('POST /l/{ref}', () =>
      pressButton(service, `/l/${'A'.repeat(22)}`, { attempt: NEW_ATTEMPT(), code }),
    );
    const id = new URL(location).searchParams.get('redemption');
    await expectWithin('POST /v1/redemptions/{id}/collect', () => post(`/v1/redemptions/${id}/collect`));
  });

  it('is bounded for strangers and probes', async function () {
    // On a busy machine a connection to Redis is made anew now and then, and looks at Redis first.
    this.retries(2);
    const body = JSON.stringify({ tokens: 'x'.repeat(100_000) });
    for (const path of ['/v1/tokens', '/v1/redemptions', '/v1/tokens/batch', '/v1/revocations']) {
      await expectWithin('anything without a known key', () =>
        call(service, 'POST', path, { as: null, body }),
      );
    }
    await expectWithin('GET /.well-known/jwks.json', () => call(service, 'GET', '/.well-known/jwks.json'));
    await expectWithin('GET /healthz', () => call(service, 'GET', '/healthz'));
    await expectWithin('GET /readyz', () => call(service, 'GET', '/readyz', { as: null }));
  });

  it('was measured for every row', () => {
    expect([...measured].sort()).to.deep.equal([...bounds.keys()].sort());
  });
});
