import { expect } from 'chai';
import { Redis } from 'ioredis';
import type { LedgerClient } from '../../src/redis/client.ts';
import { examineRedis, type Finding } from '../../src/redis/fitness.ts';
import { examineSettings } from '../../src/redis/server-settings.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { testedEngine } from '../support/engine.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';
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
    const findings = await examineRedis(client, TEST_LEDGER);
    return (check) => {
      const found = findings.find((finding) => finding.check === check);
      if (!found) throw new Error(`no finding about ${check}`);
      return found;
    };
  }

  it('is good where nothing is against it', async () => {
    const about = await examine();
    for (const check of ['role', 'identity', 'eviction']) expect(about(check).level).to.equal('good');
    expect(about('persistence').detail).to.include('no AOF');
  });

  it('names the engine and its own version', async () => {
    const { name, version } = testedEngine();
    const { level, detail } = (await examine())('version');
    expect(detail.split(',')[0]).to.equal(`is ${name} ${version}`);
    expect(level).to.be.oneOf(['good', 'note']);
  });

  const versions: readonly [string, Finding['level'], RegExp][] = [
    ['redis_version:7.0.15', 'good', /^is Redis 7\.0\.15$/],
    ['redis_version:7.4.1', 'good', /^is Redis 7\.4\.1$/],
    ['redis_version:8.2.3', 'good', /^is Redis 8\.2\.3$/],
    ['redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1', 'good', /^is Valkey 8\.0\.1$/],
    ['redis_version:7.3.4', 'note', /^is Redis 7\.3\.4, .*not tried/],
    [
      'redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:7.2.5',
      'note',
      /^is Valkey 7\.2\.5, .*not tried/,
    ],
    [
      'redis_version:7.4.0\r\ndragonfly_version:df-v1.30.0',
      'warn',
      /^is Dragonfly df-v1\.30\.0, .*not tried/,
    ],
    ['redis_version:7.9.224', 'note', /^is Redis 7\.9\.224, .*not tried/],
    ['redis_version:70.0.0', 'note', /not tried/],
    ['redis_version:9.0.0', 'note', /not tried/],
    ['redis_version:6.2.14', 'refuse', /^is Redis 6\.2\.14; the ledger needs Redis 7\.0 or newer$/],
  ];
  for (const [info, level, detail] of versions) {
    it(`has ${level} to say of ${info.replaceAll('\r\n', ' ')}`, async () => {
      const server = {
        isCluster: false,
        info: async () => info,
        config: async () => [],
        eval: async (script: string) => (/acl_check_cmd/.test(script) ? [] : /'XX'/.test(script) ? 'OK' : 1),
      };
      const findings = await examineRedis(server as unknown as LedgerClient, TEST_LEDGER);
      const found = findings.find(({ check }) => check === 'version');
      expect(found?.level).to.equal(level);
      expect(found?.detail).to.match(detail);
    });
  }

  for (const policy of ['allkeys-lru', 'allkeys-random', 'volatile-ttl', 'volatile-lfu']) {
    it(`has a warning, that says what to set, when the eviction policy is ${policy}`, async () => {
      await redis.command('CONFIG', 'SET', 'maxmemory-policy', policy);
      onTestEnd(() => redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction'));
      const finding = (await examine())('eviction');
      expect(finding.level).to.equal('warn');
      expect(finding.detail).to.include(policy).and.include('set noeviction');
    });
  }

  for (const [rule, needed] of [
    ['-eval', '+eval'],
    ['-info', '+info'],
  ] as const) {
    it(`is refused, with what the user needs, where the user's rule is ${rule}`, async () => {
      await redis.command('ACL', 'SETUSER', 'blind', 'reset', 'on', '>pass', '~*', '+@all', rule);
      const { level, detail } = (await examine(redis.url.replace('//', '//blind:pass@')))('identity');
      expect(level).to.equal('refuse');
      expect(detail).to.include(`the user lacks ${needed},`);
    });
  }

  const judged: readonly [Readonly<Record<string, string>>, string, Finding['level'], RegExp][] = [
    [
      { 'hash-max-listpack-entries': '512', 'hash-max-listpack-value': '64' },
      'hashes',
      'good',
      /512 fields of up to 64/,
    ],
    [{ 'hash-max-ziplist-entries': '128' }, 'hashes', 'good', /up to 128 fields/],
    [
      { 'hash-max-listpack-entries': '100000' },
      'hashes',
      'warn',
      /set hash-max-listpack-entries to 512 or less/,
    ],
    [{ save: '3600 1', 'stop-writes-on-bgsave-error': 'yes' }, 'persistence', 'note', /While a save fails/],
    [{ 'cluster-allow-reads-when-down': 'yes' }, 'down reads', 'note', /cut off/],
    [{ 'min-replicas-to-write': '2' }, 'replicas', 'good', /^1; with fewer than 2 nothing is minted/],
    [{ 'repl-backlog-ttl': '3600' }, 'replicas', 'warn', /set 0$/],
    [{ maxmemory: '0' }, 'eviction', 'good', /there is no maxmemory/],
  ];
  for (const [settings, check, level, detail] of judged) {
    it(`judges ${JSON.stringify(settings)}`, () => {
      const facts = new Map([
        ['connected_slaves', '1'],
        ['maxmemory_policy', 'noeviction'],
      ]);
      const found = examineSettings(facts, new Map(Object.entries(settings))).find(
        (each) => each.check === check,
      );
      expect(found?.level).to.equal(level);
      expect(found?.detail).to.match(detail);
    });
  }

  it('notes, whatever the backlog, that there is no replica: attaching the first one voids tokens', async () => {
    for (const ttl of ['3600', '0']) {
      await redis.command('CONFIG', 'SET', 'repl-backlog-ttl', ttl);
      const { level, detail } = (await examine())('replicas');
      expect(level, ttl).to.equal('note');
      expect(detail).to.include('before use');
    }
    await redis.command('CONFIG', 'SET', 'repl-backlog-ttl', '3600');
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
    const { level, detail, mayPass } = (await examine(replica.url))('role');
    expect([level, mayPass]).to.deep.equal(['refuse', true]);
    expect(detail).to.match(/^is a replica: .*set ledger\.redis to its master$/);
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
