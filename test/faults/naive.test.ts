import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { openNaiveInstance } from './support/instances.ts';
import { pressOn } from './support/pressure.ts';
import { doubles, revived, unsettled } from './support/promises.ts';
import type { Bar, TriedToken, Try } from './support/token.ts';
import { type Instance, pause, Workload } from './support/workload.ts';

/** Every other file of this folder strikes this ledger too, and tells which faults make it replay. */
describe('a naive ledger, by which the suite shows that it sees replays,', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let instances: readonly Instance[];

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    instances = ['one', 'two', 'three'].map((name) => openNaiveInstance(name, { url: redis.url }));
    for (const { ledger } of instances) onClose(() => ledger.close());
  });

  it('redeems everything once as long as nothing is forgotten', async () => {
    const workload = new Workload(instances);
    const tokens = await workload.mintMany(300);
    const revoked = tokens.slice(0, 50);
    await Promise.all(revoked.map((token) => workload.surelyRevoke(token)));
    const pressure = pressOn(workload, tokens, 20);
    await pause(300);
    await pressure.stop();
    await workload.tryEverywhere(tokens);
    expect(doubles(tokens)).to.have.length(0);
    expect(revived(tokens)).to.have.length(0);
    expect(tokens.filter(({ tries }) => tries.some(({ outcome }) => outcome === 'burned'))).to.have.length(
      250,
    );
  });

  it('collects everything again when the marks of it are forgotten', async () => {
    const workload = new Workload(instances);
    const tokens = await workload.mintMany(100);
    await Promise.all(tokens.map((token) => workload.redeemSurely(token)));
    await workload.collectEverywhere(tokens);
    expect(workload.collected()).to.deep.equal({ uses: 100, twice: 0 });
    for (const mark of (await redis.command('KEYS', 'naive:*+')) as string[])
      await redis.command('DEL', mark);
    await workload.collectEverywhere(tokens);
    expect(workload.collected()).to.deep.equal({ uses: 100, twice: 100 });
  });

  it('redeems everything again, revoked or not, when everything is forgotten', async () => {
    const workload = new Workload(instances);
    const tokens = await workload.mintMany(300);
    const revoked = tokens.slice(0, 50);
    await Promise.all(revoked.map((token) => workload.surelyRevoke(token)));
    await workload.tryEverywhere(tokens);
    await redis.command('FLUSHALL');
    await workload.tryEverywhere(tokens);
    expect(doubles(tokens)).to.have.length(250);
    expect(revived(tokens)).to.have.length(50);
  });
});

describe('the count of redemptions', () => {
  const burned = (attempt: string): Partial<Try> => ({ what: 'burn', attempt, outcome: 'burned' });
  const held = (attempt: string): Partial<Try> => ({ what: 'burn', attempt, outcome: 'held' });

  const cases: readonly { what: string; tries: readonly Partial<Try>[]; uses?: number; isDouble: boolean }[] =
    [
      { what: 'two attempts that burned', tries: [burned('a'), burned('b')], isDouble: true },
      { what: 'one attempt that was answered twice', tries: [burned('a'), burned('a')], isDouble: false },
      {
        what: 'an attempt without an answer beside one that burned',
        tries: [{ what: 'burn', attempt: 'a', outcome: 'no-answer' }, burned('b')],
        isDouble: false,
      },
      { what: 'a hold beside a burn', tries: [held('a'), burned('b')], isDouble: true },
      {
        what: 'a hold that was given back beside a burn',
        tries: [held('a'), { what: 'release', attempt: 'a', outcome: 'released' }, burned('b')],
        isDouble: false,
      },
      {
        what: 'a hold that was given back too late beside a burn',
        tries: [held('a'), { what: 'release', attempt: 'a', outcome: 'burned' }, burned('b')],
        isDouble: true,
      },
      {
        what: 'a hold that was committed beside a burn',
        tries: [held('a'), { what: 'commit', attempt: 'a', outcome: 'burned' }, burned('b')],
        isDouble: true,
      },
      { what: 'two burns of two uses', tries: [burned('a'), burned('b')], uses: 2, isDouble: false },
      {
        what: 'three burns of two uses',
        tries: [burned('a'), burned('b'), burned('c')],
        uses: 2,
        isDouble: true,
      },
    ];

  for (const { what, tries, uses, isDouble } of cases) {
    it(`takes ${what} for ${isDouble ? 'too many' : 'what may be'}`, () => {
      expect(doubles([tokenWith(tries, uses)])).to.have.length(isDouble ? 1 : 0);
    });
  }

  it('takes an attempt that began after a revocation was answered for a revival, and no other', () => {
    const token = tokenWith([at(0, burned('a')), at(100, burned('b'))]);
    expect(revived([barred(token, 50)])).to.have.length(1);
    expect(revived([barred(token, 150)])).to.have.length(0);
    const again = tokenWith([at(0, burned('a')), at(100, burned('a'))]);
    expect(revived([barred(again, 50)])).to.have.length(0);
    const refused = tokenWith([at(0, { ...burned('a'), outcome: 'held-by-another' }), at(100, burned('a'))]);
    expect(revived([barred(refused, 50)])).to.have.length(1);
    const underWay = tokenWith([{ ...at(0, burned('a')), endedMs: 60 }]);
    expect(revived([barred(underWay, 50)])).to.have.length(0);
  });

  it('takes a use that an attempt gave back and has again for unsettled, and one that is burned and given back', () => {
    const released = (attempt: string): Partial<Try> => ({ what: 'release', attempt, outcome: 'released' });
    expect(unsettled([tokenWith([at(0, released('a')), at(100, burned('a'))])])).to.have.length(1);
    expect(unsettled([tokenWith([at(0, released('a')), at(100, held('a'))])])).to.have.length(1);
    expect(unsettled([tokenWith([at(0, burned('a')), at(100, released('a'))])])).to.have.length(1);
    expect(unsettled([tokenWith([at(0, released('a')), at(100, burned('b'))])])).to.have.length(0);
    expect(unsettled([tokenWith([at(0, held('a')), at(100, released('a'))])])).to.have.length(0);
    expect(unsettled([tokenWith([at(0, released('a')), at(0, burned('a'))])])).to.have.length(0);
  });

  const at = (begunMs: number, tried: Partial<Try>): Partial<Try> => ({
    ...tried,
    begunMs,
    endedMs: begunMs + 10,
  });

  function barred(token: TriedToken, sinceMs: number): TriedToken {
    const bar: Bar = {
      by: 'revocation',
      instance: 'one',
      begunMs: sinceMs - 10,
      sinceMs,
      epoch: token.id.epoch,
    };
    return { ...token, bars: [bar] };
  }

  function tokenWith(tries: readonly Partial<Try>[], uses = 1): TriedToken {
    const unasked: Try = {
      ...{ what: 'burn', attempt: '', instance: 'one', outcome: 'no-answer' },
      ...{ begunMs: 0, endedMs: 10 },
    };
    return {
      id: {
        shard: 0,
        epoch: 'A'.repeat(16),
        issuedAt: 0,
        expiresAt: 60,
        uses,
        generation: 0,
        nonce: 'A'.repeat(22),
      },
      topic: { subject: 'user-42', purpose: 'password-reset', kid: 'key-1' },
      tries: tries.map((each) => ({ ...unasked, ...each })),
      bars: [],
      collectors: new Map(),
    };
  }
});
