import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { MatchstickError } from '../../src/errors.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { type LedgerFreeze, ledgerFreeze, type Thawed } from '../../src/redis/freeze.ts';
import { burnOf, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { collectOf } from '../contract/collect.contract.ts';
import { pause } from '../faults/support/workload.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openRedisLedger, openTamperedLedger, TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type Tampering, tampered } from '../support/tampered-scripts.ts';

const TICKET = 'a-ticket';

describe('a frozen ledger', () => {
  const onTestEnd = cleanupAfter(afterEach);

  async function start(args: readonly string[]) {
    const redis = await startRedis(args);
    onTestEnd(redis.close);
    const ledger = openRedisLedger(redis.url);
    onTestEnd(() => ledger.close());
    const frost = freezeAt(redis);
    await ledger.check();
    const burned = await newTokenId(ledger);
    await ledger.burn(burnOf(burned));
    return { redis, ledger, frost, burned, unused: await newTokenId(ledger) };
  }

  function freezeAt({ url }: RedisServer): LedgerFreeze {
    const monotonicMs = () => performance.now();
    const connection = connectLedger({ url }, { timeoutMs: 1000, monotonicMs });
    onTestEnd(() => connection.close());
    return ledgerFreeze({ connection, ...TEST_LEDGER, randomBytes, monotonicMs });
  }

  /** As soon as the server is back: a shard that was not touched can be asked again. */
  async function thawWhenUp(frost: LedgerFreeze): Promise<Pick<Thawed, 'thawed' | 'notFrozen'>> {
    const sum: { thawed: number[]; notFrozen: number[] } = { thawed: [], notFrozen: [] };
    for (let shards: readonly number[] | undefined; shards?.length !== 0; await pause(50)) {
      const { thawed, notFrozen, untouched, unknown } = await frost.thaw(TICKET, shards && { shards });
      expect(unknown).to.deep.equal([]);
      sum.thawed.push(...thawed);
      sum.notFrozen.push(...notFrozen);
      shards = untouched.map(({ shard }) => shard);
    }
    return sum;
  }

  const codeOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 'answered',
      (error: { code: string }) => error.code,
    );

  const kept: Readonly<Record<string, { args: string[]; restart: (redis: RedisServer) => Promise<void> }>> = {
    'SHUTDOWN SAVE': {
      args: ['--save', '3600 1'],
      restart: async (redis) => {
        await redis.command('SHUTDOWN', 'SAVE').catch(() => {});
        await redis.restart();
      },
    },
    'AOF always and SIGTERM': {
      args: ['--appendonly', 'yes', '--appendfsync', 'always'],
      restart: async (redis) => {
        redis.process().kill('SIGTERM');
        await redis.restart();
      },
    },
    'AOF always and kill -9': {
      args: ['--appendonly', 'yes', '--appendfsync', 'always'],
      restart: async (redis) => {
        redis.process().kill('SIGKILL');
        await redis.restart();
      },
    },
  };
  for (const [name, { args, restart }] of Object.entries(kept)) {
    it(`goes on with every outstanding token after a restart by ${name}`, async () => {
      const { redis, ledger, frost, burned, unused } = await start(args);
      await frost.freeze(TICKET, 60);
      expect(await codeOf(ledger.burn(burnOf(unused)))).to.equal('ledger_unavailable');
      expect(await codeOf(ledger.living('user-42'))).to.equal('ledger_unavailable');
      await restart(redis);
      expect((await thawWhenUp(frost)).thawed).to.have.length(TEST_LEDGER.shards);
      expect((await ledger.burn(burnOf(burned))).outcome).to.equal('already-burned');
      expect((await ledger.burn(burnOf(unused))).outcome).to.equal('burned');
      expect((await ledger.burn(burnOf(unused))).outcome).to.equal('already-burned');
    });
  }

  it('goes on at the replica to which it was failed over', async () => {
    const { redis, ledger, frost } = await start([]);
    const replica = await startRedis(['--replicaof', `127.0.0.1 ${redis.port}`]);
    onTestEnd(replica.close);
    await untilIn(async () => String(await redis.command('INFO', 'replication')), 'state=online');
    const unused = await newTokenId(ledger);
    const used = await newTokenId(ledger);
    await ledger.burn(burnOf(used));
    await frost.freeze(TICKET, 60);
    await redis.command('FAILOVER', 'TO', '127.0.0.1', replica.port, 'TIMEOUT', 5000);
    await untilIn(async () => String(await replica.command('INFO', 'replication')), 'role:master');
    expect((await thawWhenUp(freezeAt(replica))).thawed).to.have.length(TEST_LEDGER.shards);
    const ledgerThere = openRedisLedger(replica.url);
    onTestEnd(() => ledgerThere.close());
    expect((await ledgerThere.burn(burnOf(used))).outcome).to.equal('already-burned');
    expect((await ledgerThere.burn(burnOf(unused))).outcome).to.equal('burned');
    expect(await codeOf(ledger.burn(burnOf(unused)))).to.equal('ledger_unavailable');
  });

  it('voids what was outstanding when the data was not kept after all', async () => {
    const { redis, ledger, frost, burned, unused } = await start([]);
    await frost.freeze(TICKET, 60);
    redis.process().kill('SIGKILL');
    await redis.restart();
    expect((await thawWhenUp(frost)).notFrozen).to.have.length(TEST_LEDGER.shards);
    for (const id of [burned, unused]) expect((await ledger.burn(burnOf(id))).outcome).to.equal('void');
    expect((await ledger.burn(burnOf(await newTokenId(ledger)))).outcome).to.equal('burned');
  });

  it('stays frozen for another ticket, and its own works once', async () => {
    const { ledger, frost, unused } = await start([]);
    await frost.freeze(TICKET, 60);
    await frost.freeze(TICKET, 60);
    expect((await frost.thaw('another')).otherTicket).to.have.length(TEST_LEDGER.shards);
    expect(await codeOf(ledger.burn(burnOf(unused)))).to.equal('ledger_unavailable');
    expect((await frost.thaw(TICKET)).thawed).to.have.length(TEST_LEDGER.shards);
    expect((await frost.thaw(TICKET)).notFrozen).to.have.length(TEST_LEDGER.shards);
    expect((await ledger.burn(burnOf(unused))).outcome).to.equal('burned');
  });

  it('that is never thawed gives up with a new epoch', async () => {
    const { ledger, frost, burned, unused } = await start([]);
    await frost.freeze(TICKET, 1);
    expect(await codeOf(ledger.burn(burnOf(unused)))).to.equal('ledger_unavailable');
    await pause(1200);
    for (const id of [burned, unused]) expect((await ledger.burn(burnOf(id))).outcome).to.equal('void');
    expect((await frost.thaw(TICKET)).notFrozen).to.have.length(TEST_LEDGER.shards);
  });

  it('says to every question that it is frozen', async () => {
    const { ledger, frost, unused: id } = await start([]);
    const { sinceMs, untilMs } = await frost.freeze(TICKET, 60);
    expect(untilMs - sinceMs, 'one after the other').to.be.within(60_000, 62_000);
    const till = id.expiresAt * 1000;
    const asked = {
      living: () => ledger.living(TOKEN_SUBJECT.subject),
      burn: () => ledger.burn(burnOf(id)),
      settle: () => ledger.settle(burnOf(id), 'release'),
      collect: () => ledger.collect(collectOf(burnOf(id))),
      revoke: () => ledger.revoke(id, till),
      revokeSubject: () => ledger.revokeSubject(TOKEN_SUBJECT.subject),
      register: () => ledger.register([{ id, burnableUntilMs: till }], TOKEN_SUBJECT, 1),
      inspect: () => ledger.inspect(id, TOKEN_SUBJECT),
      check: () => ledger.check(),
    };
    for (const [name, ask] of Object.entries(asked)) {
      const error = await ask().then(
        (answer) => expect.fail(`${name}: ${JSON.stringify(answer)}`),
        (thrown: MatchstickError) => thrown,
      );
      expect(String(error.cause), name).to.include('FROZEN the ledger is frozen for a planned restart');
      expect(error.message, name).to.match(
        /^The ledger is frozen for a planned restart, since 20\S+Z and until 20\S+Z at the/,
      );
      const [since = '', until = ''] = error.message.match(/20\S+?Z/g) ?? [];
      expect(Date.parse(until) - Date.parse(since), name).to.equal(60_000);
      // The shards are frozen one after the other; `untilMs` is the end of the last.
      expect(untilMs - Date.parse(until), name).to.be.within(0, 2000);
      expect(error.extras.retryAfterSeconds, name).to.equal(5);
    }
  });

  it('that is frozen again keeps its ticket and its end', async () => {
    const { frost } = await start([]);
    const { frozen, otherTicket, ...times } = await frost.freeze(TICKET, 60);
    expect(await frost.freeze(TICKET, 600)).to.deep.equal({ frozen, otherTicket, ...times });
    expect(await frost.freeze('another', 600)).to.deep.equal({ frozen: [], otherTicket: frozen, ...times });
    expect((await frost.thaw('another')).otherTicket).to.deep.equal(frozen);
    expect((await frost.thaw(TICKET)).thawed).to.deep.equal(frozen);
  });

  async function startTampered() {
    const redis = await startRedis();
    onTestEnd(redis.close);
    const tampering: Tampering = {};
    const ledger = openTamperedLedger(redis.url, tampering, { shards: 1 });
    onTestEnd(() => ledger.close());
    const monotonicMs = () => performance.now();
    const connection = tampered(
      connectLedger({ url: redis.url }, { timeoutMs: 1000, monotonicMs }),
      tampering,
    );
    onTestEnd(() => connection.close());
    const frost = ledgerFreeze({ connection, ...TEST_LEDGER, shards: 1, randomBytes, monotonicMs });
    const [burned, unused] = [await newTokenId(ledger), await newTokenId(ledger)];
    await ledger.burn(burnOf(burned));
    return { tampering, ledger, frost, burned, unused };
  }

  it('is frozen no longer when a clock that was ahead made its freeze last for hours', async () => {
    const { tampering, ledger, frost, unused } = await startTampered();
    tampering.clockSeconds = 2 * 3600;
    const id = await newTokenId(ledger);
    await frost.freeze(TICKET, 60);
    tampering.clockSeconds = 0;
    for (const each of [id, unused]) expect((await ledger.burn(burnOf(each))).outcome).to.equal('void');
    expect((await ledger.burn(burnOf(await newTokenId(ledger)))).outcome).to.equal('burned');
  });

  describe('whose server becomes another one', () => {
    const ELSEWHERE = { replid: 'a'.repeat(40), runId: 'b'.repeat(40) };

    it('goes on there once it is thawed, and not where it was', async () => {
      const { tampering, ledger, frost, burned, unused } = await startTampered();
      await frost.freeze(TICKET, 60);
      tampering.identity = ELSEWHERE;
      expect((await frost.thaw(TICKET)).thawed).to.deep.equal([0]);
      expect((await ledger.burn(burnOf(burned))).outcome).to.equal('already-burned');
      expect((await ledger.burn(burnOf(unused))).outcome).to.equal('burned');
      tampering.identity = undefined;
      expect((await ledger.burn(burnOf(unused))).outcome).to.equal('void');
    });

    it('voids what was outstanding when that came before the freeze', async () => {
      const { tampering, ledger, frost, burned, unused } = await startTampered();
      tampering.identity = ELSEWHERE;
      expect((await frost.freeze(TICKET, 60)).frozen).to.deep.equal([0]);
      expect((await frost.thaw(TICKET)).thawed).to.deep.equal([0]);
      for (const id of [burned, unused]) expect((await ledger.burn(burnOf(id))).outcome).to.equal('void');
    });
  });
});

async function untilIn(ask: () => Promise<string>, part: string): Promise<void> {
  while (!(await ask().catch(() => '')).includes(part)) await pause(50);
}
