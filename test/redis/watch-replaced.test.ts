import { expect } from 'chai';
import { Redis } from 'ioredis';
import { watchReplaced } from '../../src/redis/watch-replaced.ts';

describe('the watch over replaced shards', () => {
  it('looks with each new connection, and leaves no listener and no timer once it is stopped', async () => {
    const redis = new Redis({ lazyConnect: true });
    const listening = redis.listenerCount('ready');
    let looks = 0;
    const stop = watchReplaced(redis, () => looks++);
    for (let connection = 0; connection < 2; connection++) redis.emit('ready');
    expect(looks).to.equal(2);
    stop();
    expect(redis.listenerCount('ready')).to.equal(listening);
    redis.status = 'ready';
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(looks).to.equal(2);
  });
});
