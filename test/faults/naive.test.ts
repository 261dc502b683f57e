import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { openNaiveInstance } from './support/instances.ts';
import { pressOn } from './support/pressure.ts';
import { doubles, revived, type TriedToken, type Try } from './support/token.ts';
import { type Instance, pause, Workload } from './support/workload.ts';

/** Every other file of this folder strikes this ledger too, and tells which faults make it replay. */
describe('a naive ledger, by which the suite shows that it sees replays,', () => {
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
    const token = {
      ...tokenWith([burned('a'), burned('b')].map((each, at) => ({ ...each, begunMs: at * 100 }))),
      barredMs: 50,
    };
    expect(revived([token])).to.have.length(1);
    expect(revived([{ ...token, barredMs: 150 }])).to.have.length(0);
    const again = tokenWith([0, 100].map((begunMs) => ({ ...burned('a'), begunMs })));
    expect(revived([{ ...again, barredMs: 50 }])).to.have.length(0);
  });

  function tokenWith(tries: readonly Partial<Try>[], uses = 1): TriedToken {
    const unasked = { what: 'burn', attempt: '', instance: 'one', begunMs: 0, outcome: 'no-answer' } as const;
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
      topic: { subject: 'user-42', purpose: 'password-reset' },
      tries: tries.map((each) => ({ ...unasked, ...each })),
    };
  }
});
