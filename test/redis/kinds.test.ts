import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Cluster } from 'ioredis';
import { connectLedger, type LedgerConnection } from '../../src/redis/connection.ts';
import { examineRedis } from '../../src/redis/fitness.ts';
import type { RedisTarget } from '../../src/redis/target.ts';
import { type ClusterTopology, startCluster } from '../faults/support/cluster.ts';
import { until } from '../faults/support/replication.ts';
import { type Certificates, makeCertificates, tlsArguments } from '../support/certificates.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';
import { freePort, type RedisServer, startRedis, startServer } from '../support/redis-server.ts';

const USER = ['on', '~*', '+@all'];

describe('Redis as people have it', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let certificates: Certificates;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'matchstick-kinds-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    // For no address: whoever does not connect by the name is refused.
    certificates = await makeCertificates('DNS:localhost');
    onClose(certificates.close);
  });

  function connect(target: RedisTarget, timeoutMs = 5000): LedgerConnection & { readonly told: string[] } {
    const told: string[] = [];
    const connection = connectLedger(target, {
      timeoutMs,
      monotonicMs: () => performance.now(),
      report: (now) => told.push(now.here ? 'here' : now.reason),
    });
    onTestEnd(() => connection.close());
    return { ...connection, told };
  }

  /** 'fit', or why not. */
  async function fitnessOf(connection: LedgerConnection): Promise<string> {
    try {
      const findings = await connection.answer((client) => examineRedis(client, TEST_LEDGER));
      const refused = findings.filter(({ level }) => level === 'refuse');
      return refused.length === 0 ? 'fit' : refused.map(({ detail }) => detail).join('\n');
    } catch (error) {
      return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    }
  }

  const writes = (connection: LedgerConnection, key: string) =>
    connection.answer((client) => client.eval("return redis.call('SET', KEYS[1], 1)", 1, key));

  it('is a unix socket, with a user, and another database than 0', async () => {
    const path = join(folder, 'redis.sock');
    const redis = await startRedis(['--unixsocket', path]);
    onTestEnd(redis.close);
    await redis.command('ACL', 'SETUSER', 'socket', ...USER, '>se/cr@et');
    const access = { username: 'socket', password: 'se/cr@et' };
    const connection = connect({ url: `unix://${path}`, database: 3, ...access });
    expect(await fitnessOf(connection)).to.equal('fit');
    await writes(connection, 'test:x');
    expect(await redis.command('INFO', 'keyspace')).to.match(/db3:keys=1/);
    expect(await redis.command('INFO', 'keyspace')).to.not.include('db0');
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await writes(connection, 'test:y');
    expect(await redis.command('INFO', 'keyspace')).to.match(/db3:keys=2/);
  });

  it('is never used in database 0 in place of another, at first and after a reconnection', async () => {
    const redis = await startRedis();
    onTestEnd(redis.close);
    const none = connect({ url: `${redis.url}/99` }, 1000);
    expect(await fitnessOf(none)).to.match(/^it cannot select database 99 \(ERR DB index is out of range\)/);
    await redis.command('ACL', 'SETUSER', 'selects', ...USER, '>pass');
    const connection = connect({ url: redis.url, database: 5, username: 'selects', password: 'pass' }, 1000);
    expect(await fitnessOf(connection)).to.equal('fit');
    await redis.command('ACL', 'SETUSER', 'selects', '-select');
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(async () => connection.told.some((reason) => /add \+select/.test(reason)));
    await writes(connection, 'test:x').catch(() => {});
    expect(await redis.command('DBSIZE')).to.equal(0);
    await redis.command('ACL', 'SETUSER', 'selects', '+select');
    await until(async () => connection.told.at(-1) === 'here');
    expect(await fitnessOf(connection)).to.equal('fit');
  });

  it('speaks TLS, and asks for a certificate: from files or from text', async () => {
    const port = await freePort();
    const redis = await startRedis(tlsArguments(certificates, port, 'yes'));
    onTestEnd(redis.close);
    const { ca, cert, key } = certificates;
    const url = `rediss://localhost:${port}`;
    expect(await fitnessOf(connect({ url, tls: { ca, cert, key } }))).to.equal('fit');
    const [caText, certText, keyText] = await Promise.all(
      [ca, cert, key].map((file) => readFile(file, 'utf8')),
    );
    const tls = { ca: caText, cert: certText, key: keyText };
    expect(await fitnessOf(connect({ url, tls }))).to.equal('fit');
    const byAddress = { url: `rediss://127.0.0.1:${port}`, tls: { ...tls, servername: 'localhost' } };
    expect(await fitnessOf(connect(byAddress))).to.equal('fit');
    expect(await fitnessOf(connect({ url, tls: { ca } }, 1000))).to.match(
      /^it requires a client certificate/,
    );
    expect(await fitnessOf(connect({ ...byAddress, tls }, 1000))).to.match(
      /^its certificate is for another name/,
    );
  });

  it('is left when it is a replica, and that is told, not that it closed the connection', async () => {
    const redis = await startRedis();
    onTestEnd(redis.close);
    const connection = connect({ url: redis.url }, 1000);
    await writes(connection, 'test:x');
    await redis.command('REPLICAOF', '127.0.0.1', '1');
    await writes(connection, 'test:y').catch(() => {});
    expect(connection.told.slice(0, 2)).to.deep.equal([
      'here',
      'it is a replica, which takes no writes (READONLY)',
    ]);
  });

  it('changes its password, which is read from its file at every connection', async () => {
    const redis = await startRedis();
    onTestEnd(redis.close);
    const passwordFile = join(folder, 'password');
    await redis.command('ACL', 'SETUSER', 'rotated', ...USER, '>first');
    await writeFile(passwordFile, 'first\n');
    const connection = connect({ url: redis.url, username: 'rotated', passwordFile });
    expect(await fitnessOf(connection)).to.equal('fit');
    await redis.command('ACL', 'SETUSER', 'rotated', 'resetpass', '>second');
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(async () => connection.told.some((reason) => reason.includes('WRONGPASS')));
    await writeFile(passwordFile, 'second');
    await until(async () => connection.told.at(-1) === 'here');
    expect(await fitnessOf(connection)).to.equal('fit');
    await rm(passwordFile);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
    expect(await fitnessOf(connection)).to.equal('fit');
    expect(connection.told.join()).to.not.match(/first|second/);
  });

  describe('behind a Sentinel with a password and TLS', () => {
    let redis: RedisServer;
    let sentinels: { host: string; port: number }[];

    before(async () => {
      const [port, tlsPort] = [await freePort(), await freePort()];
      redis = await startRedis([...tlsArguments(certificates, tlsPort), '--tls-replication', 'yes']);
      onClose(redis.close);
      await redis.command('ACL', 'SETUSER', 'ledger', ...USER, '>data');
      const { ca, cert, key } = certificates;
      const docs = await readFile(new URL('../../docs/redis.md', import.meta.url), 'utf8');
      const [, rules = ''] =
        /a Sentinel, at the Sentinels \| .*`ACL SETUSER matchstick ([^`]+)`/.exec(docs) ?? [];
      const file = join(folder, 'sentinel.conf');
      const lines = [
        ...[`port 0`, `tls-port ${port}`, 'bind 127.0.0.1', `dir ${folder}`],
        ...[`tls-ca-cert-file ${ca}`, `tls-cert-file ${cert}`, `tls-key-file ${key}`, 'tls-auth-clients no'],
        ...['tls-replication yes', 'sentinel resolve-hostnames yes', 'sentinel announce-hostnames yes'],
        ...[`sentinel monitor main localhost ${tlsPort} 1`, 'sentinel down-after-milliseconds main 5000'],
        ...[
          'requirepass owner',
          `user matchstick ${rules.replaceAll('\\|', '|').replace('change-me', 'watch')}`,
          '',
        ],
      ];
      await writeFile(file, lines.join('\n'));
      const sentinel = await startServer([file, '--sentinel'], /\+monitor master/);
      onClose(async () => {
        sentinel.kill('SIGKILL');
        await sentinel.exited();
      });
      sentinels = [{ host: 'localhost', port }];
    });

    it('is found, by the user at the Sentinels that the documentation shows, and left for another', async () => {
      const tls = { ca: certificates.ca };
      const right = {
        ...{ sentinels, name: 'main', username: 'ledger', password: 'data', tls, sentinelTls: tls },
        ...{ sentinelUsername: 'matchstick', sentinelPassword: 'watch' },
      };
      expect(await fitnessOf(connect(right))).to.equal('fit');
      const wrong: readonly [Partial<typeof right>, RegExp][] = [
        [
          { sentinelPassword: 'no' },
          /the Sentinels refuse the password \(WRONGPASS\)|the Sentinel at .*: it refuses the/,
        ],
        [{ name: 'other' }, /^no Sentinel knows the master: set ledger\.redis\.name/],
        [{ password: 'no' }, /^it refuses the user name or the password \(WRONGPASS\)$/],
        [
          { sentinelTls: { ca: (await otherAuthority()).ca } },
          /^the Sentinel at localhost:\d+: its certificate is from an unknown authority .*sentinelTls\.ca$/,
        ],
      ];
      for (const [difference, reason] of wrong) {
        expect(await fitnessOf(connect({ ...right, ...difference }, 1000))).to.match(reason);
      }
      const { sentinelTls: _, ...plain } = right;
      expect(await fitnessOf(connect(plain, 1000))).to.match(
        /^the Sentinel at .*: it (closes the connection|speaks TLS)/,
      );
      const url = `rediss://:owner@localhost:${sentinels[0]?.port}`;
      expect(await fitnessOf(connect({ url, tls }, 1000))).to.match(
        /^it is a Sentinel: set ledger\.redis: \{sentinels/,
      );
    });

    it('writes nothing to the console when a Sentinel is not there', async () => {
      const written: unknown[] = [];
      const { error, warn } = console;
      console.error = console.warn = (...args: unknown[]) => written.push(args);
      onTestEnd(() => Object.assign(console, { error, warn }));
      const tls = { ca: certificates.ca };
      const gone = { host: 'localhost', port: await freePort() };
      const connection = connect({
        ...{ sentinels: [...sentinels, gone], name: 'main', username: 'ledger', password: 'data', tls },
        ...{ sentinelTls: tls, sentinelPassword: 'owner' },
      });
      expect(await fitnessOf(connection)).to.equal('fit');
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(written).to.deep.equal([]);
    });
  });

  async function otherAuthority(): Promise<Certificates> {
    const others = await makeCertificates();
    onTestEnd(others.close);
    return others;
  }

  describe('as a Cluster with TLS whose nodes announce host names', () => {
    let cluster: ClusterTopology;

    before(async () => {
      cluster = await startCluster({
        replicas: false,
        start: async (args) => {
          const port = await freePort();
          const announced = [
            '--cluster-announce-hostname',
            'localhost',
            '--cluster-preferred-endpoint-type',
            'hostname',
          ];
          const tls = [...tlsArguments(certificates, port), '--tls-cluster', 'yes', ...announced];
          return { ...(await startRedis([...args, ...tls])), port };
        },
      });
      onClose(cluster.close);
      await each('ACL', 'SETUSER', 'ledger', ...USER, '>first');
    });

    const each = (...[name = '', ...args]: readonly string[]) =>
      Promise.all(cluster.servers.map(({ command }) => command(name, ...args)));
    const nodes = () => cluster.servers.map(({ port }) => ({ host: 'localhost', port }));

    it('is reached by these names, and its password may change', async () => {
      const passwordFile = join(folder, 'cluster-password');
      await writeFile(passwordFile, 'first\n');
      const tls = { ca: certificates.ca };
      const connection = connect({ cluster: nodes().slice(0, 1), username: 'ledger', passwordFile, tls });
      expect(await fitnessOf(connection)).to.equal('fit');
      for (const shard of [0, 1, 2, 3]) expect(await writes(connection, `test:{${shard}}:x`)).to.equal('OK');
      await each('ACL', 'SETUSER', 'ledger', 'resetpass', '>second');
      await each('CLIENT', 'KILL', 'TYPE', 'normal');
      await until(async () => connection.told.some((reason) => reason.includes('WRONGPASS')));
      await writeFile(passwordFile, 'second\n');
      await until(async () => connection.told.at(-1) === 'here');
      expect(await fitnessOf(connection)).to.equal('fit');
    });

    it('gets a new password also on connections that are made later, while others go on', async () => {
      const passwordFile = join(folder, 'turned-password');
      await writeFile(passwordFile, 'first\n');
      await each('ACL', 'SETUSER', 'turned', ...USER, '>first');
      const access = { username: 'turned', passwordFile, tls: { ca: certificates.ca } };
      const connection = connect({ cluster: nodes(), ...access });
      await until(async () => connection.told.includes('here'));
      await writeFile(passwordFile, 'second\n');
      await each('ACL', 'SETUSER', 'turned', 'resetpass', '>second');
      for (const shard of [0, 1, 2, 3]) expect(await writes(connection, `test:{${shard}}:x`)).to.equal('OK');
      const { redis } = connection;
      if (!(redis instanceof Cluster)) throw new Error('it is no Cluster');
      const refused = await new Promise((resolve) => redis.refreshSlotsCache(resolve));
      expect(refused).to.equal(undefined);
      expect(connection.told).to.deep.equal(['here']);
    });

    it('tells why it is not reached: the last node that was asked says so', async () => {
      const tls = { ca: certificates.ca };
      const access = { username: 'ledger', password: 'second', tls };
      const [{ port } = { port: 0 }] = nodes();
      const wrong: readonly [RedisTarget, RegExp][] = [
        [
          { cluster: nodes(), ...access, password: 'no' },
          /^it refuses the user name or the password \(WRONGPASS\)$/,
        ],
        [
          { cluster: [{ host: '127.0.0.1', port }], ...access },
          /^its certificate is for another name: .*127\.0\.0\.1/,
        ],
        [{ cluster: nodes(), ...access, tls: true }, /^its certificate is from an unknown authority/],
        [
          { cluster: [{ host: 'nowhere.invalid', port }], ...access },
          /(ENOTFOUND|EAI_AGAIN) nowhere\.invalid$/,
        ],
        [
          { url: `rediss://ledger:second@localhost:${port}`, tls },
          /^it is a node of a Redis Cluster: set ledger\.redis/,
        ],
      ];
      for (const [target, reason] of wrong) expect(await fitnessOf(connect(target, 1000))).to.match(reason);
    });

    it('is reached where its names lead, by natMap', async () => {
      await each('CONFIG', 'SET', 'cluster-announce-hostname', 'redis.invalid');
      onTestEnd(() => each('CONFIG', 'SET', 'cluster-announce-hostname', 'localhost'));
      const natMap = Object.fromEntries(nodes().map((node) => [`redis.invalid:${node.port}`, node]));
      await until(async () => {
        const slots = await Promise.all(cluster.servers.map(({ command }) => command('CLUSTER', 'NODES')));
        return slots.every((text) => String(text).split('redis.invalid').length === 4);
      });
      const access = { username: 'ledger', password: 'second', tls: { ca: certificates.ca } };
      expect(await fitnessOf(connect({ cluster: nodes(), ...access, natMap }))).to.equal('fit');
      const without = connect({ cluster: nodes(), ...access }, 1000);
      expect(await fitnessOf(without)).to.not.equal('fit');
    });
  });
});
