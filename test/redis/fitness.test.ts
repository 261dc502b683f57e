import { expect } from 'chai';
import { Redis } from 'ioredis';
import { examineRedis, type Finding } from '../../src/redis/fitness.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

describe('the fitness of a Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  async function examine(url = redis.url): Promise<(check: string) => Finding> {
    const client = new Redis(url, { lazyConnect: true });
    onTestEnd(() => client.disconnect());
    const findings = await examineRedis(client);
    return (check) => {
      const found = findings.find((finding) => finding.check === check);
      if (!found) throw new Error(`no finding about ${check}`);
      return found;
    };
  }

  it('is good where nothing is against it', async () => {
    const about = await examine();
    for (const check of ['version', 'role', 'identity', 'eviction'])
      expect(about(check).level).to.equal('good');
    expect(about('persistence').detail).to.include('no AOF');
  });

  for (const policy of ['allkeys-lru', 'allkeys-random', 'volatile-ttl', 'volatile-lfu']) {
    it(`has a warning, that says what to set, when the eviction policy is ${policy}`, async () => {
      await redis.command('CONFIG', 'SET', 'maxmemory-policy', policy);
      onTestEnd(() => redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction'));
      const finding = (await examine())('eviction');
      expect(finding.level).to.equal('warn');
      expect(finding.detail).to.include(policy).and.include('set noeviction');
    });
  }

  it('is refused where scripts may not see the identity', async () => {
    await redis.command('ACL', 'SETUSER', 'blind', 'on', '>pass', '~*', '+@all', '-info', '+info|server');
    await redis.command('ACL', 'SETUSER', 'blind', '+info');
    const weak = await startRedis();
    onTestEnd(weak.close);
    await weak.command('ACL', 'SETUSER', 'blind', 'on', '>pass', '~*', '+@all');
    await weak.command('ACL', 'SETUSER', 'blind', '-eval');
    const about = await examine(weak.url.replace('//', '//blind:pass@'));
    expect(about('identity').level).to.equal('refuse');
    expect(about('identity').detail).to.include('+info');
  });

  it('has a warning for replicas whose loss ends the epoch, and none when the backlog stays', async () => {
    const replica = await startRedis(['--replicaof', `127.0.0.1 ${redis.port}`]);
    onTestEnd(replica.close);
    while (!String(await redis.command('INFO', 'replication')).includes('state=online')) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect((await examine())('replicas').level).to.equal('warn');
    await redis.command('CONFIG', 'SET', 'repl-backlog-ttl', '0');
    expect((await examine())('replicas').level).to.equal('good');
    expect((await examine(replica.url))('role').level).to.equal('warn');
  });

  it('says how AOF is flushed, and works where no setting may be read', async () => {
    await redis.command('CONFIG', 'SET', 'appendonly', 'yes');
    onTestEnd(() => redis.command('CONFIG', 'SET', 'appendonly', 'no'));
    expect((await examine())('persistence').detail).to.include('AOF, fsync everysec');
    await redis.command('ACL', 'SETUSER', 'managed', 'on', '>pass', '~*', '+@all', '-config');
    const about = await examine(redis.url.replace('//', '//managed:pass@'));
    expect(about('persistence').detail).to.include('AOF, fsync unknown');
    expect(about('identity').level).to.equal('good');
  });
});
