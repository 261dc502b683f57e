import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { attemptId } from '../../src/burn/attempt.ts';
import { parseRedemptionId } from '../../src/burn/redemption-id.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { dumpOf } from '../support/dump.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';

describe('whoever reads Redis', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    const deployment = await makeDeployment({ ledger: { redis: redis.url } });
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
  });

  it('cannot ask about a redemption, and finds no token, key or Idempotency-Key', async () => {
    const keys = [randomUUID(), randomUUID()];
    const tokens = await Promise.all(Array.from({ length: 8 }, () => mintToken(service)));
    const redemptions = await Promise.all(
      tokens.map(async (token, index) => {
        const key = keys[index];
        const headers = key === undefined ? {} : { 'Idempotency-Key': key };
        if (index % 2 === 0) return redeemToken(service, token, { headers });
        const body = { token, purpose: 'password-reset', hold: 60 };
        return call(service, 'POST', '/v1/redemptions', { headers, body });
      }),
    );
    const ids: readonly string[] = redemptions.map(({ json }) => json.redemptionId);
    for (const [id, how] of [
      [ids[1], 'commit'],
      [ids[3], 'release'],
    ]) {
      expect((await call(service, 'POST', `/v1/redemptions/${id}/${how}`)).status).to.equal(200);
    }

    const everything = await dumpOf(redis);
    for (const id of ids) {
      const secret = id.slice(-22);
      expect(everything).to.include(parseRedemptionId(id)?.attempt).and.include(attemptId(secret));
      expect(everything).to.not.include(secret);
    }
    const secrets = [...keys, ...tokens, ...Object.values(service.deployment.callerKeys)];
    for (const secret of secrets) expect(everything).to.not.include(secret);
  });
});
