import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { attemptId } from '../../src/burn/attempt.ts';
import { parseRedemptionId } from '../../src/burn/redemption-id.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
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

    const everything = await dump(redis);
    for (const id of ids) {
      const secret = id.slice(-20);
      expect(everything).to.include(parseRedemptionId(id)?.attempt).and.include(attemptId(secret));
      expect(everything).to.not.include(secret);
    }
    const secrets = [...keys, ...tokens, ...Object.values(service.deployment.callerKeys)];
    for (const secret of secrets) expect(everything).to.not.include(secret);
  });
});

/** Every key of the server with everything in it. */
async function dump(redis: RedisServer): Promise<string> {
  const lines: string[] = [];
  let cursor = '0';
  do {
    const [next, keys] = (await redis.command('SCAN', cursor, 'COUNT', 1000)) as [string, string[]];
    for (const key of keys) lines.push(`${key} ${await contentsOf(redis, key)}`);
    cursor = next;
  } while (cursor !== '0');
  return lines.join('\n');
}

async function contentsOf(redis: RedisServer, key: string): Promise<string> {
  const type = await redis.command('TYPE', key);
  if (type === 'hash') return ((await redis.command('HGETALL', key)) as string[]).join(' ');
  if (type === 'string') return String(await redis.command('GET', key));
  throw new Error(`${key} is a ${type}, which this dump does not read`);
}
