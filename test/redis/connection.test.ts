import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { LedgerClient } from '../../src/redis/client.ts';
import { connectLedger, type LedgerConnection } from '../../src/redis/connection.ts';
import { ledgerFreeze } from '../../src/redis/freeze.ts';
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
