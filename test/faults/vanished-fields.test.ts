import { expect } from 'chai';
import { Redis } from 'ioredis';
import { recordName } from '../../src/redis/places.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { testedEngine } from '../support/engine.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startRedis } from '../support/redis-server.ts';
import { type ClockedRedis, secondsTo, startClockedRedis } from './support/clocked.ts';
import { type OneShard, oneShard } from './support/one-shard.ts';
import { attach, holdBack, promote, REPLICATING, until } from './support/replication.ts';
import { startSwitchboard } from './support/switchboard.ts';
import type { TriedToken } from './support/token.ts';
import { newAttempt } from './support/workload.ts';

const MINUTE = 60;

describe('a ledger whose records are taken away or take the place of others, one at a time', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let clocked: ClockedRedis;
  let client: Redis;

  before(async () => {
    clocked = await startClockedRedis(['--enable-debug-command', 'yes']);
    onClose(clocked.close);
    client = new Redis(clocked.redis.url);
    onClose(() => client.disconnect());
  });

  beforeEach(() => clocked.set(0));

  function newShard(): OneShard {
    const shard = oneShard({ url: clocked.redis.url });
    onTestEnd(shard.close);
    return shard;
  }

  /** Nobody who remembers anything asks. */
  async function expectVoid(shard: OneShard, tokens: readonly TriedToken[], what = ''): Promise<void> {
    const instance = shard.newcomer();
    for (const token of tokens) expect(await shard.redeem(token, { instance }), what).to.equal('void');
    shard.expectSafe();
  }

  it('every field of meta, each gone by itself', async () => {
    const fields = await client.hkeys((await spend(newShard())).shard.meta);
    expect(fields).to.include.members(['epoch', 'identity', 'format', 'changes', 'forgotten']);
    expect(fields).to.include.members(['generation', 'subjects', 'reason', 'started_at']);
    expect(fields.filter((field) => /^[bs]\d/.test(field))).to.have.length(2);
    for (const pattern of fields.map((field) => field.replace(/\d+$/, ''))) {
      const { shard, tokens } = await spend(newShard());
      const field =
        (await client.hkeys(shard.meta)).find((each) => each.replace(/\d+$/, '') === pattern) ?? '';
      expect(await client.hdel(shard.meta, field), field).to.equal(1);
      await expectVoid(shard, tokens, `without ${field}`);
    }
  });

  it('the minute up to which everything is forgotten, while a token of that minute looks alive', async () => {
    const shard = newShard();
    const fullMinute = Math.ceil(Date.now() / 1000 / MINUTE) * MINUTE;
    clocked.set(secondsTo(fullMinute));
    const token = await shard.mint({ lifetimeSeconds: 5 * MINUTE });
    expect(await shard.redeem(token)).to.equal('burned');
    clocked.set(secondsTo(fullMinute + 17 * MINUTE + 10));
    await shard.mint();
    clocked.set(secondsTo(fullMinute + 4 * MINUTE + 10));
    expect(await shard.redeem(token)).to.equal('expired');
    expect(await client.hdel(shard.meta, 'forgotten')).to.equal(1);
    await expectVoid(shard, [token]);
  });

  for (const field of ['freeze', 'frozen_until']) {
    it(`of a frozen ledger: ${field}, before a lagging replica that is still frozen takes over`, async () => {
      const [master, replica] = await Promise.all([startRedis(REPLICATING), startRedis(REPLICATING)]);
      onTestEnd(master.close);
      onTestEnd(replica.close);
      await attach(replica, master);
      const address = await startSwitchboard(master.port);
      onTestEnd(address.close);
      const shard = oneShard(address);
      onTestEnd(shard.close);
      const token = await shard.mint();
      expect(await shard.freeze('a-ticket', 5 * MINUTE)).to.equal('frozen');
      await holdBack(replica, master);
      expect(await master.command('HDEL', shard.meta, field)).to.equal(1);
      expect(await shard.redeem(token, { instance: shard.newcomer() })).to.equal('void');
      await promote(replica);
      address.leadTo(replica.port);
      expect(await shard.thaw('a-ticket')).to.equal('thawed');
      expect(await shard.redeem(token, { instance: shard.newcomer() })).to.equal('burned');
      shard.expectSafe();
    });
  }

  describe('a record that was given a time to live of its own (an older engine knows no such command):', () => {
    before(() => client.call('DEBUG', 'SET-ACTIVE-EXPIRE', 0));
    after(() => client.call('DEBUG', 'SET-ACTIVE-EXPIRE', 1));

    it('of a burn', async () => {
      const shard = newShard();
      const token = await shard.mint();
      expect(await shard.redeem(token)).to.equal('burned');
      if (await outlive(shard.bucketOf(token), recordName(token.id))) await expectVoid(shard, [token]);
    });

    it('of the count of a bucket, which vanishes with it', async () => {
      const shard = newShard();
      const token = await shard.mint();
      expect(await shard.redeem(token)).to.equal('burned');
      await client.del(shard.bucketOf(token));
      const count = `b${shard.bucketOf(token).split(':').at(-1)}`;
      if (await outlive(shard.meta, count)) await expectVoid(shard, [token]);
    });

    it('of a revocation by subject', async () => {
      const shard = newShard();
      const token = await shard.mint();
      await shard.workload.surelyRevokeSubject('user-42');
      const [key = ''] = await client.keys(`${shard.meta.slice(0, -1)}s:*`);
      const field = (await client.hkeys(key)).find((each) => each.startsWith('r')) ?? '';
      if (await outlive(key, field)) await expectVoid(shard, [token]);
    });

    /** Resolves when the field is over; to false on an engine that has refused to let it end by itself. */
    async function outlive(key: string, field: string): Promise<boolean> {
      const set = await client.call('HPEXPIRE', key, 1, 'FIELDS', 1, field).catch(String);
      if (!testedEngine().fieldsExpire) {
        expect(set).to.include("unknown command 'HPEXPIRE'");
        return false;
      }
      expect(set).to.deep.equal([1]);
      await until(async () => Number(await client.call('HPTTL', key, 'FIELDS', 1, field)) === -2);
      return true;
    }
  });

  for (const command of ['RENAME', 'COPY'] as const) {
    it(`a bucket that another one with as many fields takes the place of: ${command}`, async () => {
      const shard = newShard();
      const earlier = await shard.mint({ lifetimeSeconds: 5 * MINUTE });
      const later = await shard.mint({ lifetimeSeconds: 8 * MINUTE });
      for (const token of [earlier, later]) expect(await shard.redeem(token)).to.equal('burned');
      await put(command, shard.bucketOf(later), shard.bucketOf(earlier));
      await expectVoid(shard, [earlier, later]);
    });

    it(`a meta record that another shard's takes the place of: ${command}`, async () => {
      const [one, other] = [await spend(newShard()), await spend(newShard())];
      await put(command, one.shard.meta, other.shard.meta);
      await expectVoid(other.shard, other.tokens);
      if (command === 'RENAME') await expectVoid(one.shard, one.tokens);
    });
  }

  async function put(command: 'RENAME' | 'COPY', from: string, to: string): Promise<void> {
    if (command === 'RENAME') await client.rename(from, to);
    else await client.copy(from, to, 'REPLACE');
  }

  /** Two tokens of each kind that must not be redeemed again, in one bucket and in one subject bucket each. */
  async function spend(shard: OneShard): Promise<{ shard: OneShard; tokens: readonly TriedToken[] }> {
    const how = { lifetimeSeconds: 10 * MINUTE };
    const [single, several, held] = [
      await shard.mint(how),
      await shard.mint({ ...how, uses: 2 }),
      await shard.mint(how),
    ];
    const [revoked, ofRevokedSubject] = [
      await shard.mint(how),
      await shard.mint({ ...how, subject: 'user-43' }),
    ];
    const superseded = await shard.workload.surelyMintOnly('user-44');
    for (const token of [single, several, several]) expect(await shard.redeem(token)).to.equal('burned');
    const attempt = newAttempt();
    expect(await shard.redeem(held, { attempt, holdSeconds: 60 })).to.equal('held');
    expect(await shard.settle(held, attempt, 'commit')).to.equal('burned');
    await shard.revoke(revoked);
    await shard.workload.surelyRevokeSubject('user-43');
    await shard.workload.surelyMintOnly('user-44');
    return { shard, tokens: [single, several, held, revoked, ofRevokedSubject, superseded] };
  }
});
