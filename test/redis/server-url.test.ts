import { expect } from 'chai';
import { Redis } from 'ioredis';
import { openClient } from '../../src/redis/client.ts';
import { parseServerUrl, type ServerAddress } from '../../src/redis/server-url.ts';
import { problemsOf } from '../settings/problems-of.ts';
import { cleanupAfter } from '../support/cleanup.ts';

const NOTHING_ELSE = { port: 6379, db: 0, tls: false };
const NOT_ENCODED =
  'must be a URL: in a user name or password write % as %25, and / ? # @ : as %2F %3F %23 %40 %3A, or take the password out of it: {url, password}';
const DATABASE = 'must have the number of a database, or nothing, after the host';
const NO_FRAGMENT = 'must be a URL without a fragment: remove # and what follows it';

describe('the URL of a Redis', () => {
  const onTestEnd = cleanupAfter(afterEach);

  const read: readonly [string, ServerAddress][] = [
    ['redis://redis.example', { ...NOTHING_ELSE, host: 'redis.example' }],
    ['redis://redis.example/', { ...NOTHING_ELSE, host: 'redis.example' }],
    ['rediss://redis.example', { ...NOTHING_ELSE, host: 'redis.example', tls: true }],
    ['redis://10.0.0.1:7000/2', { host: '10.0.0.1', port: 7000, db: 2, tls: false }],
    ['redis://[2001:db8::1]:7000', { ...NOTHING_ELSE, host: '2001:db8::1', port: 7000 }],
    ['rediss://[::1]/15', { ...NOTHING_ELSE, host: '::1', db: 15, tls: true }],
    ['redis:///3', { ...NOTHING_ELSE, host: 'localhost', db: 3 }],
    ['redis://:secret@h', { ...NOTHING_ELSE, host: 'h', password: 'secret' }],
    ['redis://ledger:secret@h', { ...NOTHING_ELSE, host: 'h', username: 'ledger', password: 'secret' }],
    ['redis://ledger@h', { ...NOTHING_ELSE, host: 'h', username: 'ledger' }],
    ['redis://:a:b@h', { ...NOTHING_ELSE, host: 'h', password: 'a:b' }],
    [
      'redis://us%40er:%25%2F%3F%23%40%3A%C3%A9%2B@h',
      { ...NOTHING_ELSE, host: 'h', username: 'us@er', password: '%/?#@:é+' },
    ],
  ];
  for (const [url, address] of read) {
    it(`${url} is read, and ioredis gets what it would have read itself`, () => {
      expect(parseServerUrl(url)).to.deep.equal({ ok: true, address });
      const ours = openClient({ url }, 1000);
      const theirs = new Redis(url, { lazyConnect: true });
      for (const client of [ours, theirs]) {
        client.on('error', () => {});
        onTestEnd(() => client.disconnect());
      }
      const place = ({ options }: Redis) => {
        const { host, port, username, password, db, tls } = options;
        return {
          host,
          port,
          username: username || null,
          password: password || null,
          db,
          tls: tls !== undefined,
        };
      };
      expect(place(ours as Redis)).to.deep.equal(place(theirs));
    });
  }

  it('changes nothing of how a command is sent', () => {
    const client = openClient({ url: 'redis://127.0.0.1:1' }, 750) as Redis;
    client.on('error', () => {});
    onTestEnd(() => client.disconnect());
    expect(client.options).to.include({
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableOfflineQueue: false,
      commandTimeout: 1250,
      socketTimeout: 1250,
      keyPrefix: '',
    });
  });

  const refused: readonly [string, string][] = [
    [
      'redis://h?maxRetriesPerRequest=20&enableOfflineQueue=true&commandTimeout=60000',
      'must be a URL without a query: remove maxRetriesPerRequest, enableOfflineQueue, commandTimeout',
    ],
    ['redis://h/2?db=3', 'must be a URL without a query: remove db'],
    ['redis://h?family=6#f', 'must be a URL without a query: remove family'],
    ['redis://h?__proto__=1', 'must be a URL without a query: remove ? and what follows it'],
    ['redis://h?', 'must be a URL without a query: remove ? and what follows it'],
    ['redis://h#fragment', NO_FRAGMENT],
    ['redis://h#', NO_FRAGMENT],
    ['redis://h/sessions', DATABASE],
    ['redis://h/-1', DATABASE],
    ['redis://h/1.5', DATABASE],
    ['redis://h/2/', DATABASE],
    ['redis://h/%32', DATABASE],
    ['redis://h:port', NOT_ENCODED],
    ['redis://h:65536', 'must have a port from 1 to 65535'],
    ['rediss://user:secret@[::1]:99999/3', 'must have a port from 1 to 65535'],
    ['redis://user:pa/s:99999', NOT_ENCODED],
    ['redis://:p%zz@h', NOT_ENCODED],
    ['redis://user:pa/ss@h', NOT_ENCODED],
    ['redis://user:12/34@h', NOT_ENCODED],
    ['redis://user:12?hunter2=x@h', NOT_ENCODED],
    ['redis://user:12#hunter2@h', NOT_ENCODED],
  ];
  for (const [url, problem] of refused) {
    it(`${url} is refused`, () => {
      expect(problemsOf({ ledger: { redis: url } })).to.deep.equal([`ledger.redis: ${problem}`]);
      expect(() => openClient({ url }, 1000)).to.throw(TypeError, problem);
    });
  }

  const objects: readonly [string, object, string][] = [
    ['a cluster', { cluster: ['h:1'] }, 'ledger.redis.commandTimeout: is not known here'],
    ['sentinels', { sentinels: ['h:1'], name: 'm' }, 'ledger.redis.commandTimeout: is not known here'],
  ];
  for (const [what, redis, problem] of objects) {
    it(`has no more ways to options of ioredis for ${what}`, () => {
      expect(problemsOf({ ledger: { redis } })).to.deep.equal([]);
      expect(problemsOf({ ledger: { redis: { ...redis, commandTimeout: 60_000 } } })).to.deep.equal([
        problem,
      ]);
      const node = { host: 'h', port: 1, commandTimeout: 60_000 };
      const [list = ''] = Object.keys(redis);
      expect(problemsOf({ ledger: { redis: { ...redis, [list]: [node] } } })).to.have.length(1);
    });
  }
});
