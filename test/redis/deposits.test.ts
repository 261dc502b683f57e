import { expect } from 'chai';
import type { Deposit } from '../../src/ledger/deposits.ts';
import type { LedgerMemory } from '../../src/ledger/memory.ts';
import { shardOf } from '../../src/redis/keys.ts';
import { burnOf, newTokenId } from '../contract/burn-ledger.contract.ts';
import { countsDown, depositsContract, LOCK, newDeposit, RIGHT } from '../contract/deposits.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openInRedis, TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

describe('deposits in Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  beforeEach(() => redis.command('FLUSHALL'));

  /** Another instance of the service on the same Redis. */
  function open(options: { timeoutMs?: number } = {}): LedgerMemory {
    const remembered = openInRedis(redis.url, options);
    onTestEnd(() => remembered.ledger.close());
    return remembered;
  }

  async function put({ ledger, deposits }: LedgerMemory, more: Partial<Deposit> = {}): Promise<Deposit> {
    const deposit = await newDeposit(ledger, { lock: LOCK, ...more });
    expect(await deposits.put(deposit)).to.equal(true);
    return deposit;
  }

  async function keyOf({ name }: Deposit): Promise<string> {
    const keys = (await redis.command('KEYS', `test:*:d:*:${name}`)) as string[];
    expect(keys).to.have.length(1);
    return keys[0] ?? '';
  }

  const metaOf = async (deposit: Deposit) => (await keyOf(deposit)).replace(/d:[^{}]*$/, 'm');

  async function expectGone({ deposits }: LedgerMemory, deposit: Deposit): Promise<void> {
    expect(await deposits.find(deposit)).to.equal(undefined);
    expect(await deposits.guess(deposit, RIGHT)).to.deep.equal({ outcome: 'gone' });
  }

  /** Someone whose tokens are remembered there. */
  function subjectAt(shard: number): string {
    let subject = 'a';
    while (shardOf(subject, TEST_LEDGER.shards) !== shard) subject += 'a';
    return subject;
  }

  depositsContract(async () => openInRedis(redis.url));

  it('are one for all instances: of 200 wrong guesses over 8 of them as many count as may be wrong', async () => {
    const instances = Array.from({ length: 8 }, () => open({ timeoutMs: 10_000 }));
    for (let round = 0; round < 10; round++) {
      const deposit = await put(instances[round % 8] ?? open());
      const answers = await Promise.all(
        Array.from({ length: 25 }, (_, guess) => guess).flatMap((guess) =>
          instances.map(({ deposits }) => deposits.guess(deposit, `wrong-${guess}`)),
        ),
      );
      expect(countsDown(answers)).to.deep.equal([4, 3, 2, 1, ...Array.from({ length: 196 }, () => 0)]);
    }
  });

  it('lie in the hash slot of their shard, under the epoch, and end by themselves', async () => {
    const deposit = await put(open());
    const key = await keyOf(deposit);
    expect(key).to.match(/^test:[0-9a-f]{8}\.4\.5:\{\d\}:d:[\w-]{16}:[\w-]{22}$/);
    expect(key).to.include(`{${deposit.shard}}:d:${deposit.epoch}:`);
    expect(await redis.command('EXISTS', await metaOf(deposit))).to.equal(1);
    expect(await redis.command('PEXPIRETIME', key)).to.equal(deposit.untilMs);
    await open().deposits.guess(deposit, 'wrong');
    expect(await redis.command('PEXPIRETIME', key)).to.equal(deposit.untilMs);
  });

  it('that are deleted are gone, and leave the epoch alone', async () => {
    const instance = open();
    const deposit = await put(instance);
    const unused = await newTokenId(instance.ledger);
    await redis.command('DEL', await keyOf(deposit));
    await expectGone(instance, deposit);
    expect((await instance.ledger.burn(burnOf(unused))).outcome).to.equal('burned');
  });

  it('are gone after FLUSHALL, and put in the new epoch only', async () => {
    const instance = open();
    const deposit = await put(instance);
    await redis.command('FLUSHALL');
    await expectGone(instance, deposit);
    expect(await instance.deposits.put(deposit)).to.equal(false);
    await put(instance);
  });

  for (const [what, args] of [
    ['kept', ['--appendonly', 'yes', '--appendfsync', 'always']],
    ['lost', []],
  ] as const) {
    it(`are gone after a restart whose data was ${what}`, async () => {
      const server = await startRedis(args);
      onTestEnd(server.close);
      const instance = openInRedis(server.url, { timeoutMs: 3000 });
      onTestEnd(() => instance.ledger.close());
      const deposit = await put(instance);
      server.process().kill('SIGKILL');
      await server.restart();
      await expectGone(instance, deposit);
      expect(await instance.deposits.put(deposit)).to.equal(false);
      await put(instance);
    });
  }

  it('of an epoch that has ended are gone, although they are there', async () => {
    const instance = open();
    const deposit = await put(instance);
    await redis.command('HSET', await metaOf(deposit), 'identity', '0'.repeat(40));
    expect(await instance.deposits.find(deposit)).to.equal(undefined);
    expect(await redis.command('EXISTS', await keyOf(deposit))).to.equal(1);
    expect(await instance.deposits.guess(deposit, RIGHT)).to.deep.equal({ outcome: 'gone' });
    expect(await instance.deposits.put(deposit)).to.equal(false);
  });

  it('whose wrong guesses go back in place end the epoch, by whatever is asked next', async () => {
    const asked = {
      find: (instance: LedgerMemory, deposit: Deposit) => instance.deposits.find(deposit),
      guess: (instance: LedgerMemory, deposit: Deposit) => instance.deposits.guess(deposit, 'wrong'),
      put: (instance: LedgerMemory, deposit: Deposit) => instance.deposits.put(deposit),
      living: ({ ledger }: LedgerMemory, deposit: Deposit) => ledger.living(subjectAt(deposit.shard)),
    };
    for (const [name, ask] of Object.entries(asked)) {
      await redis.command('FLUSHALL');
      const instance = open();
      const deposit = await put(instance);
      const [key, meta] = [await keyOf(deposit), await metaOf(deposit)];
      await redis.command('COPY', key, 'old-deposit');
      await redis.command('COPY', meta, 'old-meta');
      const wrong = [1, 2, 3].map((guess) => instance.deposits.guess(deposit, `wrong-${guess}`));
      await Promise.all(wrong);
      await redis.command('RENAME', 'old-deposit', key);
      await redis.command('RENAME', 'old-meta', meta);
      await ask(instance, deposit);
      await expectGone(instance, deposit);
      expect(await redis.command('HGET', meta, 'reason'), name).to.equal('memory-went-back');
    }
  });

  it('give no answer rather than a guess: where nothing answers, and where others wrote', async () => {
    const instance = open({ timeoutMs: 300 });
    const deposit = await put(instance);
    const expectNoAnswer = async (question: Promise<unknown>) => {
      const code = await question.then(
        (answer) => `answered ${JSON.stringify(answer)}`,
        (error: { code: string }) => error.code,
      );
      expect(code).to.equal('ledger_unavailable');
    };
    await redis.command('SET', await keyOf(deposit), 'theirs');
    await expectNoAnswer(instance.deposits.find(deposit));
    await expectNoAnswer(instance.deposits.guess(deposit, RIGHT));
    await redis.command('REPLICAOF', '127.0.0.1', '1');
    onTestEnd(() => redis.command('REPLICAOF', 'NO', 'ONE'));
    await expectNoAnswer(instance.deposits.find(deposit));
    await expectNoAnswer(instance.deposits.guess(deposit, RIGHT));
    await expectNoAnswer(instance.deposits.put(deposit));
  });
});
