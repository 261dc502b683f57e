import { expect } from 'chai';
import { cleanupAfter } from './support/cleanup.ts';
import { makeDeployment } from './support/deployment.ts';
import { startRedis } from './support/redis-server.ts';
import { mintToken, redeemToken, startService } from './support/service.ts';

describe('on a real Redis', () => {
  const onClose = cleanupAfter(after);
  it('a token is redeemed once and refused the second time, by another process too', async () => {
    const redis = await startRedis();
    onClose(redis.close);
    const deployment = await makeDeployment({ ledger: { redis: redis.url } });
    onClose(deployment.close);
    const [one, two] = await Promise.all([startService(deployment), startService(deployment)]);
    onClose(one.close);
    onClose(two.close);
    const token = await mintToken(one);
    const first = await redeemToken(two, token);
    expect(first.status, first.text).to.equal(200);
    const second = await redeemToken(one, token);
    expect(second.status).to.equal(410);
    expect(second.json.code).to.equal('token_burned');
    expect(second.json.redeemedAt).to.equal(first.json.redeemedAt);
  });
});
