import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { openLedger } from '../../src/assembly/open-ledger.ts';
import { ledgerInRedis } from '../../src/assembly/redis-ledger.ts';
import { runCommand } from '../../src/cli/run.ts';
import { MatchstickError } from '../../src/errors.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { UNHEARD } from '../burn/deployment-in-memory.ts';
import { until } from '../faults/support/replication.ts';
import { type Certificates, makeCertificates, tlsArguments } from '../support/certificates.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { freePort, type RedisServer, startRedis, startServer } from '../support/redis-server.ts';
import { UNREACHED } from './unreached.ts';

const PARTS = { redis: async () => ({ ledgerInRedis }) };
const AMBIENT = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  randomBytes,
  instance: 'test',
};
/** What has no connection waits for all of it, all of them at once. */
const TIMEOUT_MS = 5000;

/** What the doctor says, and how a start ends: refused, or with a ledger that says that it does not answer. */
interface Wrong {
  readonly redis: unknown;
  readonly says: RegExp;
  readonly start: 'refused' | 'waits';
}

/** What the doctor said of one, and how a start with it ended. */
interface Seen {
  readonly exitCode: number;
  readonly text: string;
  readonly opened: unknown;
  readonly isUnfit: boolean;
  readonly isAway: boolean;
}

describe('a Redis that cannot hold the ledger', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let folder: string;
  let certificates: Certificates;
  let tlsPort: number;
  const wrongs = new Map<string, Wrong>();
  const seen = new Map<string, Seen>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'matchstick-doctor-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    certificates = await makeCertificates();
    onClose(certificates.close);
    tlsPort = await freePort();
    redis = await start(...tlsArguments(certificates, tlsPort));
    const user = async (name: string, ...rules: readonly string[]) => {
      await redis.command('ACL', 'SETUSER', name, 'on', '>pass', '~*', '+@all', ...rules);
      return redis.url.replace('//', `//${name}:pass@`);
    };
    const http = createServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    onClose(() => http.close());
    const address = http.address();
    const httpPort = typeof address === 'object' && address ? address.port : 0;
    const replica = await start('--replicaof', `127.0.0.1 ${redis.port}`);
    await until(async () => String(await replica.command('INFO', 'replication')).includes('link_status:up'));
    const node = await start('--cluster-enabled', 'yes');
    const full = await start();
    await full.command('CONFIG', 'SET', 'maxmemory', '100kb');
    const unsaved = await start('--save', '3600 1', '--dir', await folderToLose());
    await loseSave(unsaved);
    const lonely = await start('--min-replicas-to-write', '1');

    add(
      'nothing listens',
      `redis://127.0.0.1:${await freePort()}`,
      /DOWN +connection .*ECONNREFUSED/,
      'waits',
    );
    add('it is not Redis', `redis://127.0.0.1:${httpPort}`, /UNFIT +connection +it is not Redis: /);
    add('it speaks TLS', `redis://127.0.0.1:${tlsPort}`, /connection .*rediss:\/\/ or tls/, 'waits');
    add(
      'it speaks no TLS',
      `rediss://127.0.0.1:${redis.port}`,
      /connection .*use redis:\/\/ or leave tls out/,
      'waits',
    );
    add(
      'its authority is unknown',
      `rediss://localhost:${tlsPort}`,
      /UNFIT +connection .*authority.*set tls\.ca/,
    );
    add(
      'the password is wrong',
      (await user('known')).replace(':pass@', ':wrong@'),
      /UNFIT +connection .*WRONGPASS/,
    );
    add('a command is missing', await user('less', '-hdel'), /UNFIT +rights +the user lacks \+hdel: /);
    add(
      'the keys are missing',
      await user('keyless', 'resetkeys', '~o*'),
      /UNFIT +rights +the user lacks ~matchstick:\*/,
    );
    add('INFO is missing', await user('blind', '-info'), /UNFIT +connection .*\+info/);
    add('EVAL is missing', await user('mute', '-eval'), /UNFIT +identity .*\+eval,/);
    add(
      'it is a Cluster node',
      node.url,
      /UNFIT +connection +it is a node of a Redis Cluster: set .*cluster/,
    );
    add(
      'it is no Cluster',
      { cluster: [`127.0.0.1:${redis.port}`] },
      /UNFIT +connection +it is not a Redis Cluster/,
    );
    add('there is no such database', `${redis.url}/99`, /UNFIT +connection +it cannot select database 99/);
    add(
      'it is a replica',
      replica.url,
      /UNFIT +role +is a replica: .*set ledger\.redis to its master/,
      'waits',
    );
    add(
      'it is a Sentinel',
      `redis://127.0.0.1:${await startSentinel()}`,
      /UNFIT +connection +it is a Sentinel: set/,
    );
    add('memory is full', full.url, /UNFIT +writes +memory is full \(OOM\)/, 'waits');
    add('a save failed', unsaved.url, /UNFIT +writes +a save to disk failed.*MISCONF/, 'waits');
    add(
      'it is in protected mode',
      `redis://127.0.0.1:${await startDenying()}`,
      /UNFIT +connection +it is in protected mode, .*: give its users passwords/,
    );
    add('replicas are missing', lonely.url, /UNFIT +writes +too few replicas .*NOREPLICAS/, 'waits');
    await Promise.all([...wrongs].map(async ([name, { redis }]) => seen.set(name, await lookAt(redis))));
  });

  function add(name: string, redis: unknown, says: RegExp, start: Wrong['start'] = 'refused'): void {
    wrongs.set(name, { redis, says, start });
  }

  async function start(...args: readonly string[]): Promise<RedisServer> {
    const server = await startRedis(args);
    onClose(server.close);
    return server;
  }

  /** Says what Redis says to those who come from another machine, and closes as it does. */
  async function startDenying(): Promise<number> {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {}).resume();
      socket.write(
        '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user.\r\n',
      );
      setTimeout(() => socket.end(), 200);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onClose(() => server.close());
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async function folderToLose(): Promise<string> {
    return mkdtemp(join(folder, 'lost-'));
  }

  /** A save in the background that cannot write its file. */
  async function loseSave(server: RedisServer): Promise<void> {
    await rm(server.folder, { recursive: true, force: true });
    await rm(String(((await server.command('CONFIG', 'GET', 'dir')) as string[])[1]), {
      recursive: true,
      force: true,
    });
    await server.command('SET', 'x', '1');
    await server.command('BGSAVE');
    await until(async () =>
      String(await server.command('INFO', 'persistence')).includes('last_bgsave_status:err'),
    );
  }

  async function startSentinel(): Promise<number> {
    const port = await freePort();
    const file = join(folder, 'sentinel.conf');
    await writeFile(
      file,
      `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor main 127.0.0.1 ${redis.port} 1\n`,
    );
    const sentinel = await startServer([file, '--sentinel'], /\+monitor master/);
    onClose(async () => {
      sentinel.kill('SIGKILL');
      await sentinel.exited();
    });
    return port;
  }

  async function configured(where: unknown): Promise<string> {
    const config = join(folder, `${randomBytes(4).toString('hex')}.yaml`);
    await writeFile(config, stringify({ ledger: { redis: where, timeoutMs: TIMEOUT_MS } }));
    return config;
  }

  async function doctor(config: string): Promise<{ exitCode: number; text: string }> {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    const exitCode = await runCommand(['doctor', '--config', config], {
      ...{ ...UNREACHED, stdout: write, stderr: write, ...AMBIENT },
      loadSettings: (MATCHSTICK_CONFIG) => loadSettings({ MATCHSTICK_CONFIG }),
      // As the program does it: the errors of a module that was loaded twice are not of the same class.
      openRedis: async (settings) =>
        (await import('../../src/assembly/redis-ledger.ts')).redisOptions(settings, AMBIENT),
    });
    return { exitCode, text };
  }

  async function lookAt(redis: unknown): Promise<Seen> {
    const config = await configured(redis);
    const told: { event?: string; reason?: string }[] = [];
    const tell = (event: object) => told.push(event);
    const log = { info: tell, warn: tell, error: tell };
    const settings = loadSettings({ MATCHSTICK_CONFIG: config });
    const [said, start] = await Promise.all([
      doctor(config),
      openLedger(settings, log, AMBIENT, UNHEARD, PARTS).then(
        (open) => ({ open, opened: open }),
        (error: unknown) => ({ open: undefined, opened: error }),
      ),
    ]);
    const isUnfit = (await start.open?.newestFindings())?.some(({ level }) => level === 'refuse') ?? false;
    const isAway = told.some(({ event, reason }) => event === 'ledger.disconnected' && reason);
    await start.open?.ledger.close();
    return { ...said, opened: start.opened, isUnfit, isAway };
  }

  const NAMES = [
    ...[
      'nothing listens',
      'it is not Redis',
      'it speaks TLS',
      'it speaks no TLS',
      'its authority is unknown',
    ],
    ...[
      'the password is wrong',
      'a command is missing',
      'the keys are missing',
      'INFO is missing',
      'EVAL is missing',
    ],
    ...[
      'it is a Cluster node',
      'it is no Cluster',
      'there is no such database',
      'it is a replica',
      'it is a Sentinel',
    ],
    ...['memory is full', 'a save failed', 'it is in protected mode', 'replicas are missing'],
  ];
  for (const name of NAMES) {
    it(`is told so by the doctor and at the start: ${name}`, () => {
      const wrong = wrongs.get(name);
      const one = seen.get(name);
      if (!wrong || !one) throw new Error(`there is no ${name}`);
      const { text, exitCode, opened } = one;
      expect(text, text).to.match(wrong.says);
      expect(text).to.not.match(/pass@|can hold the ledger|Please report/);
      expect(exitCode).to.equal(text.includes('This Redis cannot be asked.') ? 4 : 1);
      if (opened instanceof MatchstickError) {
        expect(wrong.start, opened.message).to.equal('refused');
        expect(opened.message).to.match(/^This Redis cannot hold the ledger\. .+\.$/);
        return;
      }
      expect(wrong.start).to.equal('waits');
      expect(opened).to.have.nested.property('state.answers').that.includes({ ok: false });
      expect(one.isUnfit || one.isAway || name === 'it speaks no TLS').to.equal(true);
    });
  }

  it('is one again as soon as it is mended, and the look says so each time', async () => {
    const server = await start();
    const config = await configured(server.url);
    const log = { info: () => {}, warn: () => {}, error: () => {} };
    const { newestFindings, ledger, state } = await openLedger(
      loadSettings({ MATCHSTICK_CONFIG: config }),
      log,
      AMBIENT,
      UNHEARD,
      PARTS,
    );
    onClose(() => ledger.close());
    expect(state).to.deep.equal({
      kind: 'redis',
      where: `Redis at 127.0.0.1:${server.port}/0`,
      answers: { ok: true },
    });
    const isFit = async () => (await newestFindings()).every(({ level }) => level !== 'refuse');
    expect(await isFit()).to.equal(true);
    await server.command('CONFIG', 'SET', 'maxmemory', '100kb');
    await until(async () => !(await isFit()));
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    await until(isFit);
    expect((await doctor(config)).exitCode).to.equal(0);
  });

  it('is warned of once, with one member of each name', async () => {
    const server = await start('--maxmemory-policy', 'allkeys-lru');
    const events: { event?: string }[] = [];
    const tell = (event: object) => events.push(event);
    const settings = loadSettings({ MATCHSTICK_CONFIG: await configured(server.url) });
    const { ledger } = await openLedger(
      settings,
      { info: tell, warn: tell, error: tell },
      AMBIENT,
      UNHEARD,
      PARTS,
    );
    onClose(() => ledger.close());
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await until(async () => events.filter(({ event }) => event === 'ledger.connected').length === 2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(events.filter(({ event }) => event === 'ledger.unfit')).to.deep.equal([
      { event: 'ledger.unfit', check: 'eviction', verdict: 'warn' },
    ]);
  });
});
