import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { ReplyError } from 'ioredis';
import type { LedgerClient } from '../../src/redis/client.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { examineRedis } from '../../src/redis/fitness.ts';
import { watchFitness } from '../../src/redis/watch-fitness.ts';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type Fate, LOOK, nextTimes, type ReplyProxy, startReplyProxy } from '../support/reply-proxy.ts';

const TIMEOUT_MS = 300;
/** Later than any reply is waited for. */
const LATE: Fate = { lateByMs: TIMEOUT_MS + 1000 };

describe('the look at a Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;
  let proxy: ReplyProxy;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    proxy = await startReplyProxy(redis.port);
    onClose(proxy.close);
  });

  function connect() {
    const monotonicMs = () => performance.now();
    const connection = connectLedger({ url: proxy.url }, { timeoutMs: TIMEOUT_MS, monotonicMs });
    onTestEnd(() => connection.close());
    return connection;
  }

  const failures: readonly [string, RegExp, Fate][] = [
    ['is cut off before it says what scripts see', LOOK, 'cut'],
    ['is late with what scripts see', LOOK, LATE],
    ['is cut off before its settings', /repl-backlog-ttl/, 'cut'],
  ];
  for (const [how, request, fate] of failures) {
    it(`finds nothing where the connection ${how}, and is repeated until it is answered`, async () => {
      const connection = connect();
      await connection.answer((client) => client.ping());
      const struckBefore = proxy.struck();
      proxy.decide(nextTimes(1, request, fate));
      const failed = await examineRedis(connection.redis, TEST_LEDGER).then(
        (findings) => findings,
        () => 'no findings',
      );
      expect(failed).to.equal('no findings');
      expect(proxy.struck()).to.equal(struckBefore + 1);

      const levels: string[][] = [];
      const watch = watchFitness(connection.redis, TEST_LEDGER, (findings) =>
        levels.push(findings.map(({ level }) => level)),
      );
      await connection.answer((client) => client.ping());
      proxy.decide(nextTimes(2, request, fate));
      await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
      await until(async () => watch.findings().length > 0);
      expect(proxy.struck()).to.equal(struckBefore + 3);
      expect(levels).to.have.length(1);
      expect(levels.flat()).to.include('good').and.not.include('refuse');
    });
  }

  describe('at one that answers as it is told', () => {
    it('makes unfit only what says so', async () => {
      for (const reply of [
        "NOPERM User blind has no permissions to run the 'eval' command",
        "ERR The user executing the script can't run this command or subcommand script: 1, on @user_script:1.",
        "ERR ACL failure in script: User blind has no permissions to run the 'info' command",
        "ERR unknown command 'eval', with args beginning with: ",
      ]) {
        expect(await levelOf(new ReplyError(reply)), reply).to.equal('refuse');
      }
      expect(await levelOf(0)).to.equal('refuse');
      expect(await levelOf(1)).to.equal('good');
    });

    it('is no look where it says anything else', async () => {
      for (const reply of ['LOADING', 'MASTERDOWN', 'BUSY', 'CLUSTERDOWN', 'NOAUTH', 'ERR']) {
        expect(await levelOf(new ReplyError(`${reply} because`)), reply).to.equal('no look');
      }
      for (const failure of ['Connection is closed.', 'Command timed out', 'NOPERM says the proxy']) {
        expect(await levelOf(new Error(failure)), failure).to.equal('no look');
      }
      for (const reply of ['OK', null, 2, [1]])
        expect(await levelOf(reply), String(reply)).to.equal('no look');
      expect(await levelOf(1, 'PONG')).to.equal('no look');
    });

    it('is repeated on the same connection until the server answers', async () => {
      const { client, script } = scripted();
      const levels: (readonly string[])[] = [];
      watchFitness(client, TEST_LEDGER, (findings) => levels.push(findings.map(({ level }) => level)));
      client.emit('ready');
      for (const answer of [new ReplyError('LOADING it is'), new ReplyError('BUSY'), 1]) {
        const looks = script.length;
        script[looks - 1]?.(answer);
        if (answer !== 1) await until(async () => script.length > looks);
      }
      await until(async () => levels.length > 0);
      expect(levels.flat()).to.include('good').and.not.include('refuse');
    });

    it('counts only while no newer one has been answered, and only on its own connection', async () => {
      const { client, script } = scripted();
      const watch = watchFitness(client, TEST_LEDGER, () => {});
      const identity = () => watch.findings().find(({ check }) => check === 'identity')?.level;

      const [older, newer] = [watch.look(), watch.look()];
      script[1]?.(1);
      await newer;
      script[0]?.(0);
      await older;
      expect(identity()).to.equal('good');

      const before = watch.look();
      client.emit('close');
      expect(identity()).to.equal(undefined);
      client.emit('ready');
      script[3]?.(1);
      await until(async () => identity() === 'good');
      script[2]?.(0);
      expect(await before.catch(() => 'another connection')).to.equal('another connection');
      expect(identity()).to.equal('good');
    });
  });

  async function levelOf(scriptsSay: unknown, info?: string): Promise<string | undefined> {
    const { client, script } = scripted(info);
    const looking = examineRedis(client, TEST_LEDGER).catch(() => 'no look' as const);
    script[0]?.(scriptsSay);
    const findings = await looking;
    return findings === 'no look' ? findings : findings.find(({ check }) => check === 'identity')?.level;
  }
});

/** What the other scripts of a look find at a server that has nothing against it. */
const OTHER_LOOKS: readonly (readonly [RegExp, () => Promise<unknown>])[] = [
  [/acl_check_cmd/, async () => []],
  [/'XX'/, async () => 'OK'],
];

/** A server whose script answers when it is told to, look by look: an error rejects. */
function scripted(info = 'redis_version:7.0.15\r\nrole:master') {
  const script: ((answer: unknown) => void)[] = [];
  const client = Object.assign(new EventEmitter(), {
    isCluster: false,
    info: async () => info,
    config: async () => [],
    eval: (source: string) =>
      OTHER_LOOKS.find(([pattern]) => pattern.test(source))?.[1]() ??
      new Promise((resolve, reject) => {
        script.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      }),
  });
  return { client: client as unknown as LedgerClient, script };
}
