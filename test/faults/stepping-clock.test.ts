import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { call, mintToken, redeemToken, startService } from '../support/service.ts';
import { type ClockedRedis, secondsTo, startClockedRedis } from './support/clocked.ts';
import { type OneShard, oneShard, periodEndAfter } from './support/one-shard.ts';
import { isBarred } from './support/token.ts';
import { newAttempt } from './support/workload.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

describe('a ledger whose clock is ahead or behind for a while', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let clocked: ClockedRedis;

  before(async () => {
    clocked = await startClockedRedis();
    onClose(clocked.close);
  });

  beforeEach(() => clocked.set(0));

  function newShard(): OneShard {
    const shard = oneShard({ url: clocked.redis.url });
    onTestEnd(shard.close);
    return shard;
  }

  describe('ahead, so that tokens look expired:', () => {
    it('a revocation counts all the same when it is right again', async () => {
      const shard = newShard();
      const how = { lifetimeSeconds: 5 * MINUTE };
      const tokens = [await shard.mint(how), await shard.mint({ ...how, uses: 3 })];
      clocked.set(12 * MINUTE);
      for (const token of tokens) await shard.revoke(token);
      clocked.set(0);
      for (const token of tokens) expect(await shard.redeem(token)).to.equal('revoked');
      shard.expectSafe();
    });

    it('a mint supersedes all the same', async () => {
      const shard = newShard();
      const earlier = await shard.workload.surelyMintOnly('user-7');
      clocked.set(12 * MINUTE);
      const later = await shard.workload.surelyMintOnly('user-7');
      expect(later.id.epoch).to.equal(earlier.id.epoch);
      clocked.set(0);
      expect(await shard.redeem(earlier)).to.equal('superseded');
      shard.expectSafe();
    });
  });

  it('ahead when it begins an epoch, and right when a subject is revoked', async () => {
    const shard = newShard();
    clocked.set(3 * HOUR);
    const token = await shard.mint({ lifetimeSeconds: HOUR });
    clocked.set(0);
    await shard.workload.surelyRevokeSubject('user-42');
    clocked.set(3 * HOUR + 20 * MINUTE);
    await shard.mint();
    expect(await shard.redeem(token)).to.equal('void');
    shard.expectSafe();
  });

  it('ahead by 13 minutes, so that a revocation lies in the period before the mint', async () => {
    const shard = newShard();
    const periodEnd = periodEndAfter();
    clocked.set(secondsTo(periodEnd + 770));
    const token = await shard.mint({ lifetimeSeconds: HOUR });
    clocked.set(secondsTo(periodEnd - 6));
    await shard.workload.surelyRevokeSubject('user-42');
    expect(isBarred(token), 'revoked in its own epoch').to.equal(true);
    clocked.set(secondsTo(periodEnd + 4325));
    expect(await shard.redeem(token)).to.equal('revoked');
    shard.expectSafe();
  });

  for (const uses of [1, 3]) {
    it(`ahead when a revocation finds that the hold of the last of ${uses} uses is over`, async () => {
      const shard = newShard();
      const token = await shard.mint({ uses });
      for (let burned = 1; burned < uses; burned++) expect(await shard.redeem(token)).to.equal('burned');
      const attempt = newAttempt();
      expect(await shard.redeem(token, { attempt, holdSeconds: 30 })).to.equal('held');
      clocked.set(40);
      expect(await shard.revoke(token)).to.include({ outcome: 'revoked' });
      clocked.set(0);
      expect(await shard.settle(token, attempt, 'commit')).to.equal('revoked');
      expect(await shard.settle(token, attempt, 'release')).to.equal('burned');
      expect(await shard.redeem(token)).to.equal('already-burned');
      shard.expectSafe();
    });
  }

  it('behind what a token was minted at, which can be revoked meanwhile', async () => {
    const shard = newShard();
    const [early, revoked] = [await shard.mint(), await shard.mint()];
    clocked.set(-20);
    expect(await shard.redeem(early)).to.equal('early');
    await shard.revoke(revoked);
    clocked.set(0);
    expect(await shard.redeem(early)).to.equal('burned');
    expect(await shard.redeem(revoked)).to.equal('revoked');
    shard.expectSafe();
  });

  it('behind, which a user of the service is told with the seconds to wait', async () => {
    const callers = { main: { ...TEST_CALLERS.main, revoke: true } };
    const deployment = await makeDeployment({ ledger: { redis: clocked.redis.url } }, callers);
    onTestEnd(deployment.close);
    const service = await startService(deployment);
    onTestEnd(service.close);
    const [early, revoked] = [await mintToken(service), await mintToken(service)];
    clocked.set(-20);
    await mintToken(service);
    const refused = await redeemToken(service, early);
    expect({ status: refused.status, code: refused.json.code }).to.deep.equal({
      status: 503,
      code: 'ledger_unavailable',
    });
    expect(Number(refused.headers.get('retry-after'))).to.be.within(10, 20);
    const revocation = await call(service, 'POST', '/v1/revocations', { body: { token: revoked } });
    expect(revocation.json).to.include({ revoked: true, state: 'revoked' });
    clocked.set(0);
    expect((await redeemToken(service, early)).status).to.equal(200);
    expect((await redeemToken(service, revoked)).json.code).to.equal('token_revoked');
  });
});
