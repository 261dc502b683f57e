import { readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { until } from '../faults/support/replication.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { programFile } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, redeemToken, type ServiceProcess, startService } from '../support/service.ts';
import { CALLERS, PURPOSES, type SignedIn, send, signIn } from './desk.ts';

describe('the console of workers with their ledger in Redis', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;
  let ops: SignedIn;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    const deployment = await makeDeployment(
      { purposes: PURPOSES, ledger: { redis: redis.url }, workers: 2 },
      CALLERS,
    );
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(() => service.close());
    ops = await signIn(service);
  });

  const get = (path: string) =>
    call(service, 'GET', `/console${path}`, { as: null, headers: { Cookie: ops.cookie } });
  const post = (path: string, form: Record<string, string>) =>
    send(service, path, { headers: { Cookie: ops.cookie }, form: { form: ops.formToken, ...form } });
  const mint = async (subject: string, purpose = 'file-download', more = {}) =>
    (await call(service, 'POST', '/v1/tokens', { body: { purpose, subject, ...more } })).json;
  const says = (path: string, what: RegExp) => until(async () => what.test((await get(path)).text));

  it('tells of a link what became of it, whoever of them was asked', async () => {
    const link = await mint('kim', 'password-reset', { link: true });
    const found = await post('/console/search', { q: link.url });
    expect(found.headers.get('location')).to.equal(`/console/tokens/${link.jti}`);
    await fetch(`${service.url}/l/${link.url.slice(-22)}`);
    await says(`/tokens/${link.jti}`, /was opened, but nobody pressed the button/);
    await redeemToken(service, link.token);
    await redeemToken(service, link.token);
    await says(`/tokens/${link.jti}`, /The application main used it[\s\S]*Somebody tried it again once/);
  });

  it('calls nothing revoked that was made after its subject was, in the same second', async () => {
    const first = await mint('sue');
    await call(service, 'POST', '/v1/revocations', { body: { subject: 'sue' } });
    const second = await mint('sue');
    await says(`/tokens/${first.jti}`, /The application main revoked every token of the subject/);
    await says(`/tokens/${second.jti}`, /<p class="word">Works</);
    expect((await redeemToken(service, second.token, { purpose: 'file-download' })).status).to.equal(200);
    expect((await redeemToken(service, first.token, { purpose: 'file-download' })).status).to.equal(410);
  });

  it('says since when the ledger is frozen', async () => {
    const { configPath } = service.deployment;
    const matchstick = async (...args: readonly string[]) => {
      const child = startChild(process.execPath, [programFile('assembly/command-line'), ...args], {
        env: { ...process.env, REDIS_URL: '', MATCHSTICK_CONFIG: configPath },
      });
      expect(await child.exited()).to.equal(0);
      return child.output();
    };
    const { jti } = await mint('frieda');
    const [ticket = ''] = /^[0-9a-f]{32}/m.exec(await matchstick('freeze', '--for', '5m')) ?? [];
    const page = (await get('/service')).text;
    expect(page).to.match(
      /<p class="word">Frozen<.*Somebody froze the ledger for a planned restart at 20.* by 20/,
    );
    expect((await get(`/tokens/${jti}`)).text).to.match(/frozen for a planned restart/);
    await matchstick('thaw', ticket);
    await says('/service', /<p class="word">Ready</);
    await says(`/tokens/${jti}`, /<p class="word">Works</);
  });

  it('says that Redis is silent, on the page that exists for it, and where to look on all others', async () => {
    const { jti } = await mint('sid');
    redis.process().kill('SIGSTOP');
    for (const view of ['', '/activity', '/trouble', `/tokens/${jti}`]) {
      const { status, text } = await get(view);
      expect(status, view).to.equal(503);
      expect(text)
        .to.match(/Redis, which remembers.*did not answer/)
        .and.include('href="/console/service"');
    }
    expect((await get('/live')).status).to.equal(503);
    const { status, text } = await get('/service');
    expect([status, /<p class="word">([^<]+)</.exec(text)?.[1]]).to.deep.equal([200, 'Redis is silent']);
    expect(text).to.include('the console cannot see now what happened').and.include('Callers');
    const { ops: key = '' } = service.deployment.callerKeys;
    expect((await send(service, '/console/sign-in', { form: { key } })).status).to.equal(303);
    expect((await send(service, '/console/sign-in', { form: { key: `${key}x` } })).status).to.equal(403);
    redis.process().kill('SIGCONT');
    await says('/service', /<p class="word">Ready</);
    await says(`/tokens/${jti}`, /<p class="word">Works</);
  });

  it('says why tokens are void after Redis lost its memory', async () => {
    const { jti } = await mint('val');
    await redis.command('flushall');
    await mint('vera');
    await says(`/tokens/${jti}`, /<p class="word">Void<.*Redis was empty: it was flushed/);
  });

  it('ends the session of a caller that was disabled, with the restart', async () => {
    const { configPath, callerKeys } = service.deployment;
    const settings = await readFile(configPath, 'utf8');
    const disabled = settings.replace(/^( +)operator: manage$/m, '$&\n$1disabled: true');
    expect(disabled).to.not.equal(settings);
    await service.close();
    await writeFile(configPath, disabled);
    service = await startService(service.deployment);
    expect((await get('')).headers.get('location')).to.equal('/console/sign-in');
    const again = await send(service, '/console/sign-in', { form: { key: callerKeys.ops ?? '' } });
    expect([again.status, again.headers.get('set-cookie')]).to.deep.equal([403, null]);
    expect((await get('/live')).status).to.equal(401);
  });
});
