import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { type AskShard, askShards } from '../../src/redis/ask.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { redisLedger } from '../../src/redis/ledger.ts';
import type { TokenId } from '../../src/token/id.ts';
import { burnOf, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openRedisLedger, TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { dealtTo } from '../support/soak.ts';

const LIVE = 100;
const until = (id: TokenId) => ({ id, burnableUntilMs: id.expiresAt * 1000 });

describe('a registration that takes several looks', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let ledger: BurnLedger;
  let topics = 0;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    ledger = openRedisLedger(redis.url);
    onClose(() => ledger.close());
  });

  const newTopic = () => ({ ...TOKEN_SUBJECT, purpose: `looks-${topics++}` });
  type Topic = ReturnType<typeof newTopic>;
  const newId = (minutes: number) => newTokenId(ledger, 120 + minutes * 60);

  /** As many as may live, which expire in 50 minutes. */
  async function fill(topic: Topic): Promise<TokenId[]> {
    const ids: TokenId[] = [];
    for (let made = 0; made < LIVE; made++) {
      const id = await newId(made % 50);
      ids.push(id);
      await ledger.register([until(id)], topic, LIVE);
    }
    return ids;
  }

  /** Another instance, of which something is done before the second look, and what it goes on after is told. */
  const interrupted = (meanwhile: (nonce: string) => Promise<unknown>) =>
    otherLedger((asked) => {
      let looks = 0;
      return async (name, shard, input, decode) => {
        if (name === 'register' && ++looks === 2 && 'after' in input) await meanwhile(String(input.after));
        return asked(name, shard, input, decode);
      };
    });

  /** Another instance, which asks for one of its looks again, as if the answer had been lost. */
  const askingAgain = (look: number) =>
    otherLedger((asked) => {
      let looks = 0;
      return async (name, shard, input, decode) => {
        if (name === 'register' && ++looks === look) await asked(name, shard, input, decode);
        return asked(name, shard, input, decode);
      };
    });

  function otherLedger(change: (asked: AskShard) => AskShard): BurnLedger {
    const monotonicMs = () => performance.now();
    const connection = connectLedger({ url: redis.url }, { timeoutMs: 5000, monotonicMs });
    const options = { ...TEST_LEDGER, connection, randomBytes, nowMs: Date.now, monotonicMs };
    const asked = askShards(options);
    const other = redisLedger(options, { ...asked, ask: change(asked.ask) });
    onClose(() => other.close());
    return other;
  }

  async function unrecorded(ids: readonly TokenId[], topic: Topic): Promise<readonly TokenId[]> {
    const states = await Promise.all(ids.map((id) => ledger.inspect(id, topic)));
    return ids.filter((_, index) => states[index]?.state === 'unrecorded');
  }

  it('is brought to its end by whoever asks for it again', async () => {
    const topic = newTopic();
    const ids = await fill(topic);
    const id = await newId(0);
    const other = interrupted(() => Promise.reject(new Error('no answer')));
    const error = await other.register([until(id)], topic, LIVE).catch(String);
    expect(error).to.equal('Error: no answer');
    expect(await unrecorded([...ids, id], topic)).to.have.length(LIVE + 1);
    expect(await ledger.register([until(id)], topic, LIVE)).to.equal(true);
    expect(await unrecorded([...ids, id], topic)).to.deep.equal([...ids.slice(1), id]);
  });

  const shapes = [
    // Beyond those that live there is one that is spent, and one more than are looked at in one go.
    { live: 100, olds: 101, spent: 1, minutes: 1, fresh: 1 },
    { live: 100, olds: 100, spent: 0, minutes: 50, fresh: 1 },
    { live: 20, olds: 20, spent: 0, minutes: 20, fresh: 25 },
    { live: 3, olds: 6, spent: 3, minutes: 6, fresh: 25 },
    { live: 100, olds: 190, spent: 90, minutes: 45, fresh: 25 },
  ];
  for (const [index, some] of dealtTo(3, shapes).entries()) {
    const look = index + 1;
    it(`leaves as many as may live if the answer to one is lost: ${look}`, async () => {
      for (const { live, olds, spent, minutes, fresh } of some) {
        const topic = newTopic();
        const ids: TokenId[] = [];
        for (let made = 0; made < olds; made++) {
          const id = await newId(made % minutes);
          ids.push(id);
          await ledger.register([until(id)], topic, live);
          if (made >= 1 && made <= spent) await ledger.burn({ ...burnOf(id), ...topic });
        }
        const other = askingAgain(look);
        const added: TokenId[] = [];
        for (let made = 0; made < fresh; made++) added.push(await newId(20 + made));
        expect(await other.register(added.map(until), topic, live)).to.equal(true);
        const open = await unrecorded([...ids, ...added], topic);
        expect(open, JSON.stringify({ live, olds, spent, minutes, fresh })).to.have.length(live);
        expect(open.slice(-Math.min(fresh, live))).to.deep.equal(added.slice(-live));
      }
    });
  }

  it('is at its end where somebody has taken away all that was left', async () => {
    const topic = newTopic();
    const ids = await fill(topic);
    const [id, newest] = [await newId(0), await newId(1)];
    let left = 0;
    const other = interrupted(async (nonce) => {
      left = ids.findIndex((each) => each.nonce === nonce);
      for (const older of ids.slice(0, left)) await ledger.revoke(older, older.expiresAt * 1000);
      await ledger.register([until(newest)], topic, LIVE);
    });
    expect(await other.register([until(id)], topic, LIVE)).to.equal(true);
    expect(left).to.be.greaterThan(0);
    expect(await unrecorded([...ids, id, newest], topic)).to.have.length(LIVE + 2 - left);
  });

  it('starts over where somebody has taken away what it would go on after', async () => {
    const topic = newTopic();
    const ids = await fill(topic);
    const [id, newest] = [await newId(0), await newId(1)];
    const other = interrupted(async (nonce) => {
      const last = ids.find((each) => each.nonce === nonce);
      if (!last) throw new Error('it goes on after what was never registered');
      await ledger.revoke(last, last.expiresAt * 1000);
      await ledger.register([until(newest)], topic, LIVE);
    });
    expect(await other.register([until(id)], topic, LIVE)).to.equal(true);
    expect(await unrecorded([...ids, id, newest], topic)).to.have.length(LIVE);
  });
});
