import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import type { BurnLedger, LedgerChange, LedgerNote } from '../../src/ledger/burn-ledger.ts';
import { ledgerKeys } from '../../src/redis/keys.ts';
import type { TokenId } from '../../src/token/id.ts';
import { burnOf, newAttempt, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openRedisLedger, TEST_LEDGER } from '../support/open-ledger.ts';
import { notedIn, recordsIn } from '../support/records.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const HOLD_SECONDS = 60;
const KEEP = 1000;
const EVENTS_DAYS = 90;
const DAY_SECONDS = 24 * 3600;
/** What a block of a stream holds, which is cut off whole. */
const BLOCK = 100;
const ONE_SHARD = { shards: 1, keepPerShard: KEEP, instance: 'instance-1' };

describe('the records of the ledger in Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;

  before(async () => {
    redis = await startRedis(['--maxmemory-policy', 'noeviction', '--stream-node-max-entries', `${BLOCK}`]);
    onClose(redis.close);
  });
  beforeEach(() => redis.command('FLUSHALL'));

  const { meta, records } = keysOf();

  function open(options: Parameters<typeof openRedisLedger>[1] = ONE_SHARD, user = ''): BurnLedger {
    const ledger = openRedisLedger(redis.url.replace('//', `//${user}`), options);
    onTestEnd(() => ledger.close());
    return ledger;
  }

  /** A note that remembers what was heard of it, under a number of its own. */
  function noteTaker() {
    const heard: { type: LedgerChange; at: string; event: string; of?: TokenId }[] = [];
    let notes = 0;
    const note = (): LedgerNote => {
      const text = JSON.stringify({ v: 1, number: notes++, text: 'ä \r\n \u0000 "' });
      const recorded: LedgerNote['recorded'] = (type, atMs, of) => {
        heard.push({ type, at: String(atMs), event: text, ...(of && { of }) });
      };
      return { text, recorded };
    };
    return { heard, note };
  }

  /** Everything but the records. */
  async function ledgerDump(): Promise<string> {
    const keys = ((await redis.command('KEYS', '*')) as string[]).filter((key) => key !== records).sort();
    const contents = await Promise.all(
      keys.map(async (key) => [key, ...((await redis.command('HGETALL', key)) as string[])].join(' ')),
    );
    return contents.join('\n');
  }

  /** Tokens in every state that a question can change, and what changes each. */
  async function everyChange(ledger: BurnLedger) {
    let subjects = 0;
    const token = async (subject = `subject-${subjects++}`) => {
      const id = await newTokenId(ledger, 300, subject);
      return { ...burnOf(id), ...TOKEN_SUBJECT, subject };
    };
    const held = async () => {
      const request = { ...(await token()), holdSeconds: HOLD_SECONDS };
      await ledger.burn(request);
      return request;
    };
    const [unused, toHold, toCommit, toRelease, waiting] = [
      await token(),
      await token(),
      await held(),
      await held(),
      await token(),
    ];
    await ledger.burn({ ...waiting, toBeCollected: true });
    const [toRevoke, older] = [await token(), await token()];
    const newer = await token(older.subject);
    const listed = ({ id }: { id: TokenId }) => [{ id, burnableUntilMs: id.expiresAt * 1000 }];
    await ledger.register(listed(older), older, 1);
    const changes: Readonly<Record<LedgerChange, (note: LedgerNote) => Promise<unknown>>> = {
      'token.redeemed': (note) => ledger.burn({ ...unused, note }),
      'token.held': (note) => ledger.burn({ ...toHold, holdSeconds: HOLD_SECONDS, note }),
      'token.committed': (note) => ledger.settle({ ...toCommit, note }, 'commit'),
      'token.released': (note) => ledger.settle({ ...toRelease, note }, 'release'),
      'token.collected': (note) => ledger.collect({ ...waiting, collector: newAttempt(), note }),
      'token.revoked': (note) => ledger.revoke(toRevoke.id, toRevoke.burnableUntilMs, note),
      'token.superseded': (note) => ledger.register(listed(newer), newer, 1, note),
      'subject.revoked': (note) => ledger.revokeSubject('somebody', undefined, note),
    };
    return {
      changes: Object.entries(changes) as [LedgerChange, (note: LedgerNote) => Promise<unknown>][],
      older,
    };
  }

  it('are one for each change, and say what was heard of it', async () => {
    const ledger = open();
    const { heard, note } = noteTaker();
    const { changes, older } = await everyChange(ledger);
    for (const [type, change] of changes) {
      await change(note());
      expect(heard.at(-1)?.type).to.equal(type);
    }
    expect(heard).to.have.length(changes.length);
    const { epoch, nonce, expiresAt } = older.id;
    const expected = heard.map(({ of, ...entry }) =>
      of ? { ...entry, epoch, of: `0 1 300 ${expiresAt} ${nonce}` } : entry,
    );
    expect(await notedIn(redis, 1)).to.deep.equal(expected);
    expect(heard.find(({ of }) => of)?.of).to.deep.equal(older.id);
  });

  it('are none for a question that changes nothing, or that nobody has described', async () => {
    const ledger = open();
    const { heard, note } = noteTaker();
    const burn = { ...burnOf(await newTokenId(ledger)), note: note() };
    await ledger.burn(burn);
    for (let again = 0; again < 3; again++) {
      await ledger.burn(burn);
      await ledger.burn({ ...burn, attempt: newAttempt() });
      await ledger.inspect(burn.id, TOKEN_SUBJECT);
      await ledger.settle(burn, 'release');
      await ledger.living('user-42');
      await ledger.burn(burnOf(await newTokenId(ledger)));
      await ledger.revokeKey('key-2');
    }
    expect((await notedIn(redis, 1)).map(({ type }) => type)).to.deep.equal(['token.redeemed']);
    expect(heard).to.have.length(1);
  });

  it('are one for each of many that burn at once, over several instances', async () => {
    const ledgers = [open({ keepPerShard: KEEP }), open({ keepPerShard: KEEP })];
    const { heard, note } = noteTaker();
    const ids = await Promise.all(
      Array.from({ length: 40 }, (_, number) =>
        newTokenId(ledgers[0] as BurnLedger, 300, `user-${number}`, 3),
      ),
    );
    await Promise.all(
      ids.flatMap((id) =>
        Array.from({ length: 8 }, (_, turn) => ledgers[turn % 2]?.burn({ ...burnOf(id), note: note() })),
      ),
    );
    const noted = await notedIn(redis);
    expect(noted).to.have.length(120);
    expect(noted).to.have.deep.members(heard);
  });

  it('say which epoch began, why, and which instance has found out', async () => {
    const ledger = open();
    const first = await ledger.living('user-42');
    const id = await newTokenId(ledger);
    await ledger.burn(burnOf(id));
    await redis.command('HSET', meta, 'identity', 'x');
    const second = await open({ ...ONE_SHARD, instance: 'instance-2' }).living('user-42');
    const begun = (await recordsIn(redis, 1)).map(({ at, ...entry }) => entry);
    expect(begun).to.deep.equal([
      { type: 'epoch.began', epoch: first.epoch, reason: 'no-epoch', instance: 'instance-1' },
      { type: 'epoch.began', epoch: second.epoch, reason: 'identity-changed', instance: 'instance-2' },
    ]);
  });

  it('are about as many as are to be kept, the newest', async () => {
    const ledger = open({ ...ONE_SHARD, keepPerShard: 300 });
    const { heard, note } = noteTaker();
    for (let made = 0; made < 30; made++) {
      const id = await newTokenId(ledger, 300, 'user-42', 30);
      await Promise.all(Array.from({ length: 30 }, () => ledger.burn({ ...burnOf(id), note: note() })));
    }
    const kept = await recordsIn(redis, 1);
    expect(kept.length).to.be.within(300, 300 + BLOCK);
    const newest = new Set(heard.slice(-kept.length - BLOCK).map(({ event }) => event));
    expect(kept.filter(({ event }) => !newest.has(event ?? ''))).to.deep.equal([]);
  });

  it('are none, and no key of theirs, if none is to be kept', async () => {
    const ledger = open({ ...ONE_SHARD, keepPerShard: 0 });
    const { heard, note } = noteTaker();
    const { changes } = await everyChange(ledger);
    for (const [, change] of changes) await change(note());
    expect(heard.map(({ type }) => type)).to.deep.equal(changes.map(([type]) => type));
    expect(await redis.command('EXISTS', records)).to.equal(0);
  });

  it('end some months after the last of them, like every key', async () => {
    await open().check();
    const seconds = Number(await redis.command('TTL', records));
    expect(seconds).to.be.within((EVENTS_DAYS - 1) * DAY_SECONDS, EVENTS_DAYS * DAY_SECONDS);
  });

  it('may be lost without any harm to the ledger, and begin anew', async () => {
    const ledger = open();
    const { heard, note } = noteTaker();
    const burned = { ...burnOf(await newTokenId(ledger)), note: note() };
    await ledger.burn(burned);
    const unused = await newTokenId(ledger);
    await redis.command('DEL', records);
    expect(await ledger.burn({ ...burned, attempt: newAttempt() })).to.include({ outcome: 'already-burned' });
    expect(await ledger.burn({ ...burnOf(unused), note: note() })).to.include({ outcome: 'burned' });
    expect(await notedIn(redis, 1)).to.deep.equal(heard.slice(1));
  });

  describe('are never fewer than the changes: nothing is changed', () => {
    /** Every change is refused as long as `isStruck`, and leaves the ledger as it was; then it is made, and recorded. */
    async function expectRefused(
      ledger: BurnLedger,
      strike: () => Promise<unknown>,
      heal: () => Promise<unknown>,
    ) {
      const { heard, note } = noteTaker();
      const { changes } = await everyChange(ledger);
      const before = await ledgerDump();
      await strike();
      for (const [type, change] of changes) {
        const refused = await change(note()).then(
          (answer) => JSON.stringify(answer),
          (error: unknown) => error,
        );
        expect(refused, type).to.be.instanceOf(MatchstickError).with.property('code', 'ledger_unavailable');
      }
      expect(heard).to.deep.equal([]);
      await heal();
      expect(await ledgerDump()).to.equal(before);
      for (const [, change] of changes) await change(note());
      expect(heard.map(({ type }) => type)).to.deep.equal(changes.map(([type]) => type));
      expect((await notedIn(redis, 1)).map(({ event }) => event)).to.deep.equal(
        heard.map(({ event }) => event),
      );
    }

    it('while another kind of key has the place of the stream', async () => {
      const strike = async () => {
        await redis.command('DEL', records);
        await redis.command('SET', records, 'text');
      };
      await expectRefused(open(), strike, () => redis.command('DEL', records));
    });

    it('while memory is full', async () => {
      await expectRefused(
        open(),
        () => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
        () => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
      );
    });

    it('while the user may not write a stream', async () => {
      await redis.command('ACL', 'SETUSER', 'weak', 'on', '>pass', '~*', '+@all');
      await expectRefused(
        open({ ...ONE_SHARD, timeoutMs: 2000 }, 'weak:pass@'),
        () => redis.command('ACL', 'SETUSER', 'weak', '-xadd'),
        () => redis.command('ACL', 'SETUSER', 'weak', '+xadd'),
      );
    });

    it('and no epoch begins', async () => {
      const ledger = open();
      const id = await newTokenId(ledger);
      await ledger.burn(burnOf(id));
      await redis.command('DEL', meta, records);
      await redis.command('SET', records, 'text');
      const refused: unknown = await ledger.living('user-42').catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(MatchstickError).with.property('code', 'ledger_unavailable');
      expect(await redis.command('EXISTS', meta)).to.equal(0);
      await redis.command('DEL', records);
      expect(await ledger.burn(burnOf(id))).to.deep.equal({ outcome: 'void' });
    });
  });
});

function keysOf() {
  const keys = ledgerKeys(TEST_LEDGER.namespace, TEST_LEDGER.issuer, 1);
  return { meta: keys.meta(0), records: keys.records(0) };
}
