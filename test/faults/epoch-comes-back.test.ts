import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, startService } from '../support/service.ts';
import { type OneShard, oneShard } from './support/one-shard.ts';
import { attach, caughtUp, promote, REPLICATING, until } from './support/replication.ts';
import { type Switchboard, startSwitchboard } from './support/switchboard.ts';
import { bar } from './support/token.ts';

/** No identity has changed and nothing is lost: only who has heard of the later epoch can end the earlier one. */
describe('a ledger whose earlier epoch is met again', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let first: RedisServer;
  let second: RedisServer;
  /** Leads to the first. */
  let address: Switchboard;

  before(async () => {
    [first, second] = await Promise.all([startRedis(), startRedis()]);
    onClose(first.close);
    onClose(second.close);
    address = await startSwitchboard(first.port);
    onClose(address.close);
  });

  beforeEach(() => address.leadTo(first.port));

  function newShard(at: { url: string } = address): OneShard {
    const shard = oneShard({ url: at.url });
    onTestEnd(shard.close);
    return shard;
  }

  describe('because its address led to another master for a while,', () => {
    it('knows of no revocation that was asked there, and ends that epoch', async () => {
      const shard = newShard();
      const [byToken, bySubject] = [await shard.mint(), await shard.mint({ subject: 'user-43' })];
      const stays = shard.newcomer({ url: first.url });
      address.leadTo(second.port);
      await shard.revoke(byToken);
      await shard.workload.surelyRevokeSubject('user-43');
      address.leadTo(first.port);
      for (const token of [byToken, bySubject]) {
        expect(await shard.redeem(token)).to.equal('void');
        expect(await shard.redeem(token, { instance: stays })).to.equal('void');
      }
      shard.expectSafe();
    });

    it('and a user of the service is told that the token is void', async () => {
      const callers = { main: { ...TEST_CALLERS.main, revoke: true } };
      const deployment = await makeDeployment({ ledger: { redis: address.url } }, callers);
      onTestEnd(deployment.close);
      const service = await startService(deployment);
      onTestEnd(service.close);
      const [byToken, bySubject] = [await mintToken(service), await mintToken(service)];
      address.leadTo(second.port);
      for (const body of [{ token: byToken }, { subject: 'user-42' }]) {
        const { status, json } = await call(service, 'POST', '/v1/revocations', { body });
        expect(status).to.equal(200);
        expect(json.revoked).to.equal(true);
        expect(json.warning, 'what the answer does not reach').to.be.a('string');
      }
      address.leadTo(first.port);
      for (const token of [byToken, bySubject]) {
        const { status, json } = await redeemToken(service, token);
        expect({ status, code: json.code }).to.deep.equal({ status: 410, code: 'token_void' });
      }
    });
  });

  it('because its address led to a promoted replica, and the process that was asked there had just begun', async () => {
    const [master, replica] = await Promise.all([startRedis(REPLICATING), startRedis(REPLICATING)]);
    onTestEnd(master.close);
    onTestEnd(replica.close);
    await attach(replica, master);
    address.leadTo(master.port);
    const shard = newShard();
    const [byToken, bySubject] = [await shard.mint(), await shard.mint({ subject: 'user-43' })];
    await caughtUp(replica, master);
    await promote(replica);
    address.leadTo(replica.port);
    const begun = shard.newcomer();
    expect(await shard.revoke(byToken, begun)).to.include({ outcome: 'void', elsewhere: true });
    const begunMs = performance.now();
    const told = await begun.ledger.revokeSubject('user-43');
    expect(told).to.include({ elsewhere: true });
    bar([bySubject], { by: 'revocation by subject', instance: begun.name, begunMs, epoch: told.epoch });
    address.leadTo(master.port);
    for (const token of [byToken, bySubject]) {
      expect(await shard.redeem(token, { instance: begun })).to.equal('void');
    }
    shard.expectSafe();
  });

  it('which ends although nobody asks the process that knows of the later one', async () => {
    const shard = newShard();
    const stays = shard.newcomer({ url: first.url });
    const token = await shard.mint();
    address.leadTo(second.port);
    await shard.revoke(token);
    address.leadTo(first.port);
    await until(async () => (await stays.ledger.living('user-42')).epoch !== token.id.epoch);
    expect(await shard.redeem(token, { instance: stays })).to.equal('void');
    shard.expectSafe();
  });

  it('because its database was swapped for an empty one and back, while a subject was revoked', async () => {
    const shard = newShard(first);
    const token = await shard.mint();
    await first.command('SWAPDB', 0, 1);
    await shard.workload.surelyRevokeSubject('user-42');
    await first.command('SWAPDB', 0, 1);
    expect(await shard.redeem(token)).to.equal('void');
    shard.expectSafe();
  });

  it('because an older copy of its database takes the place of an empty one', async () => {
    const shard = newShard(first);
    const other = shard.newcomer();
    const token = await shard.mint();
    for (const key of [shard.meta, ...(await bucketsOf(shard))])
      await first.command('COPY', key, key, 'DB', 1);
    expect(await shard.redeem(token, { instance: other })).to.equal('burned');
    await first.command('SWAPDB', 0, 2);
    await shard.mint();
    await shard.workload.mint(other);
    await first.command('SWAPDB', 0, 1);
    expect(await shard.redeem(token)).to.equal('void');
    expect(await shard.redeem(token, { instance: other })).to.equal('void');
    shard.expectSafe();
  });

  describe('because a part of the instances never left it,', () => {
    it('says at the others that a revocation holds for their epoch alone', async () => {
      const shard = newShard();
      const [goes] = shard.workload.instances;
      if (!goes) throw new Error('no instance');
      const stays = shard.newcomer({ url: first.url });
      const token = await shard.mint();
      address.leadTo(second.port);
      const answer = await shard.revoke(token);
      const { epoch } = await goes.ledger.living('user-42');
      expect(epoch).to.not.equal(token.id.epoch);
      expect(answer).to.deep.equal({ outcome: 'void', epoch, elsewhere: true });
      expect(await goes.ledger.revokeSubject('user-42')).to.deep.equal({ epoch, elsewhere: true });
      expect(await shard.redeem(token, { instance: stays }), 'as the guarantee says of a split').to.equal(
        'burned',
      );
    });

    it('ends the epoch of those that stayed as soon as one of the others is back', async () => {
      const shard = newShard();
      const stays = shard.newcomer({ url: first.url });
      const [token, unused] = [await shard.mint(), await shard.mint()];
      expect(await shard.redeem(token, { instance: stays })).to.equal('burned');
      address.leadTo(second.port);
      await shard.revoke(unused);
      address.leadTo(first.port);
      await shard.mint();
      expect(await shard.redeem(unused, { instance: stays })).to.equal('void');
      expect(await shard.redeem(token, { instance: stays })).to.equal('void');
      shard.expectSafe();
    });
  });

  async function bucketsOf({ meta }: OneShard): Promise<readonly string[]> {
    const keys = await first.command('KEYS', `${meta.slice(0, -1)}b:*`);
    return keys as string[];
  }
});
