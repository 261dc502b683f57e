import { expect } from 'chai';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { recordName } from '../../src/redis/places.ts';
import { burnOf, countOf, newTokenId } from '../contract/burn-ledger.contract.ts';
import { newProof } from '../contract/proofs.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { openRedisLedger } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

describe('a proof that was burned in Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  beforeEach(() => redis.command('FLUSHALL'));

  /** Another instance of the service on the same Redis. */
  function open(url = redis.url): BurnLedger {
    const ledger = openRedisLedger(url);
    onTestEnd(() => ledger.close());
    return ledger;
  }

  async function onlyKeyLike(pattern: string): Promise<string> {
    const keys: unknown = await redis.command('KEYS', pattern);
    expect(keys).to.be.an('array').with.length(1);
    return String(Array.isArray(keys) ? keys[0] : '');
  }

  async function provedBurn(ledger: BurnLedger, uses: number) {
    const burn = { ...burnOf(await newTokenId(ledger, 300, 'user-42', uses)), proofName: newProof() };
    expect((await ledger.burn(burn)).outcome).to.equal('burned');
    return { burn, field: `${recordName(burn.id)}~${burn.proofName}` };
  }

  it('is one record more in the bucket of its token, which says whose attempt it was', async () => {
    for (const [uses, records] of [
      [1, 3],
      [3, 4],
    ] as const) {
      await redis.command('FLUSHALL');
      const { burn, field } = await provedBurn(open(), uses);
      const bucket = await onlyKeyLike('test:*:b:*');
      expect(await redis.command('HGET', bucket, field)).to.equal(burn.attempt);
      const minute = Math.floor(burn.id.expiresAt / 60);
      expect(await redis.command('HGET', await onlyKeyLike('test:*:m'), `b${minute}`)).to.equal(`${records}`);
      expect(await redis.command('HLEN', bucket)).to.equal(records);
    }
  });

  it('is good for one of 200 attempts over 8 instances', async () => {
    const ledgers = Array.from({ length: 8 }, () => open());
    for (let round = 0; round < 5; round++) {
      const id = await newTokenId(ledgers[0] ?? open(), 300, 'user-42', 100);
      const proofName = newProof();
      const answers = await Promise.all(
        Array.from({ length: 25 }, () =>
          ledgers.map((ledger) => ledger.burn({ ...burnOf(id), proofName })),
        ).flat(),
      );
      expect(countOf(answers, 'burned')).to.equal(1);
      expect(countOf(answers, 'proof-used')).to.equal(199);
    }
  });

  it('stays with the attempt whose reply was cut, wherever it was cut', async () => {
    const proxy = await startCuttingProxy(redis.port);
    onTestEnd(proxy.close);
    const cut = open(`redis://127.0.0.1:${proxy.port}`);
    await cut.check();
    for (const octets of [0, 1, 10, 40, 100]) {
      const burn = { ...burnOf(await newTokenId(cut, 300, 'user-42', 3)), proofName: newProof() };
      proxy.cutRepliesAfter(octets, 1);
      expect((await cut.burn(burn)).outcome).to.equal('burned');
      proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
      const other = { ...burnOf(burn.id), proofName: burn.proofName };
      expect(await open().burn(other)).to.deep.equal({ outcome: 'proof-used' });
    }
    expect(proxy.cuts()).to.be.greaterThan(0);
  });

  describe('is never good again, but its token void:', () => {
    const losses: Readonly<Record<string, (field: string) => Promise<unknown>>> = {
      'after it is deleted': async (field) => redis.command('HDEL', await onlyKeyLike('test:*:b:*'), field),
      'after the bucket is deleted': async () => redis.command('DEL', await onlyKeyLike('test:*:b:*')),
      'after the shard forgets its own record': async () =>
        redis.command('DEL', await onlyKeyLike('test:*:m')),
    };
    for (const [when, lose] of Object.entries(losses)) {
      it(when, async () => {
        const ledger = open();
        const { burn, field } = await provedBurn(ledger, 3);
        await lose(field);
        const replay = { ...burnOf(burn.id), proofName: burn.proofName };
        expect(await open().burn(replay)).to.deep.equal({ outcome: 'void' });
        expect(await ledger.burn({ ...burnOf(burn.id), proofName: newProof() })).to.deep.equal({
          outcome: 'void',
        });
        const fresh = await newTokenId(ledger);
        expect((await ledger.burn({ ...burnOf(fresh), proofName: burn.proofName })).outcome).to.equal(
          'burned',
        );
      });
    }
  });
});
