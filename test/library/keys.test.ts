import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMatchstick } from '../../src/index.ts';
import { until } from '../faults/support/replication.ts';
import { loadKeyFile } from '../keys/load-key-file.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { startRedis } from '../support/redis-server.ts';
import { call, startService } from '../support/service.ts';

const ISSUER = 'https://library-keys.example.test';
const PURPOSES = { 'password-reset': { audience: 'https://app.example.test', lifetime: '15m' } } as const;

describe('keys of the library', function () {
  this.timeout(60_000);
  const onClose = cleanupAfter(after);

  it('are rotated and revoked by a service beside it, and the library follows without a restart', async () => {
    const redis = await startRedis();
    onClose(redis.close);
    const deployment = await makeDeployment(
      { issuer: ISSUER, ledger: { redis: redis.url } },
      { ...TEST_CALLERS, ops: { operator: true } },
    );
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    const library = await createMatchstick({
      issuer: ISSUER,
      purposes: PURPOSES,
      ledger: { redis: redis.url },
      keys: { file: join(deployment.folder, 'keys.json') },
    });
    onClose(() => library.close());
    const kidOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
    const mint = () => library.mint('password-reset', { subject: 'user-42' });
    const redeem = (token: string) => library.redeem(token, 'password-reset');

    const [first, second] = [await mint(), await mint()];
    const { jwks } = library;
    const rotated = await call(service, 'POST', '/v1/keys/rotate', { as: 'ops' });
    expect(rotated.json.rotated).to.equal(true);
    const signing = rotated.json.keys.find(({ state }: { state: string }) => state === 'signing').kid;
    await until(async () => library.jwks.keys.length === 3);
    expect(library.jwks).to.not.deep.equal(jwks);
    expect(kidOf((await mint()).token)).to.equal(signing);
    await redeem(first.token);

    const old = kidOf(second.token);
    const revoked = await call(service, 'POST', `/v1/keys/${old}/revoke`, { as: 'ops' });
    expect(revoked.status, revoked.text).to.equal(200);
    const failure: unknown = await redeem(second.token).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.include({ code: 'token_revoked' });
    await until(async () => library.jwks.keys.every(({ kid }) => kid !== old));
  });

  it('are left alone once it is closed, and given ones always', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-library-keys-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'keys.json');
    const open = (keys: object) => createMatchstick({ issuer: ISSUER, purposes: PURPOSES, keys });
    const closed = await open({ file });
    const before = closed.jwks;
    await closed.close();
    const given = await open({ jwks: JSON.parse(await readFile(file, 'utf8')), rotateEvery: '1h' });
    onClose(() => given.close());
    expect(given.jwks).to.deep.equal(before);
    expect((await given.readiness()).warnings.filter(({ part }) => part === 'keys')).to.deep.equal([]);
    const { mtimeMs } = await stat(file);
    const other = await loadKeyFile(file, 'ES256', Date.now());
    await other.rotate();
    expect((await stat(file)).mtimeMs).to.be.above(mtimeMs);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(closed.jwks).to.deep.equal(before);
    expect(given.jwks).to.deep.equal(before);
  });
});
