import { join } from 'node:path';
import { expect } from 'chai';
import { createMatchstick, MatchstickError } from '../../src/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { startRedis } from '../support/redis-server.ts';

const SUBJECTS = Array.from({ length: 20 }, (_, n) => `user-${n}`);

// What docs/scale.md says of a change of `ledger.shards`.
describe('another number of shards', () => {
  const onClose = cleanupAfter(after);

  it('is another ledger: each voids the tokens of the other, and redeems its own once', async () => {
    const redis = await startRedis();
    onClose(redis.close);
    const open = async (shards: number) => {
      const matchstick = await createMatchstick({
        issuer: 'https://cap.example.test',
        purposes: { reset: { audience: 'https://app.example.test', lifetime: '15m' } },
        ledger: { redis: redis.url, shards },
        keys: { file: join(redis.folder, 'keys.json') },
      });
      onClose(matchstick.close);
      return matchstick;
    };
    const [few, many] = [await open(4), await open(16)];
    for (const [own, other] of [
      [few, many],
      [many, few],
    ] as const) {
      for (const subject of SUBJECTS) {
        const { token } = await own.mint('reset', { subject });
        expect(await codeOf(other.redeem(token, 'reset'))).to.equal('token_void');
        expect(await codeOf(own.redeem(token, 'reset'))).to.equal('redeemed');
        expect(await codeOf(own.redeem(token, 'reset'))).to.equal('token_burned');
        expect(await codeOf(other.redeem(token, 'reset'))).to.equal('token_void');
      }
    }
  });
});

async function codeOf(redeeming: Promise<unknown>): Promise<string> {
  try {
    await redeeming;
    return 'redeemed';
  } catch (error) {
    if (error instanceof MatchstickError) return error.code;
    throw error;
  }
}
