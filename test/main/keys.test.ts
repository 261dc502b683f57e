import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../faults/support/replication.ts';
import { ringText, storedKey } from '../keys/stored-keys.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';
import { end, startMain } from './start-main.ts';

const CALLERS = { ...TEST_CALLERS, ops: { operator: true } };
const SECRET = Buffer.alloc(32, 3).toString('base64url');

describe('the keys of a service', function () {
  this.timeout(120_000);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });
  let deployments = 0;

  async function deployed(overrides: object = {}): Promise<Deployment> {
    const issuer = `https://keys-${deployments++}.example.test`;
    const ledger = { redis: redis.url, timeoutMs: 10_000 };
    const deployment = await makeDeployment({ issuer, ledger, ...overrides }, CALLERS);
    onClose(deployment.close);
    return deployment;
  }

  async function start(deployment: Deployment): Promise<ServiceProcess> {
    const service = await startService(deployment);
    onClose(service.close);
    return service;
  }

  const listed = async (service: ServiceProcess) => {
    const { status, json, text } = await call(service, 'GET', '/v1/keys', { as: 'ops' });
    expect(status, text).to.equal(200);
    return json;
  };
  const statesOf = async (service: ServiceProcess) =>
    (await listed(service)).keys.map(({ kid, state }: { kid: string; state: string }) => [kid, state]);
  const warningsOf = async (service: ServiceProcess): Promise<readonly string[]> => {
    const { json } = await call(service, 'GET', '/readyz');
    return json.warnings
      .filter(({ part }: { part: string }) => part === 'keys')
      .map(({ detail }: { detail: string }) => detail);
  };

  it('are shared through Redis, where nobody can read them, and survive it when it loses them', async () => {
    const own = await startRedis();
    onClose(own.close);
    const deployment = await deployed({
      ledger: { redis: own.url },
      keys: { in: 'redis', wrap: { secret: SECRET } },
    });
    const services = await Promise.all([start(deployment), start(deployment), start(deployment)]);
    const [here, there] = services;
    expect(here.process.output()).to.include('\nKeys:    in the Redis of the ledger');
    const states = await statesOf(here);
    for (const service of services) expect(await statesOf(service)).to.deep.equal(states);
    expect((await redeemToken(there, await mintToken(here))).status).to.equal(200);
    const [name = ''] = await keyNames(own, '*:keys');
    const stored = async () => JSON.parse(String(await own.command('GET', name)));
    for (const key of (await stored()).keys) expect(key).to.not.have.property('d');

    await call(here, 'POST', '/v1/keys/rotate', { as: 'ops' });
    const current = JSON.stringify(await statesOf(here));
    for (const service of services)
      await until(async () => JSON.stringify(await statesOf(service)) === current);
    const rotated = await stored();
    await own.command('FLUSHALL');
    await until(async () => (await keyNames(own, '*:keys')).length === 1);
    expect((await stored()).version).to.equal(rotated.version);
    expect((await redeemToken(there, await mintToken(here))).status).to.equal(200);
  });

  it('are needed at the start: without the Redis that has them, it ends with 1 and a sentence', async () => {
    const gone = await startRedis();
    const deployment = await deployed({
      ledger: { redis: gone.url, timeoutMs: 500 },
      keys: { in: 'redis', wrap: { secret: SECRET } },
    });
    await gone.close();
    const child = startMain(deployment.folder, { MATCHSTICK_CONFIG: deployment.configPath });
    onClose(() => end(child));
    expect(await child.exited()).to.equal(1);
    expect(child.output()).to.match(
      / {2}keys\.in: is redis, so nothing starts before it answers\. Redis at \S+ has the keys, and gives no answer: .*ECONNREFUSED/,
    );
  });

  it('are read again while it runs; a file that is broken changes nothing, and is told to callers', async () => {
    const deployment = await deployed();
    const service = await start(deployment);
    const path = join(deployment.folder, 'keys.json');
    const good = await readFile(path, 'utf8');
    const states = await statesOf(service);
    const token = await mintToken(service);
    for (const broken of [good.slice(0, good.length / 2), '', '{"keys": []}']) {
      await writeFile(`${path}.new`, broken, { mode: 0o600 });
      await rename(`${path}.new`, path);
      await until(async () => (await warningsOf(service)).length === 1);
      expect((await warningsOf(service))[0]).to.include(path);
      expect(await statesOf(service)).to.deep.equal(states);
      const rotated = await call(service, 'POST', '/v1/keys/rotate', { as: 'ops' });
      expect(rotated.status).to.equal(503);
      expect(rotated.json.detail).to.include(path);
      expect(await readFile(path, 'utf8')).to.equal(broken);
      await writeFile(`${path}.new`, good, { mode: 0o600 });
      await rename(`${path}.new`, path);
      await until(async () => (await warningsOf(service)).length === 0);
    }
    await chmod(path, 0o644);
    await until(async () => (await warningsOf(service)).some((detail) => detail.includes('chmod 600')));
    await chmod(path, 0o600);
    expect((await redeemToken(service, token)).status).to.equal(200);
    const told = service.process.output().match(/"event":"keys\.trouble"/g) ?? [];
    expect(told).to.have.length(4);
  });

  it('of an earlier version go on: the newest signs, the others verify, and a next one is made', async () => {
    const deployment = await deployed();
    const path = join(deployment.folder, 'keys.json');
    const [old, newer] = [
      await storedKey('ES256', Date.now() - 2_000_000),
      await storedKey('ES256', Date.now() - 1_000_000),
    ];
    await writeFile(path, ringText(newer), { mode: 0o600 });
    const before = await start(deployment);
    const token = await mintToken(before);
    await before.close();
    await writeFile(path, ringText(old, newer), { mode: 0o600 });
    const service = await start(deployment);
    const { keys, rotatesAt } = await listed(service);
    const stateOf = (kid: unknown) => keys.find((key: { kid: string }) => key.kid === kid)?.state;
    expect(stateOf(newer.kid)).to.equal('signing');
    expect(stateOf(old.kid)).to.equal('verifying');
    expect(keys).to.have.length(3);
    expect(Date.parse(rotatesAt)).to.be.above(Date.now() + 29 * 86_400_000);
    expect((await redeemToken(service, token)).status).to.equal(200);
  });

  it('that are retired are shown to nobody, and what they burned in time is still answered again', async () => {
    const deployment = await deployed();
    const path = join(deployment.folder, 'keys.json');
    const before = await start(deployment);
    const token = await mintToken(before);
    const asked = {
      body: { token, purpose: 'password-reset' },
      headers: { 'idempotency-key': 'once' },
    };
    const first = await call(before, 'POST', '/v1/redemptions', asked);
    expect(first.status, first.text).to.equal(200);
    expect((await call(before, 'POST', '/v1/keys/rotate', { as: 'ops' })).json.rotated).to.equal(true);
    const old = (await listed(before)).keys.find(({ state }: { state: string }) => state === 'verifying');
    await before.close();
    const stored = JSON.parse(await readFile(path, 'utf8'));
    const [kept] = stored.keys.filter(({ kid }: { kid: string }) => kid === old.kid);
    Object.assign(kept, { state: 'retired', since: new Date().toISOString() });
    await writeFile(path, JSON.stringify(stored));

    const service = await start(deployment);
    expect((await listed(service)).keys.map(({ state }: { state: string }) => state)).to.have.members([
      'signing',
      'next',
    ]);
    const published = await call(service, 'GET', '/.well-known/jwks.json');
    expect(published.json.keys).to.have.length(2);
    expect(published.text).not.to.include(old.kid);
    const metrics = await call(service, 'GET', '/metrics', { as: 'ops' });
    expect(metrics.text).to.include('matchstick_key_age_seconds').and.not.include(old.kid);
    const again = await call(service, 'POST', '/v1/redemptions', asked);
    expect(again.status, again.text).to.equal(200);
    expect(again.json).to.deep.equal(first.json);
  });

  it('go over to another algorithm once every cache has the new one, and not before', async () => {
    const deployment = await deployed();
    const before = await start(deployment);
    const token = await mintToken(before);
    await before.close();
    const yaml = await readFile(deployment.configPath, 'utf8');
    await writeFile(deployment.configPath, yaml.replace('keys:\n', 'keys:\n  algorithm: Ed25519\n'));
    const service = await start(deployment);
    const { keys, rotatesAt } = await listed(service);
    expect(keys.map((key: { state: string; algorithm: string }) => [key.state, key.algorithm])).to.deep.equal(
      [
        ['signing', 'ES256'],
        ['next', 'Ed25519'],
      ],
    );
    expect(Date.parse(rotatesAt)).to.be.within(Date.now() + 250_000, Date.now() + 311_000);
    expect((await redeemToken(service, token)).status).to.equal(200);
    expect((await redeemToken(service, await mintToken(service))).status).to.equal(200);
  });
});

async function keyNames(redis: RedisServer, pattern: string): Promise<readonly string[]> {
  const names = await redis.command('KEYS', pattern);
  return Array.isArray(names) ? names.map(String) : [];
}
