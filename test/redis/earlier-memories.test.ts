import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import type { LedgerClient } from '../../src/redis/client.ts';
import { ledgerKeys } from '../../src/redis/keys.ts';
import { redisLedger } from '../../src/redis/ledger.ts';
import { composeScripts } from '../../src/redis/scripts.ts';
import { burnOf, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { answeringScripts } from '../support/answering-scripts.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openRedisLedger, TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const SHARDS = 1;
const meta = ledgerKeys(TEST_LEDGER.namespace, TEST_LEDGER.issuer, SHARDS).meta(0);

describe('an instance that has never met an epoch', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;
  let begun: BurnLedger;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  beforeEach(async () => {
    await redis.command('FLUSHALL');
    begun = open();
  });

  function open(): BurnLedger {
    const ledger = openRedisLedger(redis.url, { shards: SHARDS });
    onTestEnd(() => ledger.close());
    return ledger;
  }

  /** From now on the address leads to the other memory. */
  const swap = () => redis.command('SWAPDB', 0, 1);

  async function expectVoid(id: Parameters<typeof burnOf>[0]): Promise<void> {
    await swap();
    expect((await begun.burn(burnOf(id))).outcome).to.equal('void');
    expect(await redis.command('HGET', meta, 'reason')).to.equal('epoch-came-back');
  }

  it('ends it once somebody has revoked a token of it elsewhere', async () => {
    const id = await newTokenId(open());
    await swap();
    const answer = await begun.revoke(id, id.expiresAt * 1000);
    expect(answer).to.include({ outcome: 'void', elsewhere: true });
    await expectVoid(id);
  });

  const hearings: Readonly<Record<string, () => Promise<unknown>>> = {
    'asked where to mint': () => begun.living(TOKEN_SUBJECT.subject),
    'revoked a subject': async () => {
      expect(await begun.revokeSubject(TOKEN_SUBJECT.subject)).to.include({ elsewhere: true });
    },
  };
  for (const [what, hear] of Object.entries(hearings)) {
    for (const between of [0, 6]) {
      it(`ends it once it has ${what} in one that replaced it, with ${between} in between`, async () => {
        const another = open();
        const id = await newTokenId(another);
        await redis.command('COPY', meta, meta, 'DB', 1);
        for (let ended = 0; ended <= between; ended++) {
          await redis.command('HDEL', meta, 'freeze');
          await another.living(TOKEN_SUBJECT.subject);
        }
        await another.close();
        await hear();
        await expectVoid(id);
      });
    }
  }

  it('looks after a shard whose epoch was replaced as soon as a connection is ready', async () => {
    const asked: string[] = [];
    const evalsha = async (sha1: string, _keys: number, _key: string, tag: string) => {
      asked.push(sha1);
      return [tag, 'living', `E${Math.min(asked.length, 2)}`, 0, 1, 0, '', 0, ''];
    };
    const client = answeringScripts(Object.assign(new EventEmitter(), { status: 'connecting' }), evalsha);
    const answer = <T>(ask: (redis: LedgerClient) => Promise<T>) => ask(client);
    const ledger = redisLedger({
      ...{ ...TEST_LEDGER, shards: SHARDS, nowMs: Date.now, monotonicMs: () => performance.now() },
      randomBytes: (size) => new Uint8Array(size),
      connection: {
        redis: client,
        ...{ answer, askOnce: answer, close: async () => {} },
      },
    });
    onTestEnd(() => ledger.close());
    const looks = () => asked.filter((sha1) => sha1 === composeScripts()('watch-epoch').sha1).length;
    await ledger.living(TOKEN_SUBJECT.subject);
    client.emit('ready');
    expect(looks(), 'before an epoch was replaced').to.equal(0);
    await ledger.living(TOKEN_SUBJECT.subject);
    client.emit('ready');
    expect(looks()).to.equal(1);
  });
});
