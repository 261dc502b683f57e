import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { type BurnLedger, expiryMinute } from '../../src/ledger/burn-ledger.ts';
import { ledgerKeys } from '../../src/redis/keys.ts';
import { drawLevels, placeOf, recordName } from '../../src/redis/places.ts';
import { MAX_LEVEL, NONCE_BYTES, type TokenId } from '../../src/token/id.ts';
import { burnOf, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openTamperedLedger, TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { Tampering } from '../support/tampered-scripts.ts';

const MINUTE = 60;
const newNonce = () => randomBytes(NONCE_BYTES).toString('base64url');

describe('the buckets of one minute', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  const tampering: Tampering = {};
  const keys = ledgerKeys(TEST_LEDGER.namespace, TEST_LEDGER.issuer, 1);
  let redis: RedisServer;
  let ledger: BurnLedger;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  beforeEach(async () => {
    await redis.command('FLUSHALL');
    tampering.clockSeconds = 0;
    ledger = openTamperedLedger(redis.url, tampering, { shards: 1 });
    onTestEnd(() => ledger.close());
  });

  const keysLike = async (pattern: string) => (await redis.command('KEYS', pattern)) as string[];
  const outcomeOf = async (id: TokenId) => (await ledger.burn(burnOf(id))).outcome;
  const tokenAt = async (level: number) => ({ ...(await newTokenId(ledger)), level });

  it('are one for the first tokens that a process mints, and double from level to level', () => {
    const levelOf = drawLevels(MAX_LEVEL);
    const levels = Array.from({ length: 1024 }, () => levelOf(0, 7));
    for (const [level, tokens] of [64, 64, 128, 256, 512].entries()) {
      expect(levels.filter((each) => each === level)).to.have.length(tokens);
    }
    expect([levelOf(0, 8), levelOf(1, 7)]).to.deep.equal([0, 0]);
  });

  it('are of one level alone: each has a number of its own', () => {
    for (let level = 1; level <= 6; level++) {
      const places = new Set(
        Array.from({ length: 2000 }, () => placeOf({ ...TOKEN, level, nonce: newNonce() })),
      );
      const numbers = [...places].map((place) => Number(place.slice(1)));
      expect(numbers).to.have.length(2 ** (level - 1));
      expect([Math.min(...numbers), Math.max(...numbers)]).to.deep.equal([2 ** (level - 1), 2 ** level - 1]);
    }
    expect(placeOf(TOKEN)).to.equal('');
  });

  it('each burn their tokens once, at every level', async () => {
    for (let level = 0; level <= MAX_LEVEL; level++) {
      const id = await tokenAt(level);
      expect(await outcomeOf(id), `level ${level}`).to.equal('burned');
      expect(await redis.command('HEXISTS', keys.bucket(id), recordName(id))).to.equal(1);
      expect(await outcomeOf(id), `level ${level}`).to.equal('already-burned');
      expect((await ledger.inspect(id)).state).to.equal('burned');
    }
  });

  it('are found from the list of a subject as from a token', async () => {
    for (let level = 0; level <= MAX_LEVEL; level++) {
      const [older, newer] = [await tokenAt(level), await tokenAt(level)];
      for (const id of [older, newer]) {
        await ledger.register([{ id, burnableUntilMs: id.expiresAt * 1000 }], TOKEN_SUBJECT, 1);
      }
      expect([await outcomeOf(older), await outcomeOf(newer)]).to.deep.equal(['superseded', 'burned']);
    }
  });

  it('void every token when one of them is lost', async () => {
    for (const level of [1, 5, MAX_LEVEL]) {
      const id = await tokenAt(level);
      expect(await outcomeOf(id)).to.equal('burned');
      await redis.command('DEL', keys.bucket(id));
      expect(await outcomeOf(id), `level ${level}`).to.equal('void');
    }
  });

  it('are dropped together with their counts, some thousands by each script', async () => {
    const ids = await Promise.all(
      Array.from({ length: 100 }, (_, index) => tokenAt(index % (MAX_LEVEL + 1))),
    );
    for (const id of ids) expect(await outcomeOf(id)).to.equal('burned');
    const [first] = ids;
    if (!first) throw new Error('no token');
    const { epoch } = first;
    tampering.clockSeconds = 30 * MINUTE;
    const counts = async () =>
      ((await redis.command('HKEYS', keys.meta(0))) as string[]).filter((field) => /^[bh]\d/.test(field));
    expect(await counts()).to.have.length.greaterThan(20);
    for (let script = 0; script < 3; script++) {
      expect(await ledger.living(TOKEN_SUBJECT.subject)).to.include({ epoch });
      expect(await outcomeOf(first)).to.equal('expired');
    }
    expect(await counts()).to.deep.equal([]);
    expect(await keysLike('*:b:*')).to.deep.equal([]);
    const fields = Number(await redis.command('HLEN', keys.meta(0)));
    expect(await redis.command('HGET', keys.meta(0), 'size')).to.equal(String(fields));
    expect(expiryMinute(first)).to.be.lessThan(Number(await redis.command('HGET', keys.meta(0), 'swept')));
  });
});

const TOKEN: TokenId = {
  ...{ shard: 0, epoch: 'E'.repeat(16), issuedAt: 0, expiresAt: 60, uses: 1, generation: 0 },
  nonce: 'A'.repeat(22),
};
