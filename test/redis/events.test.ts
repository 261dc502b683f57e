import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import { newEventId } from '../../src/events/id.ts';
import type { EventStore } from '../../src/events/store.ts';
import type { RedisTarget } from '../../src/redis/client.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { recordsPerShard, redisEvents } from '../../src/redis/events.ts';
import { ledgerKeys } from '../../src/redis/keys.ts';
import { burnOf, newTokenId } from '../contract/burn-ledger.contract.ts';
import { eventStoreContract } from '../events/store.contract.ts';
import { startCluster } from '../faults/support/cluster.ts';
import { type ProxiedPlace, startProxiedServer } from '../faults/support/proxied.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { idsOf, jtiIn, newEvent, pagedIds } from '../support/events.ts';
import { openRedisLedger, TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';

const KEYS = ledgerKeys(TEST_LEDGER.namespace, TEST_LEDGER.issuer, TEST_LEDGER.shards);
const SHARDS = [0, 1, 2, 3] as const;
/** What a block of a stream holds, which is cut off whole. */
const BLOCK = 100;

describe('events in Redis', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let redis: RedisServer;

  before(async () => {
    redis = await startRedis(['--stream-node-max-entries', `${BLOCK}`]);
    onClose(redis.close);
  });
  beforeEach(() => redis.command('FLUSHALL'));

  function open(keep = 100_000, target: RedisTarget = { url: redis.url }, timeoutMs = 5000): EventStore {
    const connection = connectLedger(target, { timeoutMs, monotonicMs: () => performance.now() });
    onTestEnd(() => connection.close());
    return redisEvents({ ...TEST_LEDGER, connection, keep });
  }

  const lengthOf = async (key: string) => Number(await redis.command('XLEN', key));
  /** An entry as a script of the ledger records it. */
  const record = (shard: number, event: object, at = Date.now()) =>
    redis.command(
      ...(['XADD', KEYS.records(shard), '*', 'type', 'token.redeemed'] as const),
      ...['at', at, 'event', JSON.stringify(event)],
    );
  const noteOf = ({ time: _time, type: _type, ...note } = newEvent()) => note;

  eventStoreContract(open);

  it('lie in the shard of their token, beside what its scripts record, and without one in the first', async () => {
    const store = open();
    for (const shard of SHARDS) await store.add([newEvent({ jti: jtiIn(shard) })]);
    await store.add([newEvent({ purpose: 'x' }), newEvent({ jti: 'no jti' }), newEvent({ jti: jtiIn(200) })]);
    expect(await Promise.all(SHARDS.map((shard) => lengthOf(KEYS.notes(shard))))).to.deep.equal([4, 1, 1, 1]);
    await record(3, { ...noteOf(), id: 'recorded' });
    const { events } = await store.find({ limit: 100 });
    expect(events).to.have.length(8);
    expect(events.at(-1)).to.include({ id: 'recorded', type: 'token.redeemed' });
    for (const key of SHARDS.map(KEYS.notes)) {
      expect(Number(await redis.command('TTL', key))).to.be.within(89 * 86_400, 90 * 86_400);
    }
  });

  it('are bounded: of ten times too many not a block more is left, and what the ledger recorded stays', async () => {
    const keep = 2000;
    const store = open(keep);
    const records = recordsPerShard(keep, 4);
    for (let each = 0; each < records; each++) await record(0, { ...noteOf(), id: `record-${each}` });
    const batch = (shard: number) => Array.from({ length: 500 }, () => newEvent({ jti: jtiIn(shard) }));
    for (let round = 0; round < 40; round++) await store.add(batch(round % 4));
    for (const shard of SHARDS) {
      expect(await lengthOf(KEYS.notes(shard))).to.be.within(keep / 4 / 4, keep / 4 / 4 + BLOCK);
    }
    const found = await pagedIds(store, { types: new Set(['token.redeemed']) }, 1000);
    expect(found).to.have.length(records);
  });

  it('are bounded where the ledger records them too, of the usual burns', async () => {
    const keepPerShard = 20;
    const ledger = openRedisLedger(redis.url, { keepPerShard });
    onTestEnd(() => ledger.close());
    const ids = await Promise.all(Array.from({ length: 1000 }, () => newTokenId(ledger, 300)));
    const note = { text: JSON.stringify(noteOf()), recorded: () => {} };
    const answers = await Promise.all(ids.map((id) => ledger.burn({ ...burnOf(id), note })));
    expect(answers.filter(({ outcome }) => outcome === 'burned')).to.have.length(1000);
    const lengths = await Promise.all(SHARDS.map((shard) => lengthOf(KEYS.records(shard))));
    // One in 64 cuts.
    expect(Math.max(...lengths)).to.be.within(keepPerShard, keepPerShard + BLOCK + 64);
  });

  it('say since when nothing is missing: since the newest cut, not since the oldest that is left', async () => {
    const keep = 400;
    const store = open(keep);
    await record(1, noteOf(), 1000);
    const sinceOldest = Date.parse((await store.find({ limit: 1 })).keptSince ?? '');
    for (let round = 0; round < 20; round++) {
      await store.add(Array.from({ length: 20 }, () => newEvent({ jti: jtiIn(2) })));
    }
    const [[id = ''] = ['']] = (await redis.command('XRANGE', KEYS.notes(2), '-', '+', 'COUNT', 1)) as [
      string,
    ][];
    const since = Date.parse((await store.find({ limit: 1 })).keptSince ?? '');
    expect(since)
      .to.equal(Number(id.split('-')[0]))
      .and.above(sinceOldest);
  });

  it('that nobody can read are left out, and counted', async () => {
    const store = open();
    const good = newEvent();
    await store.add([good]);
    const note = { text: JSON.stringify(noteOf()), recorded: () => {} };
    const entries: readonly (readonly string[])[] = [
      ['something', 'else'],
      ['type', 'token.redeemed', 'at', '1000'],
      ['type', 'token.redeemed', 'at', '1000', 'event', 'no JSON'],
      ['type', 'token.redeemed', 'at', '1000', 'event', '"text"'],
      ['type', 'token.redeemed', 'at', '1000', 'event', '{}'],
      ['type', 'token.redeemed', 'at', '1000', 'event', JSON.stringify({ ...note, v: 2 })],
      ['type', 'token.redeemed', 'at', '1000', 'event', JSON.stringify({ ...note, more: 1 })],
      ['type', 'token.unheard-of', 'at', '1000', 'event', JSON.stringify(note)],
      ['type', 'token.redeemed', 'at', 'noon', 'event', JSON.stringify(note)],
      ['type', 'token.redeemed', 'at', '9007199254740991', 'event', JSON.stringify(note)],
      ['type', 'token.superseded', 'at', '1', 'event', JSON.stringify(note), 'epoch', 'x', 'of', 'no'],
      ['type', 'epoch.began', 'at', '9007199254740991', 'epoch', 'x', 'reason', 'no-epoch'],
      ['type', 'epoch.began', 'at', '1000', 'epoch', 'x'],
    ];
    for (const fields of entries) await redis.command('XADD', KEYS.records(1), '*', ...fields);
    const found = await store.find({ limit: 100 });
    expect(found).to.deep.include({ events: [good], more: false, unreadable: entries.length });
    expect(await store.find({ limit: 100, jti: jtiIn(0) })).to.not.have.property('unreadable');
  });

  it('are decoded as the scripts record them: what was superseded by its own name, an epoch by its', async () => {
    const store = open();
    const nonce = 'n'.repeat(21).padEnd(22, 'A');
    await redis.command(
      ...(['XADD', KEYS.records(2), '*', 'type', 'token.superseded', 'at', 1000] as const),
      ...['event', JSON.stringify(noteOf(newEvent({ purpose: 'p', subject: 's' })))],
      ...['epoch', 'E'.repeat(16), 'of', `3 1 900 ${Math.floor(Date.now() / 1000) + 900} ${nonce}`],
    );
    await redis.command(
      ...(['XADD', KEYS.records(0), '*', 'type', 'epoch.began', 'at', 2000] as const),
      ...['epoch', 'F'.repeat(16), 'reason', 'no-epoch', 'instance', 'host/1'],
    );
    const [superseded, began] = (await store.find({ limit: 9 })).events;
    const jti = superseded?.token?.jti ?? '';
    expect(superseded?.token).to.deep.include({ purpose: 'p', subject: 's' });
    expect(superseded?.id.endsWith(`.${nonce}`)).to.equal(true);
    expect(idsOf((await store.find({ jti, limit: 9 })).events)).to.deep.equal([superseded?.id]);
    expect(began).to.deep.equal({
      ...{ v: 1, id: 'F'.repeat(16), time: '1970-01-01T00:00:02.000Z', type: 'epoch.began', outcome: 'ok' },
      ...{ code: 'no-epoch', actor: { kind: 'system' }, instance: 'host/1' },
    });
  });

  it('reach whoever goes on after the last one, each once, while all shards are written to', async () => {
    const [writers, reader] = [[open(), open(), open()], open()];
    const written: string[] = [];
    let isWriting = true;
    const write = async (store: EventStore, offset: number) => {
      for (let each = 0; each < 400; each++) {
        const event = newEvent({ jti: jtiIn((each + offset) % 4) });
        await store.add([event]);
        written.push(event.id);
      }
    };
    const writing = Promise.all(writers.map(write)).finally(() => {
      isWriting = false;
    });
    const seen: string[] = [];
    for (let isLast = false; !isLast; ) {
      isLast = !isWriting;
      const last = seen.at(-1);
      const page = await reader.find({ ...(last === undefined ? {} : { after: last }), limit: 1000 });
      seen.push(...idsOf(page.events));
    }
    await writing;
    expect(new Set(seen).size).to.equal(seen.length);
    expect([...seen].sort()).to.deep.equal([...written].sort());
  });

  it('are found that come after the clock of Redis went back', async () => {
    const store = open();
    const id = `${Date.now() + 3_600_000}-0`;
    const early = newEvent({ jti: jtiIn(1) });
    const { time: _time, type: _type, ...note } = early;
    const fields = ['type', early.type, 'at', String(Date.parse(early.time)), 'event', JSON.stringify(note)];
    await redis.command('XADD', KEYS.notes(1), id, ...fields);
    const later = newEvent({ jti: jtiIn(1) });
    await store.add([later]);
    const { events } = await store.find({ limit: 10 });
    expect(events).to.deep.equal([early, later]);
    expect((await store.find({ after: early.id, limit: 10 })).events).to.deep.equal([later]);
  });

  it('that were written twice are told once', async () => {
    const [one, two] = [newEvent(), newEvent()];
    for (const event of [one, two, one]) await open().add([event]);
    const { events, more } = await open().find({ limit: 2 });
    expect([idsOf(events), more]).to.deep.equal([idsOf([one, two]), false]);
  });

  it('are gone on after also if the clock of their process was far ahead, by whoever was told nothing before', async () => {
    const ahead = { ...newEvent(), id: newEventId(Date.now() + 3_600_000, randomBytes) };
    const later = newEvent();
    for (const event of [ahead, later]) await open().add([event]);
    const found = await open().find({ after: ahead.id, limit: 9 });
    expect(found.events).to.deep.equal([later]);
    expect(found).to.not.have.property('gap');
  });

  it('go on from where an event stood that was told, and is cut off by now', async () => {
    const store = open(400);
    await store.add(Array.from({ length: 50 }, () => newEvent({ jti: jtiIn(1) })));
    const [first, second] = (await store.find({ limit: 2 })).events;
    for (let round = 0; round < 20; round++) {
      await store.add(Array.from({ length: 20 }, () => newEvent({ jti: jtiIn(1) })));
    }
    const after = first?.id ?? '';
    const found = await store.find({ after, limit: 1000 });
    expect(found.gap).to.equal(true);
    expect(idsOf(found.events)).to.not.include(second?.id);
    expect(found.events.length).to.be.above(20);
  });

  it('are not there twice after a reply was lost, however the connection ended', async function () {
    this.timeout(60_000);
    const place: ProxiedPlace = await startProxiedServer();
    onTestEnd(place.close);
    const [master] = place.masters;
    const store = open(100_000, place.target, 1000);
    for (const fate of ['cut', 'vanish', { lateByMs: 1300 }] as const) {
      await master?.command('FLUSHALL');
      const batch = Array.from({ length: 20 }, (_, at) => newEvent({ jti: jtiIn(at % 4) }));
      let strikes = 0;
      for (const { decide } of place.proxies) {
        decide((request) => (/\r\nevalsha\r\n/i.test(request) && ++strikes === 3 ? fate : 'pass'));
      }
      const tryUntilKept = async (): Promise<void> => store.add(batch).catch(tryUntilKept);
      await tryUntilKept();
      expect(strikes, String(fate)).to.be.above(3);
      const lengths = SHARDS.map(async (shard) => Number(await master?.command('XLEN', KEYS.notes(shard))));
      expect((await Promise.all(lengths)).reduce((sum, each) => sum + each, 0)).to.equal(batch.length);
      expect([...(await pagedIds(store, {}, 3))].sort()).to.deep.equal([...idsOf(batch)].sort());
    }
  });

  it('cannot be asked for and not be kept without Redis', async () => {
    const own = await startRedis();
    onTestEnd(own.close);
    const store = open(1000, { url: own.url }, 300);
    await store.add([newEvent()]);
    own.process().kill('SIGKILL');
    await own.process().exited();
    for (const asked of [store.add([newEvent()]), store.find({ limit: 1 })]) {
      const failure: unknown = await asked.then(
        () => 'answered',
        (error: unknown) => error,
      );
      expect(failure).to.be.instanceOf(MatchstickError).and.include({ code: 'ledger_unavailable' });
    }
  });
});

describe('events in a Redis Cluster', function () {
  this.timeout(120_000);
  const onClose = cleanupAfter(after);
  let servers: readonly RedisServer[] = [];

  before(async () => {
    const cluster = await startCluster({ replicas: false });
    onClose(cluster.close);
    servers = cluster.servers;
  });

  eventStoreContract(async (keep) => {
    for (const { command } of servers) await command('FLUSHALL');
    const target = { cluster: servers.map(({ port }) => ({ host: '127.0.0.1', port })) };
    const connection = connectLedger(target, { timeoutMs: 5000, monotonicMs: () => performance.now() });
    onClose(() => connection.close());
    return redisEvents({ ...TEST_LEDGER, connection, keep });
  });
});
