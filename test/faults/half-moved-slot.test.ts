import { expect } from 'chai';
import { ledgerKeys } from '../../src/redis/keys.ts';
import { recordName } from '../../src/redis/places.ts';
import type { TokenId } from '../../src/token/id.ts';
import { burnOf, newAttempt, newTokenId } from '../contract/burn-ledger.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { openRedisLedger, TEST_LEDGER } from '../support/open-ledger.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { notedIn } from '../support/records.ts';
import { call, mintToken, redeemToken, startService } from '../support/service.ts';
import { secondsTo } from './support/clocked.ts';
import { type FakeClock, startFakeClock } from './support/fake-clock.ts';
import { type OneShard, oneShard, periodEndAfter } from './support/one-shard.ts';
import { startTwoNodes, type TwoNodes } from './support/two-nodes.ts';

/** Of the only shard, whose hash tag is `{0}`. */
const SLOT = 13907;
const MINUTE = 60;

describe('a ledger whose slot is half-way to another node', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let clock: FakeClock;
  let cluster: TwoNodes;

  before(async () => {
    clock = await startFakeClock();
    onClose(clock.close);
    cluster = await startTwoNodes({ env: clock.env });
    onClose(cluster.close);
  });

  beforeEach(() => clock.set(0));

  function newShard(): OneShard {
    const shard = oneShard(cluster.target);
    onTestEnd(shard.close);
    return shard;
  }

  it('while the clock goes on and back, and only the later of two buckets has moved', async () => {
    const shard = newShard();
    const earlier = await shard.mint({ lifetimeSeconds: 5 * MINUTE });
    const later = await shard.mint({ lifetimeSeconds: 8 * MINUTE });
    for (const token of [earlier, later]) expect(await shard.redeem(token)).to.equal('burned');
    await cluster.beginMove(SLOT);
    await cluster.move(shard.bucketOf(later));
    clock.set(20 * MINUTE);
    await shard.workload.mint(shard.newcomer());
    clock.set(0);
    await cluster.giveUpMove(SLOT);
    for (const token of [earlier, later]) {
      expect(await shard.redeem(token, { instance: shard.newcomer() })).to.equal('void');
    }
    shard.expectSafe();
  });

  it('which a user of the service is told as void', async () => {
    const nodes = [cluster.owner, cluster.other].map(({ port }) => `127.0.0.1:${port}`);
    const deployment = await makeDeployment({ ledger: { redis: { cluster: nodes }, shards: 1 } });
    onTestEnd(deployment.close);
    const service = await startService(deployment);
    onTestEnd(service.close);
    const earlier = await mintToken(service, { expiresIn: 5 * MINUTE });
    const later = await mintToken(service, { expiresIn: 8 * MINUTE });
    for (const token of [earlier, later]) expect((await redeemToken(service, token)).status).to.equal(200);
    await cluster.beginMove(SLOT);
    await cluster.move(await bucketOfMinute(later));
    clock.set(20 * MINUTE);
    await call(service, 'POST', '/v1/tokens', { body: { purpose: 'password-reset', subject: 'user-42' } });
    clock.set(0);
    await cluster.giveUpMove(SLOT);
    await mintToken(service);
    for (const token of [earlier, later]) {
      const { status, json } = await redeemToken(service, token);
      expect({ status, code: json.code }).to.deep.equal({ status: 410, code: 'token_void' });
    }
  });

  it('when a mint supersedes a token, and then a burn record in the same bucket vanishes', async () => {
    const shard = newShard();
    const periodEnd = periodEndAfter();
    clock.set(secondsTo(periodEnd - 20));
    const burned = await shard.mint({ lifetimeSeconds: 10 * MINUTE });
    const live = await shard.workload.surelyMintOnly('user-7');
    expect(shard.bucketOf(live), 'in one bucket').to.equal(shard.bucketOf(burned));
    const inBucketOfNext = await shard.mint({ lifetimeSeconds: 11 * MINUTE });
    for (const token of [burned, inBucketOfNext]) expect(await shard.redeem(token)).to.equal('burned');
    await cluster.beginMove(SLOT);
    clock.set(secondsTo(periodEnd + 20));
    await shard.workload.mintOnly('user-7', shard.newcomer());
    await cluster.owner.command('HDEL', shard.bucketOf(burned), recordName(burned.id));
    await cluster.giveUpMove(SLOT);
    expect(await shard.redeem(burned, { instance: shard.newcomer() })).to.equal('void');
    shard.expectSafe();
  });

  it('when a new epoch begins there: a key that was revoked stays so', async () => {
    const shard = newShard();
    const { ledger } = shard.newcomer();
    const burned = await shard.mint();
    expect(await shard.redeem(burned)).to.equal('burned');
    await ledger.revokeKey('key-2');
    await cluster.beginMove(SLOT);
    await cluster.owner.command('HDEL', shard.bucketOf(burned), recordName(burned.id));
    await shard.workload.redeem(burned, { instance: shard.newcomer() });
    await cluster.giveUpMove(SLOT);
    expect(await shard.redeem(burned, { instance: shard.newcomer() })).to.equal('void');
    expect(await shard.redeem(await shard.mint({ kid: 'key-2' }))).to.equal('revoked');
    expect(await shard.redeem(await shard.mint())).to.equal('burned');
    shard.expectSafe();
  });

  it('when the records have moved: nothing is burned that is not recorded', async () => {
    const ledger = openRedisLedger(cluster.target, { shards: 1, keepPerShard: 1000 });
    onTestEnd(() => ledger.close());
    const first = await newTokenId(ledger);
    const second = { ...first, nonce: newAttempt() };
    const burn = (id: TokenId) =>
      ledger.burn({ ...burnOf(id), note: { text: id.nonce, recorded: () => {} } });
    expect(await burn(first)).to.include({ outcome: 'burned' });
    await cluster.beginMove(SLOT);
    await cluster.move(ledgerKeys(TEST_LEDGER.namespace, TEST_LEDGER.issuer, 1).records(0));
    const refused: unknown = await burn(second).catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'ledger_unavailable');
    await cluster.giveUpMove(SLOT);
    expect(await burn(second)).to.include({ outcome: 'burned', repeated: false });
    expect((await notedIn(cluster.owner, 1)).map(({ event }) => event)).to.deep.equal([second.nonce]);
  });

  /** The bucket of a token of which nothing but its text is known. */
  async function bucketOfMinute(token: string): Promise<string> {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const keys = await cluster.owner.command('CLUSTER', 'GETKEYSINSLOT', SLOT, 1000);
    const ending = `:${Math.floor(exp / MINUTE)}`;
    const found = (keys as string[]).filter((key) => key.startsWith('matchstick:') && key.endsWith(ending));
    expect(found).to.have.length(1);
    return found[0] ?? '';
  }
});
