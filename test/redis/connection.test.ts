import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { LedgerClient } from '../../src/redis/client.ts';
import { connectLedger, type LedgerConnection } from '../../src/redis/connection.ts';
import { ledgerFreeze } from '../../src/redis/freeze.ts';
import { UnexpectedReplyError } from '../../src/redis/reply.ts';
import { answeringScripts } from '../support/answering-scripts.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { heapInUse } from '../support/heap.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const TICKET = 'a-ticket';

describe('a connection to Redis', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let connection: LedgerConnection;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    connection = connectLedger({ url: redis.url }, { timeoutMs: 1000, monotonicMs: () => performance.now() });
    onClose(() => connection.close());
  });

  const ping = () => connection.answer((client) => client.ping());

  it('is made anew when its client has given up for good', async () => {
    expect(await ping()).to.equal('PONG');
    connection.redis.disconnect();
    await new Promise((resolve) => connection.redis.once('end', resolve));
    const answers: string[] = [];
    while (answers.at(-1) !== 'PONG' && answers.length < 20) answers.push(await ping().catch(() => 'none'));
    expect(answers.at(-1)).to.equal('PONG');
  });

  it('asks again what got no answer, and not what the server refused', async () => {
    let asked = 0;
    const answer = await connection.answer(async (client) => {
      asked++;
      if (asked === 1) throw new Error('Connection is closed.');
      return client.ping();
    });
    expect([answer, asked]).to.deep.equal(['PONG', 2]);
    asked = 0;
    const refused = await connection
      .answer((client) => {
        asked++;
        return client.call('NOT-A-COMMAND');
      })
      .catch((error: unknown) => error);
    expect(refused).to.include({ code: 'ledger_unavailable' });
    expect(asked).to.equal(1);
  });

  it('asks again, also what is asked once, where the server says that it cannot answer yet', async () => {
    const loading = Object.assign(new Error('LOADING Redis is loading the dataset in memory'), {
      name: 'ReplyError',
    });
    for (const ask of [connection.answer, connection.askOnce]) {
      let asked = 0;
      const answer = await ask(async () => {
        asked++;
        if (asked < 3) throw loading;
        return asked;
      });
      expect(answer).to.equal(3);
    }
  });

  it('tells that it is given up since it is out of step, not that Redis closed it', async () => {
    const told: string[] = [];
    const other = connectLedger(
      { url: redis.url },
      {
        timeoutMs: 1000,
        monotonicMs: () => performance.now(),
        report: (now) => told.push(now.here ? 'here' : now.reason),
      },
    );
    expect(await other.answer((client) => client.ping())).to.equal('PONG');
    await other.askOnce(() => Promise.reject(new UnexpectedReplyError())).catch(() => {});
    expect(await other.answer((client) => client.ping())).to.equal('PONG');
    await other.close();
    expect(told).to.deep.equal(['here', new UnexpectedReplyError().message, 'here']);
  });

  it('is given up once for all that were asked on it, however late they show that it is out of step', async () => {
    const ends: (() => void)[] = [];
    const misled = () =>
      new Promise((_resolve, reject) => {
        ends.push(() => reject(new UnexpectedReplyError()));
      });
    const asked = [misled, misled].map((ask) => connection.askOnce(ask).catch(() => 'none'));
    ends[0]?.();
    expect(await Promise.all(asked)).to.deep.equal(['none', 'none']);
    expect(await ping()).to.equal('PONG');
    let isLeft = false;
    connection.redis.once('close', () => {
      isLeft = true;
    });
    ends[1]?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isLeft).to.equal(false);
  });

  it('is not made anew once it is closed, though it was just lost', async () => {
    const other = connectLedger(
      { url: redis.url },
      { timeoutMs: 1000, monotonicMs: () => performance.now() },
    );
    expect(await other.answer((client) => client.ping())).to.equal('PONG');
    other.redis.disconnect();
    await new Promise((resolve) => other.redis.once('end', resolve));
    await other.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(other.redis.status).to.equal('end');
  });

  it('keeps nothing of a question that was answered, or refused', async () => {
    const refusal = Object.assign(new Error('ERR no'), { name: 'ReplyError' });
    const ask = async (count: number) => {
      for (let asked = 0; asked < count; asked++) {
        await connection.answer(async () => asked);
        await connection.askOnce(() => Promise.reject(refusal)).catch(() => {});
      }
    };
    await ask(1000);
    const before = heapInUse();
    await ask(20_000);
    expect(heapInUse() - before).to.be.below(4_000_000);
  });

  it('tells no freeze which server it is by the reply to another question', async () => {
    const monotonicMs = () => performance.now();
    const options = { ...TEST_LEDGER, shards: 1, connection, randomBytes, monotonicMs };
    await ledgerFreeze(options).freeze(TICKET, 60);
    const misled = ledgerFreeze({ ...options, connection: shifted(connection) });
    expect((await misled.thaw(TICKET)).untouched).to.have.length(1);
    expect((await ledgerFreeze(options).thaw(TICKET)).thawed).to.deep.equal([0]);
  });
});

/** The same connection, on which what identifies the server comes with the tag of another question. */
function shifted(connection: LedgerConnection): LedgerConnection {
  const misled = (client: LedgerClient): LedgerClient =>
    answeringScripts(client, async (script, keys, ...rest) => {
      const reply: unknown = await client.eval(script, keys, ...rest);
      return Array.isArray(reply) ? ['another tag', ...reply.slice(1)] : reply;
    });
  return { ...connection, answer: (ask) => connection.answer((client) => ask(misled(client))) };
}
