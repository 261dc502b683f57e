import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { startRedis } from '../support/redis-server.ts';
import { mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';

const PAIRS = 400;
const AT_ONCE = 10;
/** A full collection may come in any of them, and be most of what is seen. */
const ROUNDS = 12;
const SMALL_ROUNDS = 2;
/** An event and the digest of a known signature are some hundred; a whole request with its answer is 20,000. */
const MOST_OCTETS = 6000;

async function oldSpaceOf(service: ServiceProcess): Promise<number> {
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  const [, octets] = /^nodejs_heap_space_size_used_bytes\{space="old"\} (\d+)$/m.exec(metrics) ?? [];
  return Number(octets);
}

async function mintAndRedeem(service: ServiceProcess): Promise<void> {
  let begun = 0;
  const some = async () => {
    while (begun++ < PAIRS) await redeemToken(service, await mintToken(service));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
}

describe('a request that was answered', () => {
  const onClose = cleanupAfter(after);

  it('is collected with the young, not only by a full collection', async () => {
    const redis = await startRedis();
    onClose(redis.close);
    const deployment = await makeDeployment({ ledger: { redis: redis.url } });
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    await mintAndRedeem(service);

    const growths: number[] = [];
    const small = () => growths.filter((octets) => octets >= 0 && octets < MOST_OCTETS);
    for (let round = 0; round < ROUNDS && small().length < SMALL_ROUNDS; round++) {
      const before = await oldSpaceOf(service);
      await mintAndRedeem(service);
      growths.push(((await oldSpaceOf(service)) - before) / PAIRS);
    }
    expect(small().length, `octets a mint and its redemption: ${growths.map(Math.round)}`).to.equal(
      SMALL_ROUNDS,
    );
  });
});
