import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import { type BurnLedger, expiryMinute } from '../../src/ledger/burn-ledger.ts';
import { recordName } from '../../src/redis/places.ts';
import { isUnfitServer } from '../../src/redis/unfit.ts';
import type { TokenId } from '../../src/token/id.ts';
import {
  burnLedgerContract,
  burnOf,
  countOf,
  newTokenId,
  TOKEN_SUBJECT,
} from '../contract/burn-ledger.contract.ts';
import { collectContract } from '../contract/collect.contract.ts';
import { ledgerStatesContract } from '../contract/ledger-states.contract.ts';
import { notesContract } from '../contract/notes.contract.ts';
import { placesContract } from '../contract/places.contract.ts';
import { proofsContract } from '../contract/proofs.contract.ts';
import { revokedKeysContract } from '../contract/revoked-keys.contract.ts';
import { unfinishedContract } from '../contract/unfinished.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openRedisLedger } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

describe('the ledger in Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;

  before(async () => {
    redis = await startRedis(['--maxmemory-policy', 'noeviction']);
    onClose(redis.close);
  });

  beforeEach(() => redis.command('FLUSHALL'));

  /** Another instance of the service on the same Redis. */
  function open(options: { timeoutMs?: number; shards?: number } = {}): BurnLedger {
    const ledger = openRedisLedger(redis.url, options);
    onTestEnd(() => ledger.close());
    return ledger;
  }

  async function burnedToken(ledger: BurnLedger): Promise<TokenId> {
    const id = await newTokenId(ledger);
    expect((await ledger.burn(burnOf(id))).outcome).to.equal('burned');
    return id;
  }

  const keysLike = async (pattern: string) => (await redis.command('KEYS', pattern)) as string[];
  const onlyKeyLike = async (pattern: string) => {
    const keys = await keysLike(pattern);
    expect(keys).to.have.length(1);
    return keys[0] ?? '';
  };

  burnLedgerContract(async () => openRedisLedger(redis.url));
  ledgerStatesContract(async () => openRedisLedger(redis.url));
  unfinishedContract(async () => openRedisLedger(redis.url));
  placesContract(async () => openRedisLedger(redis.url));
  collectContract(async () => openRedisLedger(redis.url));
  proofsContract(async () => openRedisLedger(redis.url));
  revokedKeysContract(async () => openRedisLedger(redis.url));
  notesContract(async () => openRedisLedger(redis.url));

  it('is one for all instances: of 200 attempts over 8 of them one burns', async () => {
    const ledgers = Array.from({ length: 8 }, () => open());
    for (let round = 0; round < 25; round++) {
      const id = await newTokenId(ledgers[round % 8] ?? open());
      const attempts = Array.from({ length: 200 }, (_, index) => ledgers[index % 8]?.burn(burnOf(id)));
      const answers = (await Promise.all(attempts)).filter((answer) => answer !== undefined);
      expect(countOf(answers, 'burned')).to.equal(1);
      expect(countOf(answers, 'already-burned')).to.equal(199);
    }
  });

  it('keeps no token, and no more of the jti than its nonce', async () => {
    const id = await burnedToken(open());
    const bucket = await onlyKeyLike('test:*:b:*');
    const fields = (await redis.command('HKEYS', bucket)) as string[];
    expect(fields).to.have.members(['@', recordName(id)]);
    expect(await redis.command('HGET', bucket, recordName(id))).to.match(/^b[\w-]{22}0\d{7}$/);
  });

  describe('voids what it cannot vouch for:', () => {
    async function expectVoidThenFresh(ledger: BurnLedger, ids: readonly TokenId[]) {
      for (const id of ids) expect((await ledger.burn(burnOf(id))).outcome).to.equal('void');
      expect((await ledger.burn(burnOf(await newTokenId(ledger)))).outcome).to.equal('burned');
    }

    it('after FLUSHALL', async () => {
      const ledger = open();
      const ids = [await burnedToken(ledger), await newTokenId(ledger)];
      await redis.command('FLUSHALL');
      await expectVoidThenFresh(ledger, ids);
    });

    it('after one burn record is deleted from its bucket', async () => {
      const ledger = open();
      const ids = [await burnedToken(ledger), await burnedToken(ledger)];
      await redis.command('HDEL', await onlyKeyLike('test:*:b:*'), ids[0] ? recordName(ids[0]) : '');
      await expectVoidThenFresh(ledger, ids);
    });

    it('after a whole bucket is deleted', async () => {
      const ledger = open();
      const ids = [await burnedToken(ledger)];
      await redis.command('DEL', await onlyKeyLike('test:*:b:*'));
      await expectVoidThenFresh(ledger, ids);
    });

    it('after a key of another kind takes the place of a bucket', async () => {
      const ledger = open();
      await burnedToken(ledger);
      const unused = await newTokenId(ledger);
      const bucket = await onlyKeyLike('test:*:b:*');
      await redis.command('SET', bucket, 'something else');
      expect((await ledger.burn(burnOf(unused))).outcome).to.equal('void');
    });

    it('after another bucket with as many records takes the place of one', async () => {
      const ledger = open();
      const ids = [await burnedToken(ledger), await newTokenId(ledger, 3000)];
      const [first] = ids;
      await ledger.burn(burnOf(ids[1] as TokenId));
      const taken = `${(await onlyKeyLike('test:*:m')).slice(0, -1)}b:${first?.epoch}:${expiryMinute(first as TokenId)}`;
      const [other] = ((await redis.command('KEYS', 'test:*:b:*')) as string[]).filter(
        (key) => key !== taken,
      );
      await redis.command('RENAME', other ?? '', taken);
      await expectVoidThenFresh(ledger, [first as TokenId]);
    });

    it('after any field of the shard’s own record is deleted', async () => {
      const ledger = open();
      await burnedToken(ledger);
      const meta = await onlyKeyLike('test:*:m');
      const fields = (await redis.command('HKEYS', meta)) as string[];
      expect(fields.length).to.be.greaterThan(12);
      for (const field of fields.filter((each) => !/^b\d/.test(each))) {
        const burned = await burnedToken(ledger);
        const unused = await newTokenId(ledger);
        expect(await redis.command('HDEL', meta, field)).to.equal(1);
        expect((await ledger.burn(burnOf(burned))).outcome, field).to.equal('void');
        expect((await ledger.burn(burnOf(unused))).outcome, field).to.equal('void');
      }
    });

    it('after a field of the shard’s own record is deleted that a burn rests on, at once', async () => {
      const ledger = open();
      await burnedToken(ledger);
      const meta = await onlyKeyLike('test:*:m');
      for (const pattern of [/^usual$/, /^changes$/, /^c:main$/, /^b\d/]) {
        await burnedToken(ledger);
        const unused = await newTokenId(ledger);
        const field =
          ((await redis.command('HKEYS', meta)) as string[]).find((each) => pattern.test(each)) ?? '';
        expect(await redis.command('HDEL', meta, field), field).to.equal(1);
        expect((await ledger.burn(burnOf(unused))).outcome, field).to.equal('void');
      }
    });

    it('after the shard forgets its own record', async () => {
      const ledger = open();
      const ids = [await burnedToken(ledger)];
      await redis.command('DEL', await onlyKeyLike('test:*:m'));
      await expectVoidThenFresh(ledger, ids);
    });

    it('when the record belongs to another server', async () => {
      const ledger = open();
      const ids = [await burnedToken(ledger)];
      await redis.command('HSET', await onlyKeyLike('test:*:m'), 'identity', '0'.repeat(40));
      await expectVoidThenFresh(ledger, ids);
    });

    it('when memory goes back in place, which the totals show', async () => {
      const ledger = open();
      await burnedToken(ledger);
      const meta = await onlyKeyLike('test:*:m');
      const bucket = await onlyKeyLike('test:*:b:*');
      await redis.command('COPY', meta, 'old-meta');
      await redis.command('COPY', bucket, 'old-bucket');
      const replayed = await burnedToken(ledger);
      await redis.command('RENAME', 'old-meta', meta);
      await redis.command('RENAME', 'old-bucket', bucket);
      expect((await ledger.burn(burnOf(replayed))).outcome).to.equal('void');
      await expectVoidThenFresh(ledger, [replayed]);
      expect(await redis.command('HGET', await onlyKeyLike('test:*:m'), 'reason')).to.equal(
        'memory-went-back',
      );
    });

    it('when memory goes back in place, which the token itself shows to a process that has just begun', async () => {
      const ledger = open();
      await newTokenId(ledger);
      const meta = await onlyKeyLike('test:*:m');
      await redis.command('COPY', meta, 'old-meta');
      await ledger.revokeSubject(TOKEN_SUBJECT.subject);
      const burned = await burnedToken(ledger);
      await redis.command('RENAME', 'old-meta', meta);
      await redis.command('DEL', await onlyKeyLike('test:*:s:*'), await onlyKeyLike('test:*:b:*'));
      const newcomer = open();
      await expectVoidThenFresh(newcomer, [burned]);
    });

    it('after a restart, and goes on without one of its own', async () => {
      const ledger = open();
      const ids = [await burnedToken(ledger), await newTokenId(ledger)];
      redis.process().kill('SIGKILL');
      await redis.restart();
      await expectVoidThenFresh(ledger, ids);
    });
  });

  it('keeps its epoch over SCRIPT FLUSH, BGSAVE, CONFIG RESETSTAT and CLIENT KILL', async () => {
    const ledger = open();
    const burned = await burnedToken(ledger);
    const unused = await newTokenId(ledger);
    await redis.command('SCRIPT', 'FLUSH');
    await redis.command('BGSAVE');
    await redis.command('CONFIG', 'RESETSTAT');
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal');
    expect((await ledger.burn(burnOf(unused))).outcome).to.equal('burned');
    expect((await ledger.burn(burnOf(burned))).outcome).to.equal('already-burned');
  });

  it('forgets buckets that ended long ago, and burns nothing of their minutes again', async () => {
    const ledger = open();
    const id = await newTokenId(ledger);
    await burnedToken(ledger);
    const meta = await onlyKeyLike('test:*:m');
    const ended = Math.floor(Date.now() / 60_000) - 30;
    const bucket = `${meta.slice(0, -1)}b:${id.epoch}:${ended}`;
    await redis.command('HSET', meta, `b${ended}`, 2, 'forgotten', ended - 1, 'swept', ended - 1);
    await redis.command('HINCRBY', meta, 'size', 1);
    await redis.command('HSET', bucket, '@', `b:${id.epoch}:${ended}`, 'x', 'burned:x:1:0:0:x');
    await ledger.burn(burnOf(await newTokenId(ledger, 3000)));
    expect(await redis.command('EXISTS', bucket)).to.equal(0);
    expect(await redis.command('HGET', meta, `b${ended}`)).to.equal(null);
    const old = { ...id, expiresAt: ended * 60 + 30 };
    const answer = await ledger.burn({ ...burnOf(old), burnableUntilMs: Date.now() + 60_000 });
    expect(answer).to.deep.equal({ outcome: 'expired' });
  });

  it('begins a new epoch when the clock is behind a minute that was forgotten', async () => {
    const ledger = open();
    const id = await newTokenId(ledger);
    await redis.command(
      'HSET',
      await onlyKeyLike('test:*:m'),
      'forgotten',
      Math.floor(Date.now() / 60_000) + 60,
    );
    expect((await ledger.burn(burnOf(id))).outcome).to.equal('void');
    expect(await redis.command('HGET', await onlyKeyLike('test:*:m'), 'reason')).to.equal('clock-went-back');
  });

  describe('gives no answer rather than a guess:', () => {
    async function expectNoAnswer(asked: Promise<unknown>): Promise<MatchstickError> {
      const error = await asked.then(
        (answer) => new Error(`answered ${JSON.stringify(answer)}`),
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof MatchstickError)) throw error;
      expect(error.code).to.equal('ledger_unavailable');
      expect(error.extras.retryAfterSeconds).to.be.greaterThan(0);
      return error;
    }

    it('a server that is no master', async () => {
      const ledger = open({ timeoutMs: 200 });
      const id = await newTokenId(ledger);
      await redis.command('REPLICAOF', '127.0.0.1', '1');
      onTestEnd(() => redis.command('REPLICAOF', 'NO', 'ONE'));
      await expectNoAnswer(ledger.burn(burnOf(id)));
      await expectNoAnswer(ledger.inspect(id));
      await expectNoAnswer(ledger.check());
    });

    it('memory that is full', async () => {
      const ledger = open();
      const id = await newTokenId(ledger);
      await redis.command('CONFIG', 'SET', 'maxmemory', '1');
      onTestEnd(() => redis.command('CONFIG', 'SET', 'maxmemory', '0'));
      await expectNoAnswer(ledger.burn(burnOf(id)));
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
      expect((await ledger.burn(burnOf(id))).outcome).to.equal('burned');
    });

    it('records of another format, which no waiting changes', async () => {
      const ledger = open();
      const id = await newTokenId(ledger);
      await redis.command('HSET', await onlyKeyLike('test:*:m'), 'format', '0', 'usual', '');
      expect(isUnfitServer(await expectNoAnswer(ledger.burn(burnOf(id))))).to.equal(true);
    });

    it('a record that nobody of ours wrote', async () => {
      const ledger = open();
      const id = await burnedToken(ledger);
      await redis.command('HSET', await onlyKeyLike('test:*:b:*'), recordName(id), 'used');
      await expectNoAnswer(ledger.burn(burnOf(id)));
      await expectNoAnswer(ledger.inspect(id));
    });

    it('a key that somebody else has taken, which no waiting changes', async () => {
      const ledger = open();
      const id = await newTokenId(ledger);
      const meta = await onlyKeyLike('test:*:m');
      await redis.command('SET', meta, 'text');
      const error = await expectNoAnswer(ledger.burn(burnOf(id)));
      expect(isUnfitServer(error)).to.equal(true);
      expect(String(error.cause)).to.include(meta);
      expect(await redis.command('GET', meta)).to.equal('text');
    });

    it('a user who may not ask for INFO', async () => {
      await redis.command('ACL', 'SETUSER', 'weak', 'on', '>pass', '~*', '+@all', '-info');
      const ledger = openRedisLedger(redis.url.replace('//', '//weak:pass@'), { timeoutMs: 300 });
      onTestEnd(() => ledger.close());
      await expectNoAnswer(ledger.living('user-42'));
    });
  });
});
