import { expect } from 'chai';
import { describeTarget } from '../../src/redis/target.ts';

const ADDRESSES = [
  { host: 'redis.test', port: 6379 },
  { host: '2001:db8::7', port: 6380 },
];

describe('what people are told of where the ledger is', () => {
  for (const [told, target] of [
    ['Redis at redis.test:6379/2', { url: 'redis://user:word@redis.test/2' }],
    ['Redis at redis.test:6379/3', { url: 'redis://redis.test/2', password: 'word', database: 3 }],
    ['Redis at [2001:db8::7]:6380/0', { url: 'rediss://:word@[2001:db8::7]:6380' }],
    ['Redis at /run/redis.sock, database 1', { url: 'unix:///run/redis.sock', database: 1 }],
    ['Redis Cluster at redis.test:6379, [2001:db8::7]:6380', { cluster: ADDRESSES, password: 'word' }],
    [
      'Redis, the master main of the Sentinels at redis.test:6379, [2001:db8::7]:6380',
      { sentinels: ADDRESSES, name: 'main', password: 'word', sentinelPassword: 'word' },
    ],
  ] as const) {
    it(`is ${told}, without its password`, () => {
      expect(describeTarget(target)).to.equal(told);
    });
  }
});
