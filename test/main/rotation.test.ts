import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { until } from '../faults/support/replication.ts';
import { pause } from '../faults/support/workload.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';
import { SOAKS } from '../support/soak.ts';

const CALLERS = { ...TEST_CALLERS, ops: { operator: true }, viewer: { operator: 'view' } };
/** Before each token of a client: the clients wait for keys, and not keys for them. */
const BREATH_MS = 40;
/** So many tokens are used after a rotation, and half as many before. */
const TOKENS = SOAKS ? 100 : 40;

describe('keys that change under two instances', function () {
  this.timeout(120_000);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  async function deployed(overrides: object = {}): Promise<Deployment> {
    const deployment = await makeDeployment(
      { ledger: { redis: redis.url, timeoutMs: 10_000 }, ...overrides },
      CALLERS,
    );
    onClose(deployment.close);
    return deployment;
  }

  async function running(deployment: Deployment): Promise<ServiceProcess> {
    const service = await startService(deployment);
    onClose(service.close);
    return service;
  }

  const signingKid = async (service: ServiceProcess): Promise<string> => {
    const { json } = await call(service, 'GET', '/v1/keys', { as: 'ops' });
    return json.keys.find(({ state }: { state: string }) => state === 'signing').kid;
  };

  it('cost no good token, and show a verifier that caches the JWK Set no kid that it does not know', async () => {
    const deployment = await deployed();
    const services = await Promise.all([running(deployment), running(deployment)]);
    const at = (index: number) => services[index % 2] ?? services[0];
    const [first] = services;
    const { json, headers } = await call(first, 'GET', '/.well-known/jwks.json');
    expect(headers.get('cache-control')).to.equal('public, max-age=300');
    expect(json.keys).to.have.length(2);
    // It is not asked again: a verifier may keep it longer than this test takes.
    const cached = createLocalJWKSet(json);
    const before = await signingKid(first);
    const kids = new Set<string>();
    const refused: string[] = [];
    let isOver = false;
    let redeemed = 0;
    const client = async (index: number) => {
      for (let round = index; !isOver; round++) {
        await pause(BREATH_MS);
        const token = await mintToken(at(round));
        const { protectedHeader } = await jwtVerify(token, cached);
        kids.add(String(protectedHeader.kid));
        const answer = await redeemToken(at(round + 1), token);
        if (answer.status === 200) redeemed++;
        else refused.push(answer.text);
      }
    };
    const clients = Array.from({ length: 6 }, (_, index) => client(index));
    await until(async () => redeemed > TOKENS / 2);
    const rotated = await call(first, 'POST', '/v1/keys/rotate', { as: 'ops' });
    expect(rotated.status, rotated.text).to.equal(200);
    expect(rotated.json.rotated).to.equal(true);
    const soon = redeemed;
    await until(async () => redeemed > soon + TOKENS && kids.size === 2);
    isOver = true;
    await Promise.all(clients);
    expect(refused).to.deep.equal([]);
    const after = await signingKid(first);
    expect(after).to.not.equal(before);
    await until(async () => (await signingKid(at(1))) === after);
    const again = await call(at(1), 'POST', '/v1/keys/rotate', { as: 'ops' });
    expect(again.json.rotated).to.equal(false);
    expect(Date.parse(again.json.rotatesAt)).to.be.within(Date.now() + 200_000, Date.now() + 320_000);
  });

  it('are revoked everywhere when the call returns, also where another ring is in use', async () => {
    const deployment = await deployed({ issuer: 'https://stale.example.test' });
    const here = await running(deployment);
    // A copy of the key file, as of an instance that nobody reaches with the new one.
    const cutOff = await deployed({ issuer: 'https://stale.example.test' });
    await mkdir(cutOff.folder, { recursive: true });
    await copyFile(join(deployment.folder, 'keys.json'), join(cutOff.folder, 'keys.json'));
    const there = await running(cutOff);
    const kid = await signingKid(here);
    expect(await signingKid(there)).to.equal(kid);
    const [one, two, three] = await Promise.all([mintToken(here), mintToken(here), mintToken(there)]);
    const held = await call(here, 'POST', '/v1/redemptions', {
      body: { token: one, purpose: 'password-reset', hold: 60 },
    });
    expect(held.status).to.equal(200);

    const revoked = await call(here, 'POST', `/v1/keys/${kid}/revoke`, { as: 'ops' });
    expect(revoked.status, revoked.text).to.equal(200);
    expect(revoked.json).to.include({ revoked: true, kid });
    const later = await mintToken(there);
    // It learns from the ledger that they share.
    const isOld = decodeProtectedHeader(later).kid === kid;
    for (const [service, token] of [
      [there, two],
      [there, three],
      [here, two],
      ...(isOld
        ? ([
            [there, later],
            [here, later],
          ] as const)
        : []),
    ] as const) {
      const answer = await redeemToken(service, token);
      expect(answer.status, answer.text).to.equal(410);
      expect(answer.json.code).to.equal('token_revoked');
    }
    const commit = await call(there, 'POST', `/v1/redemptions/${held.json.redemptionId}/commit`);
    expect(commit.json.code ?? commit.text).to.equal('token_revoked');
    await until(async () => (await signingKid(there)) !== kid);
    expect(await signingKid(here)).to.not.equal(kid);
    expect((await redeemToken(here, await mintToken(here))).status).to.equal(200);
    const { json: published } = await call(here, 'GET', '/.well-known/jwks.json');
    expect(published.keys.map((key: { kid: string }) => key.kid)).to.not.include(kid);
    const again = await call(here, 'POST', `/v1/keys/${kid}/revoke`, { as: 'ops' });
    expect(again.status).to.equal(200);
  });

  it('stay revoked when Redis loses its memory, and when the process starts anew', async () => {
    const own = await startRedis();
    onClose(own.close);
    const deployment = await deployed({ ledger: { redis: own.url, timeoutMs: 10_000 } });
    const here = await running(deployment);
    const there = await running(deployment);
    const kid = await signingKid(here);
    await call(here, 'POST', `/v1/keys/${kid}/revoke`, { as: 'ops' });
    const known = async () => String(await own.command('HGET', await metaKey(own), 'revoked_keys'));
    expect(await known()).to.equal(kid);
    await own.command('FLUSHALL');
    await mintToken(there);
    await until(async () => (await known().catch(() => '')) === kid);
    // Also where nobody asks anything who knows of it.
    await own.command('FLUSHALL');
    await until(async () => (await known().catch(() => '')) === kid);
    await Promise.all([here.close(), there.close()]);
    const anew = await running(deployment);
    expect(await signingKid(anew)).to.not.equal(kid);
    const { json } = await call(anew, 'GET', '/v1/keys', { as: 'ops' });
    expect(json.keys.find((key: { kid: string }) => key.kid === kid)).to.include({ state: 'revoked' });
  });

  it('stay revoked when the key file of an earlier time is put back while nothing runs', async () => {
    const deployment = await deployed({ issuer: 'https://backup.example.test' });
    const service = await running(deployment);
    const file = join(deployment.folder, 'keys.json');
    await copyFile(file, `${file}.backup`);
    const kid = await signingKid(service);
    const token = await mintToken(service);
    expect((await call(service, 'POST', `/v1/keys/${kid}/revoke`, { as: 'ops' })).status).to.equal(200);
    const revocations = async (at: ServiceProcess) =>
      (await call(at, 'GET', '/v1/events?type=key.revoked', { as: 'ops' })).json.events;
    await until(async () => (await revocations(service)).length === 1);
    await service.close();
    await copyFile(`${file}.backup`, file);
    const again = await running(deployment);
    expect(await signingKid(again)).to.not.equal(kid);
    expect((await redeemToken(again, await mintToken(again))).status).to.equal(200);
    expect((await redeemToken(again, token)).json.code).to.equal('token_revoked');
    await until(async () => {
      const by = (await revocations(again)).map(({ actor }: { actor: { kind: string } }) => actor.kind);
      return by.join() === 'operator,system';
    });
  });

  it('are known everywhere at once: a token of the key that has just taken over is refused nowhere', async () => {
    const deployment = await deployed({ issuer: 'https://at-once.example.test' });
    const [here, there] = await Promise.all([running(deployment), running(deployment)]);
    for (let round = 0; round < 4; round++) {
      // Nobody but the one that revokes has seen the key that signs then.
      const { json } = await call(here, 'GET', '/v1/keys', { as: 'ops' });
      for (const state of ['next', 'signing']) {
        const { kid } = json.keys.find((key: { state: string }) => key.state === state);
        expect((await call(here, 'POST', `/v1/keys/${kid}/revoke`, { as: 'ops' })).status).to.equal(200);
      }
      const tokens = await Promise.all(Array.from({ length: 5 }, () => mintToken(here)));
      for (const token of tokens) {
        const answer = await redeemToken(there, token);
        expect(answer.status, answer.text).to.equal(200);
      }
    }
    const stranger = 'A'.repeat(16);
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', kid: stranger, typ: 'cap+jwt' }));
    const token = (await mintToken(here)).replace(/^[^.]+/, header.toString('base64url'));
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeemToken(there, token)));
    for (const { json } of answers) expect(json.code).to.equal('token_invalid');
  });

  it('are seen by operators and changed by those who manage, and events say who did what', async () => {
    const deployment = await deployed({ issuer: 'https://office.example.test' });
    const service = await running(deployment);
    const status = async (as: string, method: string, path: string) =>
      (await call(service, method, path, { as })).status;
    for (const path of ['/v1/keys']) {
      expect(await status('ops', 'GET', path)).to.equal(200);
      expect(await status('viewer', 'GET', path)).to.equal(200);
      expect(await status('main', 'GET', path)).to.equal(403);
    }
    for (const path of ['/v1/keys/rotate', `/v1/keys/${await signingKid(service)}/revoke`]) {
      expect(await status('viewer', 'POST', path)).to.equal(403);
      expect(await status('main', 'POST', path)).to.equal(403);
    }
    expect(await status('ops', 'POST', '/v1/keys/stranger/revoke')).to.equal(404);
    const before = await signingKid(service);
    await call(service, 'POST', '/v1/keys/rotate', { as: 'ops' });
    await call(service, 'POST', `/v1/keys/${before}/revoke`, { as: 'ops' });
    const types = 'key.published,key.promoted,key.revoked';
    const told = async () =>
      (await call(service, 'GET', `/v1/events?type=${types}`, { as: 'viewer' })).json.events;
    await until(async () => (await told()).some(({ type }: { type: string }) => type === 'key.revoked'));
    const events = await told();
    expect(
      events.map(({ type, actor }: { type: string; actor: object }) => [type, actor]),
    ).to.deep.include.members([
      ['key.promoted', { kind: 'operator', id: 'ops' }],
      ['key.published', { kind: 'operator', id: 'ops' }],
      ['key.revoked', { kind: 'operator', id: 'ops' }],
    ]);
    const revoked = events.find(({ type }: { type: string }) => type === 'key.revoked');
    expect(revoked.token).to.deep.equal({ kid: before });
  });
});

async function metaKey(redis: RedisServer): Promise<string> {
  const keys = await redis.command('KEYS', '*:m');
  if (!Array.isArray(keys)) throw new TypeError('no keys');
  return String(keys[0]);
}
