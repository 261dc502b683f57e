import { expect } from 'chai';
import { type BurnLedger, expiryMinute } from '../../src/ledger/burn-ledger.ts';
import { ledgerKeys } from '../../src/redis/keys.ts';
import { recordName } from '../../src/redis/places.ts';
import { composeScripts, type ScriptName } from '../../src/redis/scripts.ts';
import { MAX_GENERATION, type TokenId } from '../../src/token/id.ts';
import { burnOf, newAttempt, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { collectOf } from '../contract/collect.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openTamperedLedger, TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { Tampering } from '../support/tampered-scripts.ts';

const SHARDS = 1;
const keys = ledgerKeys(TEST_LEDGER.namespace, TEST_LEDGER.issuer, SHARDS);
const meta = keys.meta(0);
/** What every script is called with: its tag, the instance, and how many records are kept. */
const COMMON = ['tag', 'instance', 0] as const;

describe('a ledger in Redis without all that it wrote', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;
  let ledger: BurnLedger;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  beforeEach(async () => {
    await redis.command('FLUSHALL');
    ledger = open();
  });

  /** An instance that has just begun: it has heard of nothing. */
  function open(tampering: Tampering = {}, namespace = TEST_LEDGER.namespace): BurnLedger {
    const opened = openTamperedLedger(redis.url, tampering, { namespace, shards: SHARDS });
    onTestEnd(() => opened.close());
    return opened;
  }

  const register = (id: TokenId, at = ledger, live = 1) =>
    at.register([{ id, burnableUntilMs: id.expiresAt * 1000 }], TOKEN_SUBJECT, live);
  const keysLike = async (pattern: string) => (await redis.command('KEYS', pattern)) as string[];
  const reason = () => redis.command('HGET', meta, 'reason');

  async function burnedToken(): Promise<TokenId> {
    const id = await newTokenId(ledger);
    expect(await ledger.burn(burnOf(id))).to.include({ outcome: 'burned' });
    return id;
  }

  async function expectVoid(id: TokenId, why: string): Promise<void> {
    expect(await open().burn(burnOf(id))).to.deep.equal({ outcome: 'void' });
    expect(await reason()).to.equal(why);
  }

  for (const field of [
    ...['format', 'size', 'epoch', 'identity', 'changes', 'generation', 'forgotten', 'subjects'],
    ...['previous', 'freeze', 'frozen_until', 'revoked_keys'],
  ]) {
    it(`ends the epoch when another field takes the place of ${field} in the shard’s own record`, async () => {
      const id = await burnedToken();
      expect(await redis.command('HDEL', meta, field)).to.equal(1);
      await redis.command('HSET', meta, 'another', '0');
      await expectVoid(id, 'records-lost');
    });
  }

  for (const [what, identity] of [
    ['process', { runId: 'b'.repeat(40) }],
    ['replication', { replid: 'a'.repeat(40) }],
  ] as const) {
    it(`ends the epoch in another ${what} than the one that it began in`, async () => {
      const id = await burnedToken();
      expect(await open({ identity }).burn(burnOf(id))).to.deep.equal({ outcome: 'void' });
      expect(await reason()).to.equal('identity-changed');
    });
  }

  it('gives no two epochs one name: not at one time, not on one server, not to one question', async () => {
    const { source } = composeScripts()('open-epoch');
    const epochs = new Set<unknown>();
    for (const [key, tag, second] of [
      ['one:m', 'a tag', 1_800_000_000],
      ['other:m', 'a tag', 1_800_000_000],
      ['one:m', 'another tag', 1_800_000_000],
      ['one:m', 'a tag', 1_800_000_001],
    ] as const) {
      const timed = source.replace(`redis.call('TIME')`, `{ '${second}', '0' }`);
      const answer = await redis.command('EVAL', timed, 1, key, tag, 'instance', 0);
      if (!Array.isArray(answer)) throw new Error('no answer');
      expect(answer[2]).to.match(/^[\w-]{16}$/);
      epochs.add(answer[2]);
      await redis.command('FLUSHALL');
    }
    expect(epochs.size).to.equal(4);
  });

  it('ends the epoch where all its keys are copied to another namespace of the same server', async () => {
    const other = open({}, 'other');
    const id = await newTokenId(ledger);
    for (const key of await keysLike('test:*')) {
      await redis.command('COPY', key, key.replace('test:', 'other:'));
    }
    expect(await ledger.burn(burnOf(id))).to.include({ outcome: 'burned' });
    expect(await other.burn(burnOf(id))).to.deep.equal({ outcome: 'void' });
  });

  it('ends the epoch at a mint that supersedes where a bucket is lost', async () => {
    const id = await newTokenId(ledger);
    expect(await register(id)).to.equal(true);
    await ledger.burn({ ...burnOf(id), holdSeconds: 60 });
    await redis.command('DEL', keys.bucket(id));
    const newer = await newTokenId(ledger, 3000);
    expect(await register(newer)).to.equal(false);
    expect(await reason()).to.equal('records-lost');
  });

  it('ends the epoch at a mint that supersedes where a record vanishes when it is read', async () => {
    const id = await burnedToken();
    expect(await register(id, ledger, 2)).to.equal(true);
    const other = await newTokenId(ledger);
    expect(await register(other, ledger, 2)).to.equal(true);
    await ledger.burn({ ...burnOf(other), holdSeconds: 60 });
    const read = 'local values, size = read_fields(key';
    let isFound = false;
    // So does a field whose own time to live is over.
    const rewrite = (source: string) => {
      isFound ||= source.includes(read);
      return source.replace(
        read,
        `if fields[2] == '${recordName(other)}!' then redis.call('HDEL', key, fields[1]) end\n  ${read}`,
      );
    };
    const newer = await newTokenId(ledger, 3000);
    expect(await register(newer, open({ rewrite }), 2)).to.equal(false);
    expect(isFound).to.equal(true);
    expect(await reason()).to.equal('records-lost');
  });

  it('ends the epoch at a mint that supersedes when the token shows that memory went back', async () => {
    await newTokenId(ledger);
    await redis.command('COPY', meta, 'old-meta');
    await ledger.revokeSubject(TOKEN_SUBJECT.subject);
    const id = await newTokenId(ledger);
    await redis.command('RENAME', 'old-meta', meta);
    await redis.command('DEL', ...(await keysLike('*:s:*')));
    expect(await register(id, open())).to.equal(false);
    expect(await reason()).to.equal('memory-went-back');
  });

  it('shows a token as void whose bucket is lost', async () => {
    const id = await burnedToken();
    await redis.command('DEL', keys.bucket(id));
    expect(await ledger.inspect(id)).to.deep.equal({ state: 'void' });
  });

  const askedOfSubjects: Readonly<Record<string, (id: TokenId) => Promise<unknown>>> = {
    burn: async (id) => (await ledger.burn(burnOf(id))).outcome,
    register: async (id) => ((await register(id)) ? 'registered' : 'void'),
    inspect: async (id) => (await ledger.inspect(id, TOKEN_SUBJECT)).state,
  };
  for (const [name, ask] of Object.entries(askedOfSubjects)) {
    it(`answers void to ${name} where the records of subjects are lost`, async () => {
      const id = await newTokenId(ledger);
      await ledger.revokeSubject(TOKEN_SUBJECT.subject);
      await redis.command('DEL', ...(await keysLike('*:s:*')));
      expect(await ask(id)).to.equal('void');
      await expectVoid(id, 'records-lost');
    });
  }

  describe('ends the epoch at a revocation by subject, which holds all the same,', () => {
    let id: TokenId;

    beforeEach(async () => {
      id = await newTokenId(ledger);
      await redis.command('COPY', meta, 'old-meta');
      await ledger.revokeSubject('another');
    });

    async function expectNewEpoch(why: string): Promise<void> {
      const { epoch } = await open().revokeSubject(TOKEN_SUBJECT.subject);
      expect(epoch).to.not.equal(id.epoch);
      expect(await redis.command('HGET', meta, 'epoch')).to.equal(epoch);
      await expectVoid(id, why);
    }

    it('where the records of an earlier one are lost', async () => {
      await redis.command('DEL', ...(await keysLike('*:s:*')));
      await expectNewEpoch('records-lost');
    });

    it('where there are records that nobody has counted', async () => {
      await redis.command('RENAME', 'old-meta', meta);
      await expectNewEpoch('records-lost');
    });

    it('when no token could carry the generation', async () => {
      await redis.command('HSET', meta, 'generation', MAX_GENERATION);
      await expectNewEpoch('generations-used-up');
    });
  });

  it('ends the epoch that it is asked to end, and no other', async () => {
    const { epoch } = await newTokenId(ledger);
    const end = (ended: string) =>
      redis.command(
        'EVAL',
        composeScripts()('end-epoch').source,
        1,
        meta,
        ...COMMON,
        ended,
        'epoch-came-back',
      );
    await end('A'.repeat(16));
    expect(await redis.command('HGET', meta, 'epoch')).to.equal(epoch);
    await end(epoch);
    expect(await redis.command('HGET', meta, 'epoch')).to.not.equal(epoch);
  });

  it('does not answer on a server that hides which one it is', async () => {
    const { source } = composeScripts()('open-epoch');
    const hidden = source.replace(`redis.call('INFO', 'server', 'replication')`, `'\\nrole:master\\n'`);
    const answer = await redis.command('EVAL', hidden, 1, meta, ...COMMON).catch(String);
    expect(answer).to.include('NOIDENTITY this server does not tell scripts');
    expect(await keysLike('*')).to.deep.equal([]);
  });

  it('does not answer about a token whose bucket is named wrongly', async () => {
    const id = await newTokenId(ledger);
    const tail = [newAttempt(), 'main'];
    const asked: Readonly<Partial<Record<ScriptName, readonly (string | number)[]>>> = {
      burn: [id.generation, 0, id.expiresAt * 1000, ...tail, '1 0 0 ', 'subject purpose kid', ''],
      settle: [id.uses, ...tail, 'commit', ''],
      collect: [id.uses, id.generation, ...tail, newAttempt(), 'subject', 'purpose', 'kid', ''],
      revoke: [id.uses, id.expiresAt * 1000, ''],
      inspect: [id.uses, id.generation, '', '', ''],
    };
    for (const [name, args] of Object.entries(asked)) {
      const { source } = composeScripts()(name as ScriptName);
      const wrong = keys.bucket({ ...id, expiresAt: id.expiresAt + 60 });
      const about = [...COMMON, id.epoch, expiryMinute(id), recordName(id)];
      const answer = await redis.command('EVAL', source, 2, meta, wrong, ...about, ...args).catch(String);
      expect(answer, name).to.include('MISCONFIGURED the bucket key does not fit the token');
    }
    expect(await keysLike('*:b:*')).to.deep.equal([]);
  });

  it('does not answer where a lapsed hold of several is not one of ours', async () => {
    const id = await newTokenId(ledger, 300, TOKEN_SUBJECT.subject, 2);
    const hold = { ...burnOf(id), holdSeconds: 60 };
    await ledger.burn(hold);
    await redis.command('HSET', keys.bucket(id), recordName(id), 'uses:0');
    const answers = [ledger.burn(burnOf(id)), ledger.collect(collectOf(hold)), ledger.inspect(id)];
    for (const answer of await Promise.allSettled(answers)) expect(answer.status).to.equal('rejected');
  });

  it('does not answer where a token has fewer or more holds than its record counts', async () => {
    const id = await newTokenId(ledger, 300, TOKEN_SUBJECT.subject, 4);
    const hold = { ...burnOf(id), holdSeconds: 60 };
    for (const each of [hold, { ...burnOf(id), holdSeconds: 60 }]) await ledger.burn(each);
    const place = [keys.bucket(id), `${recordName(id)}=`] as const;
    const holds = String(await redis.command('HGET', ...place));
    const [first = ''] = holds.split(',');
    for (const wrong of ['', first, `${holds},${newAttempt()}=1`, 'noise']) {
      await redis.command('HSET', ...place, wrong);
      const asked = {
        burn: () => ledger.burn(burnOf(id)),
        settle: () => ledger.settle(hold, 'release'),
        collect: () => ledger.collect(collectOf(hold)),
        revoke: () => ledger.revoke(id, id.expiresAt * 1000),
        inspect: () => ledger.inspect(id),
      };
      for (const [name, ask] of Object.entries(asked)) {
        const cause = await ask().then(JSON.stringify, (error: Error) => String(error.cause));
        expect(cause, `${name} of ${wrong}`).to.include('a record is not one of this service');
      }
    }
    await redis.command('HSET', ...place, holds);
    expect(await ledger.settle(hold, 'release')).to.include({ outcome: 'released', usesLeft: 3 });
  });

  it('does not answer a mint that supersedes where the list of live tokens is not one of ours', async () => {
    const id = await newTokenId(ledger);
    expect(await register(id)).to.equal(true);
    const [bucket = ''] = await keysLike('*:s:*');
    const fields = (await redis.command('HKEYS', bucket)) as string[];
    const place = [bucket, fields.find((field) => field.startsWith('l')) ?? ''] as const;
    const list = String(await redis.command('HGET', ...place));
    for (const wrong of [
      'noise',
      '7',
      list.replace(/,\d+\]$/, ']'),
      list.replace(/\]$/, `,"${id.nonce}"]`),
    ]) {
      await redis.command('HSET', ...place, wrong);
      const newer = await newTokenId(ledger);
      const cause = await register(newer).then(String, (error: Error) => String(error.cause));
      expect(cause, wrong).to.include('a record is not one of this service');
    }
    await redis.command('HSET', ...place, list);
    expect(await register(await newTokenId(ledger))).to.equal(true);
    expect(await ledger.burn(burnOf(id))).to.deep.equal({ outcome: 'superseded' });
  });
});
