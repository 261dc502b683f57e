import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { startCluster } from '../faults/support/cluster.ts';
import { attemptIn, leadIn, mintLink, NEW_ATTEMPT, pressButton, visit } from '../http/link-page.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { programFile } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';

const QUOTA = { count: 3, per: '10m' };

/** The rules of the user, and what is added for a Cluster. */
async function documentedRules(alsoCluster = false): Promise<readonly string[]> {
  const docs = await readFile(new URL('../../docs/redis.md', import.meta.url), 'utf8');
  const [, rules = ''] = /^ACL SETUSER matchstick (.+)$/m.exec(docs) ?? [];
  const [, more = ''] = /^\| a Cluster \| `(.+)`/m.exec(docs) ?? [];
  expect(rules).to.include('>change-me');
  expect(more).to.include('+asking');
  return [...rules.split(' '), ...(alsoCluster ? more.replaceAll('\\', '').split(' ') : [])];
}

describe('the Redis user that the documentation shows', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let deployment: Deployment;
  let service: ServiceProcess;

  before(async () => {
    redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    onClose(redis.close);
    await redis.command('ACL', 'SETUSER', 'matchstick', ...(await documentedRules()));
    const ledger = { redis: redis.url.replace('//', '//matchstick:change-me@') };
    const purposes = {
      plain: { audience: 'app', lifetime: '5m', uses: 5, limit: { count: 50, per: '1h' } },
      latest: { audience: 'app', lifetime: '5m', live: 1 },
      coded: { audience: 'app', lifetime: '5m', link: { code: true, then: 'https://app.example.test/in' } },
    };
    const all = Object.keys(purposes);
    const main = { mint: all, redeem: all, inspect: true, revoke: true, limit: { count: 500, per: '1h' } };
    const limits = { link: { count: 30, per: '1h' }, code: QUOTA, caller: QUOTA };
    deployment = await makeDeployment({ purposes, ledger, limits }, { main });
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
  });

  /** What was refused to anybody since the last time. */
  async function refusals(): Promise<unknown> {
    const log = await redis.command('ACL', 'LOG');
    await redis.command('ACL', 'LOG', 'RESET');
    return log;
  }

  async function matchstick(...args: readonly string[]) {
    const child = startChild(process.execPath, [programFile('assembly/command-line'), ...args], {
      env: { ...process.env, REDIS_URL: '', MATCHSTICK_CONFIG: deployment.configPath },
    });
    return { exitCode: await child.exited(), output: child.output() };
  }

  it('can do everything that the service does', async () => {
    const token = await mintToken(service, { purpose: 'plain', uses: 5 });
    expect((await redeemToken(service, token, { purpose: 'plain' })).status).to.equal(200);
    for (const end of ['commit', 'release']) {
      const body = { token, purpose: 'plain', hold: 60 };
      const { json } = await call(service, 'POST', '/v1/redemptions', { body });
      expect((await call(service, 'POST', `/v1/redemptions/${json.redemptionId}/${end}`)).status).to.equal(
        200,
      );
    }
    const older = await mintToken(service, { purpose: 'latest' });
    await mintToken(service, { purpose: 'latest' });
    const superseded = await redeemToken(service, older, { purpose: 'latest' });
    expect(superseded.json.code).to.equal('token_superseded');
    for (const body of [{ token }, { subject: 'user-42' }]) {
      expect((await call(service, 'POST', '/v1/revocations', { body })).status).to.equal(200);
    }
    const inspected = await call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
    expect(inspected.json.state).to.equal('revoked');
    const { path, code = '' } = await mintLink(service, { purpose: 'coded', subject: 'user-43' });
    const attempt = attemptIn(await visit(service, path));
    expect((await pressButton(service, path, { attempt, code: '12345x' })).status).to.equal(403);
    const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    expect((await pressButton(service, path, { attempt, code: wrong })).status).to.equal(403);
    const pressed = await pressButton(service, path, { attempt, code });
    const id = new URL(leadIn(pressed)).searchParams.get('redemption');
    expect((await call(service, 'POST', `/v1/redemptions/${id}/collect`)).status).to.equal(200);
    await visit(service, `/l/${NEW_ATTEMPT()}`);
    for (let calls = 0; calls < 5; calls++) await call(service, 'GET', '/v1/purposes', { as: null });
    expect((await call(service, 'GET', '/readyz')).json).to.deep.include({ ready: true, warnings: [] });
    expect(await refusals()).to.deep.equal([]);
  });

  it('can do everything that the commands do', async () => {
    const doctor = await matchstick('doctor');
    expect(doctor.output).to.include('This Redis can hold the ledger.').and.include('fsync always');
    expect(doctor.exitCode).to.equal(0);
    expect(await refusals()).to.deep.equal([]);
    const { output } = await matchstick('freeze', '--for', '1m');
    const [ticket = ''] = /matchstick thaw (\S+)/.exec(output)?.slice(1) ?? [];
    expect((await matchstick('thaw', ticket)).exitCode, output).to.equal(0);
    expect(await refusals()).to.deep.equal([]);
  });

  it('can do everything in another database, with +select', async () => {
    await redis.command('ACL', 'SETUSER', 'elsewhere', ...(await documentedRules()), '+select');
    const url = redis.url.replace('//', '//elsewhere:change-me@');
    const inDatabase = await makeDeployment({ ledger: { redis: { url, database: 7 } } });
    onClose(inDatabase.close);
    const serving = await startService(inDatabase);
    onClose(serving.close);
    expect((await redeemToken(serving, await mintToken(serving))).status).to.equal(200);
    expect(await redis.command('INFO', 'keyspace')).to.include('db7:keys=');
    expect(await matchstick('doctor', '--config', inDatabase.configPath)).to.deep.include({ exitCode: 0 });
    expect(await refusals()).to.deep.equal([]);
  });

  it('can do everything on a Cluster', async () => {
    const cluster = await startCluster({ replicas: false });
    onClose(cluster.close);
    const rules = await documentedRules(true);
    for (const { command } of cluster.servers) await command('ACL', 'SETUSER', 'matchstick', ...rules);
    const nodes = cluster.servers.map(({ port }) => `127.0.0.1:${port}`);
    const access = { username: 'matchstick', password: 'change-me' };
    const ofCluster = await makeDeployment({
      ledger: { redis: { cluster: nodes, ...access } },
      limits: { caller: QUOTA },
    });
    onClose(ofCluster.close);
    const onCluster = await startService(ofCluster);
    onClose(onCluster.close);
    for (let tokens = 0; tokens < 10; tokens++) {
      const token = await mintToken(onCluster, { subject: `user-${tokens}` });
      expect((await redeemToken(onCluster, token)).status).to.equal(200);
      await call(onCluster, 'POST', '/v1/tokens', { as: null });
    }
    expect((await call(onCluster, 'GET', '/readyz')).json).to.deep.include({ ready: true });
    expect(await matchstick('doctor', '--config', ofCluster.configPath)).to.deep.include({ exitCode: 0 });
    for (const { command } of cluster.servers) expect(await command('ACL', 'LOG')).to.deep.equal([]);
  });

  it('can do nothing else, and touch no other key', async () => {
    const dryRun = (...command: readonly string[]) =>
      redis.command('ACL', 'DRYRUN', 'matchstick', ...command).then(String, String);
    expect(await dryRun('GET', 'matchstick:x')).to.equal('OK');
    for (const command of [
      ['FLUSHALL'],
      ['GET', 'session:1'],
      ['KEYS', '*'],
      ['CONFIG', 'SET', 'maxmemory', '1'],
    ]) {
      expect(await dryRun(...command), command.join(' ')).to.match(/no permissions/);
    }
  });
});
