import { expect } from 'chai';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { programFile } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';

describe('the command line', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;
  let deployment: Deployment;
  let service: ServiceProcess;

  before(async () => {
    redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    onClose(redis.close);
    deployment = await makeDeployment({ ledger: { redis: redis.url } });
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
  });

  async function matchstick(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const child = startChild(process.execPath, [programFile('cli/matchstick'), ...args], {
      env: { ...process.env, REDIS_URL: '', MATCHSTICK_CONFIG: deployment.configPath, ...env },
    });
    return { exitCode: await child.exited(), output: child.output() };
  }

  it('doctor finds a fit Redis fit', async () => {
    const { exitCode, output } = await matchstick(['doctor']);
    expect(exitCode).to.equal(0);
    expect(output).to.match(/^good +version +is redis 7/m);
    expect(output).to.match(/^good +latency +[\d.]+ ms median/m);
    expect(output).to.include('This Redis can hold the ledger.');
  });

  it('doctor warns of an eviction policy, and so does readiness', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    onTestEnd(() => redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction'));
    const { exitCode, output } = await matchstick(['doctor']);
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
      ledger: { redis: redis.url.replace('//', '//blind:pass@'), timeoutMs: 500 },
    });
    onTestEnd(blind.close);
    const { exitCode, output } = await matchstick(['doctor', '--config', blind.configPath]);
    expect(exitCode).to.equal(1);
    expect(output).to.match(/^UNFIT +identity .*\+info/m);
    const refused = await startService(blind).then(
      () => 'it started',
      (error: Error) => error.message,
    );
    expect(refused).to.include('This Redis cannot hold the ledger');
  });

  it('seal and reopen carry a service and its tokens over a restart of Redis', async () => {
    const unused = await mintToken(service);
    const burned = await mintToken(service);
    await redeemToken(service, burned);
    const sealed = await matchstick(['seal', '--for', '60s']);
    expect(sealed.exitCode).to.equal(0);
    const ticket = /reopen (\S+)/.exec(sealed.output)?.[1] ?? '';
    expect((await redeemToken(service, unused)).json.code).to.equal('ledger_unavailable');
    redis.process().kill('SIGTERM');
    await redis.restart();
    const reopened = await matchstick(['reopen', ticket]);
    expect(reopened.exitCode, reopened.output).to.equal(0);
    expect((await redeemToken(service, unused)).status).to.equal(200);
    expect((await redeemToken(service, burned)).json.code).to.equal('token_burned');
    expect((await matchstick(['reopen', ticket])).exitCode).to.equal(1);
  });

  const mistakes: readonly [readonly string[], NodeJS.ProcessEnv, number, RegExp][] = [
    [['nonsense'], {}, 2, /There is no command nonsense/],
    [['doctor', 'extra'], {}, 2, /Too many arguments/],
    [['doctor', '--wrong'], {}, 2, /--wrong/],
    [['reopen'], {}, 2, /needs the ticket/],
    [['seal', '--for', '2d'], {}, 2, /--for takes 1s to 60m/],
    [[], {}, 2, /^Usage: matchstick/],
    [['--help'], {}, 0, /^Usage: matchstick/],
    [['doctor'], { MATCHSTICK_CONFIG: 'no-such-file.yaml' }, 1, /there is no such file/],
  ];
  for (const [args, env, exitCode, message] of mistakes) {
    it(`answers "matchstick ${args.join(' ')}" ${JSON.stringify(env)} with exit code ${exitCode} and the reason`, async () => {
      const answer = await matchstick(args, env);
      expect(answer.exitCode).to.equal(exitCode);
      expect(answer.output).to.match(message);
    });
  }

  it('says that nothing answers where no Redis is', async () => {
    const nowhere = await makeDeployment({ ledger: { redis: 'redis://127.0.0.1:1', timeoutMs: 300 } });
    onTestEnd(nowhere.close);
    const { exitCode, output } = await matchstick(['doctor', '--config', nowhere.configPath]);
    expect(exitCode).to.equal(1);
    expect(output).to.match(/Redis gave no answer: .*ECONNREFUSED/);
  });

  it('says that there is nothing to look at when the ledger is in memory', async () => {
    const memory = await makeDeployment();
    onTestEnd(memory.close);
    const { exitCode, output } = await matchstick(['doctor', '--config', memory.configPath]);
    expect(exitCode).to.equal(2);
    expect(output).to.include('the ledger is in memory');
  });
});
