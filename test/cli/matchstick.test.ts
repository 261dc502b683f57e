import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { runCommand } from '../../src/cli/run.ts';
import { expectProblem } from '../http/expect-answer.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { nextTimes, startReplyProxy, THAW } from '../support/reply-proxy.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';
import { firstOf } from '../support/soak.ts';
import { type RunOptions, runMatchstick } from './run-matchstick.ts';
import { UNREACHED } from './unreached.ts';

const SCRIPT = /\r\neval(sha)?\r\n/;

describe('the command line', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;
  let deployment: Deployment;
  let service: ServiceProcess;

  before(async () => {
    redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    onClose(redis.close);
    deployment = await makeDeployment({ ledger: { redis: redis.url, timeoutMs: 5000 } });
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
  });

  /** In a process of its own: in this one, the parts that a command loads when it needs them would be there twice. */
  const matchstick = (args: readonly string[]) => run(args, { asProcess: true });

  async function run(args: readonly string[], { env = {}, ...options }: RunOptions = {}) {
    const { code, output } = await runMatchstick(args, {
      ...options,
      env: { MATCHSTICK_CONFIG: deployment.configPath, ...env },
    });
    return { exitCode: code, output };
  }

  it('doctor finds a fit Redis fit', async () => {
    const { exitCode, output } = await matchstick(['doctor']);
    expect(exitCode).to.equal(0);
    expect(output).to.match(/^(good|note) +version +is (Redis|Valkey) \d/m);
    expect(output).to.match(/^good +latency +[\d.]+ ms median/m);
    expect(output).to.include('This Redis can hold the ledger.');
  });

  it('doctor warns of an eviction policy, and so does readiness', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    onTestEnd(() => redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction'));
    const { exitCode, output } = await run(['doctor']);
    expect(exitCode).to.equal(0);
    expect(output).to.match(/^WARN +eviction .*set noeviction/m);
    const other = await startService(deployment);
    onTestEnd(other.close);
    const readiness = await call(other, 'GET', '/readyz');
    expect(readiness.status).to.equal(200);
    expect(readiness.json.warnings[0]).to.include({ part: 'ledger', code: 'eviction' });
  });

  it('doctor calls a Redis unfit whose identity is hidden, and the service does not start on it', async () => {
    await redis.command('ACL', 'SETUSER', 'blind', 'on', '>pass', '~*', '+@all', '-info');
    const blind = await makeDeployment({
      ledger: { redis: redis.url.replace('//', '//blind:pass@'), timeoutMs: 3000 },
    });
    onTestEnd(blind.close);
    const { exitCode, output } = await matchstick(['doctor', '--config', blind.configPath]);
    expect(exitCode, output).to.equal(1);
    expect(output).to.match(/^UNFIT +connection .*\+info/m);
    const refused = await startService(blind).then(
      () => 'it started',
      (error: Error) => error.message,
    );
    expect(refused).to.include('This Redis cannot hold the ledger');
  });

  for (const [freeze, thaw] of firstOf([
    ['seal', 'reopen'],
    ['freeze', 'thaw'],
  ] as const)) {
    it(`${freeze} and ${thaw} carry a service and its tokens over a restart of Redis`, async () => {
      const unused = await mintToken(service);
      const burned = await mintToken(service);
      await redeemToken(service, burned);
      const frozen = await matchstick([freeze, '--for', '30m']);
      expect(frozen.exitCode).to.equal(0);
      const ticket = /matchstick thaw (\S+)/.exec(frozen.output)?.[1] ?? '';
      for (const refused of [
        await redeemToken(service, unused),
        await call(service, 'POST', '/v1/tokens', { body: { purpose: 'password-reset', subject: 'u' } }),
      ]) {
        expectProblem(refused, 'ledger_unavailable', {
          detail:
            /^The ledger is frozen for a planned restart, since 20\S+Z and until 20\S+Z at the latest\. Try again when/,
        });
        expect(refused.headers.get('retry-after')).to.equal('5');
      }
      const examined = await matchstick(['doctor']);
      expect(examined.output).to.match(
        /^WARN +freeze +The ledger is frozen for a planned restart, since 20\S+Z and until 20\S+Z at the latest\./m,
      );
      const started = await startService(deployment);
      onTestEnd(started.close);
      expect(started.process.output()).to.match(
        /which answers\. The ledger is frozen .* since 20\S+Z and until/,
      );
      const another = await matchstick(['freeze', '--for', '30m']);
      expect(another.exitCode).to.equal(1);
      expect(another.output).to.match(
        /Shards 0, 1, 2, 3 stay frozen under another ticket, since 20\S+Z and until 20\S+Z/,
      );
      redis.process().kill('SIGTERM');
      await redis.restart();
      const thawed = await matchstick([thaw, ticket]);
      expect(thawed.exitCode, thawed.output).to.equal(0);
      expect(thawed.output.match(/^shard \d {2}thawed: /gm)).to.have.length(4);
      expect((await redeemToken(service, unused)).status).to.equal(200);
      expect((await redeemToken(service, burned)).json.code).to.equal('token_burned');
      const again = await matchstick([thaw, ticket]);
      expect(again.exitCode).to.equal(1);
      expect(again.output.match(/^shard \d {2}not thawed: it was not frozen\. /gm)).to.have.length(4);
    });
  }

  it('thaw says what a person must check where the answer was lost, and exits with 75', async () => {
    const proxy = await startReplyProxy(redis.port);
    onTestEnd(proxy.close);
    const proxied = await makeDeployment({ ledger: { redis: proxy.url, timeoutMs: 5000 } });
    onTestEnd(proxied.close);
    const config = ['--config', proxied.configPath];
    const [ticket = ''] = /^\w{32}/.exec((await matchstick(['freeze', ...config])).output) ?? [];
    proxy.decide(nextTimes(1, THAW, 'cut'));
    const lost = await matchstick(['thaw', ticket, ...config]);
    expect(lost.exitCode).to.equal(75);
    const server = String(await redis.command('INFO', 'server'));
    const replication = String(await redis.command('INFO', 'replication'));
    const at = `${/run_id:(\w+)/.exec(server)?.[1]}.${/master_replid:(\w+)/.exec(replication)?.[1]}`;
    for (const said of [
      'shard 0  UNKNOWN: it was asked, and the answer was lost',
      'shard 3  thawed: its outstanding tokens go on',
      `matchstick thaw ${ticket} --shards 0 --at ${at} --config ${proxied.configPath}`,
      'Do not thaw that one',
    ]) {
      expect(lost.output).to.include(said);
    }
    const elsewhere = `${'0'.repeat(40)}.${'0'.repeat(40)}`;
    const other = await matchstick(['thaw', ticket, '--shards', '0', '--at', elsewhere, ...config]);
    expect(other.exitCode).to.equal(1);
    expect(other.output).to.match(/^shard 0 {2}not thawed, nothing was changed: another server/);
    const again = await matchstick(['thaw', ticket, '--shards', '0', '--at', at, ...config]);
    expect(again.exitCode).to.equal(1);
    expect(again.output).to.match(/^shard 0 {2}not thawed: it was not frozen\. [^\n]*\n$/);
  });

  it('freeze says how to undo what it may have done, and exits with 75', async () => {
    const proxy = await startReplyProxy(redis.port);
    onTestEnd(proxy.close);
    const proxied = await makeDeployment({ ledger: { redis: proxy.url, timeoutMs: 2000 } });
    onTestEnd(proxied.close);
    proxy.decide((request) => (SCRIPT.test(request) ? 'cut' : 'pass'));
    const lost = await matchstick(['freeze', '--config', proxied.configPath]);
    expect(lost.exitCode, lost.output).to.equal(75);
    const [, ticket = ''] = /^(\w{32})$/m.exec(lost.output) ?? [];
    const undo = `matchstick thaw ${ticket} --config ${proxied.configPath}`;
    expect(lost.output).to.include(`Some shards may be frozen now. To undo it: ${undo}\n`);
    const undone = await matchstick(['thaw', ticket, '--json']);
    const [report = ''] = undone.output.split('\n');
    expect(JSON.parse(report)).to.have.property('notFrozen').that.includes.members([1, 2, 3]);
    expect(JSON.parse(report).error.code).to.equal('not_thawed');
  });

  const mistakes: readonly [readonly string[], NodeJS.ProcessEnv, number, RegExp][] = [
    [['nonsense'], {}, 2, /There is no command nonsense/],
    [['thaw', 'x', '--shards', '4'], {}, 2, /--shards takes numbers from 0 to 3/],
    [['thaw', 'x', '--shards', '0,'], {}, 2, /--shards takes numbers from 0 to 3/],
    [[], {}, 2, /^Usage: matchstick/],
    [['--help'], {}, 0, /^Usage: matchstick/],
    [['doctor'], { MATCHSTICK_CONFIG: 'no-such-file.yaml' }, 3, /there is no such file/],
  ];
  for (const [args, env, exitCode, message] of mistakes) {
    it(`answers "matchstick ${args.join(' ')}" ${JSON.stringify(env)} with exit code ${exitCode} and the reason`, async () => {
      const answer = await run(args, { env });
      expect(answer.exitCode).to.equal(exitCode);
      expect(answer.output).to.match(message);
    });
  }

  const misuses: readonly [readonly string[], RegExp][] = [
    [['constructor'], /There is no command constructor/],
    [['doctor', 'extra'], /Too many arguments/],
    [['doctor', '--wrong'], /--wrong/],
    [['thaw'], /Missing required argument 'ticket'/],
    [['thaw', 'x', '--at', 'there'], /--at takes what thaw printed/],
    [['freeze', '--for', '2d'], /--for takes 1s to 60m/],
  ];
  for (const [args, message] of misuses) {
    it(`refuses "matchstick ${args.join(' ')}" as a wrong use, with the reason, and looks at no configuration`, async () => {
      let said = '';
      const exitCode = await runCommand(args, {
        ...UNREACHED,
        nowMs: Date.now,
        randomBytes,
        stderr: (text) => {
          said += text;
        },
      });
      expect(exitCode).to.equal(2);
      expect(said).to.match(message);
    });
  }

  it('says that nothing answers where no Redis is', async () => {
    const nowhere = await makeDeployment({ ledger: { redis: 'redis://127.0.0.1:1', timeoutMs: 3000 } });
    onTestEnd(nowhere.close);
    const { exitCode, output } = await run(['doctor', '--config', nowhere.configPath]);
    expect(exitCode).to.equal(4);
    expect(output).to.match(/Redis gave no answer: .*ECONNREFUSED/);
  });

  it('says that Redis refuses, and does not call that no answer', async () => {
    const unknown = await makeDeployment({
      ledger: { redis: redis.url.replace('//', '//nobody:pass@'), timeoutMs: 3000 },
    });
    onTestEnd(unknown.close);
    for (const verb of ['freeze', 'serve']) {
      const { exitCode, output } = await matchstick([verb, '--config', unknown.configPath]);
      expect(exitCode, verb).to.equal(1);
      expect(output).to.match(/it refuses the user name or the password/);
      expect(output).to.not.match(/gave no answer/);
    }
  });

  it('says that there is nothing to look at when the ledger is in memory', async () => {
    const memory = await makeDeployment();
    onTestEnd(memory.close);
    const { exitCode, output } = await run(['doctor', '--config', memory.configPath]);
    expect(exitCode).to.equal(2);
    expect(output).to.include('the ledger is in memory');
  });
});
