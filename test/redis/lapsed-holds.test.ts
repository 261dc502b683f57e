import { lapsedHoldsContract } from '../contract/lapsed-holds.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openTamperedLedger } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

describe('in Redis,', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  lapsedHoldsContract(async (clock) => openTamperedLedger(redis.url, clock, { shards: 1 }));
});
