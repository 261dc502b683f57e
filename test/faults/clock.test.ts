import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { namedAttempt, unnamedAttempt } from '../../src/burn/attempt.ts';
import type { Deployment } from '../../src/burn/deployment.ts';
import { mint } from '../../src/burn/mint.ts';
import { redeem } from '../../src/burn/redeem.ts';
import { retriedAttempts } from '../../src/contract/retried-attempts.ts';
import { MatchstickError } from '../../src/errors.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { type PublishedKeyRing, parseKeyRing } from '../../src/keys/key-ring.ts';
import { processMemory } from '../../src/ledger/memory.ts';
import { UNLIMITED } from '../burn/deployment-in-memory.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type FakeClock, startFakeClock } from './support/fake-clock.ts';
import { openInstance } from './support/instances.ts';
import { attach, holdBack, promote, REPLICATING } from './support/replication.ts';
import { startSwitchboard } from './support/switchboard.ts';
import { someOf } from './support/thorough.ts';
import { type Fault, withstand } from './support/trial.ts';
import { pause } from './support/workload.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

describe('a ledger whose clocks are wrong', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);

  async function start(seconds = 0): Promise<{ redis: RedisServer; clock: FakeClock }> {
    const clock = await startFakeClock(seconds);
    onClose(clock.close);
    const redis = await startRedis(REPLICATING, clock.env);
    onClose(redis.close);
    return { redis, clock };
  }

  describe('because the clock of Redis is set', () => {
    let redis: RedisServer;
    let clock: FakeClock;

    before(async () => {
      ({ redis, clock } = await start());
    });

    beforeEach(async () => {
      clock.set(0);
      await redis.command('FLUSHALL');
    });

    const steps: readonly (Pick<Fault, 'epoch' | 'naive'> & { seconds: number; isForGood?: true })[] = [
      { seconds: 2 * HOUR, epoch: 'lost', naive: 'replays' },
      { seconds: 12 * MINUTE, epoch: 'kept', naive: 'replays' },
      { seconds: -2 * HOUR, epoch: 'lost', naive: 'replays' },
      { seconds: 2 * HOUR, isForGood: true, epoch: 'expired', naive: 'replays' },
      { seconds: -MINUTE, isForGood: true, epoch: 'early', naive: 'holds' },
    ];
    const others: typeof steps = [
      { seconds: 20 * MINUTE, epoch: 'lost', naive: 'replays' },
      { seconds: MINUTE, isForGood: true, epoch: 'kept', naive: 'holds' },
      { seconds: -2 * HOUR, isForGood: true, epoch: 'lost', naive: 'holds' },
    ];

    for (const { seconds, isForGood, epoch, naive } of someOf([...steps, ...others], 2)) {
      const name = `by ${seconds / MINUTE} minutes${isForGood ? '' : ' and back'}`;
      it(name, () =>
        withstand({
          name: `Redis clock set ${name}`,
          seats: Array.from({ length: 4 }, () => ({ redis: { url: redis.url } })),
          strike: async () => {
            clock.set(seconds);
            await pause(250);
            if (!isForGood) clock.set(0);
          },
          epoch,
          naive,
        }),
      );
    }
  });

  it('because a replica whose clock is slow takes the place of the master', async () => {
    const [{ redis: master }, { redis: slow }] = await Promise.all([start(), start(-MINUTE)]);
    await attach(slow, master);
    const address = await startSwitchboard(master.port);
    onClose(address.close);
    await withstand({
      name: 'promoted replica 60 s slow',
      seats: Array.from({ length: 4 }, () => ({ redis: { url: address.url } })),
      prepare: () => holdBack(slow, master),
      strike: async () => {
        await promote(slow);
        address.leadTo(slow.port);
      },
      epoch: 'lost',
      naive: 'replays',
    });
  });

  describe('because those of the instances are, by up to ten minutes,', () => {
    const AHEAD_MINUTES = [-10, -1, 0, 1, 10];
    const ORDER = { purpose: 'password-reset', subject: 'user-42', audience: 'app', uses: 1 };
    const REQUEST = { purpose: 'password-reset' };
    let redis: RedisServer;
    let keys: PublishedKeyRing;

    before(async () => {
      redis = await startRedis();
      onClose(redis.close);
      keys = await parseKeyRing(
        JSON.stringify({ keys: [await generateKey('Ed25519', Date.now())] }),
        'Ed25519',
      );
    });

    function openService(aheadMinutes: number): Deployment {
      const options = { aheadMs: aheadMinutes * MINUTE * 1000 };
      const { ledger } = openInstance(`${aheadMinutes} minutes ahead`, { url: redis.url }, options);
      onClose(() => ledger.close());
      return {
        ledger,
        deposits: processMemory({ nowMs: Date.now, randomBytes }).deposits,
        openers: new Map(),
        keys,
        issuer: 'https://cap.example.test',
        purposes: new Map([
          ['password-reset', { name: 'password-reset', audiences: ['app'], lifetimeSeconds: 300 }],
        ]),
        clockToleranceSeconds: 0,
        ...UNLIMITED,
        retried: retriedAttempts(),
        randomBytes,
      };
    }

    async function outcome(service: Deployment, token: string): Promise<string> {
      const answer = await redeem({ ...REQUEST, token }, unnamedAttempt('main', randomBytes), service);
      return answer instanceof MatchstickError ? answer.code : 'redeemed';
    }

    it('every one of them redeems what any of them minted, and only one of them each', async () => {
      const services = AHEAD_MINUTES.map(openService);
      await Promise.all(services.map(({ ledger }) => ledger.check()));
      for (const minter of services) {
        for (const first of services) {
          for (let round = 0; round < 2; round++) {
            const {
              minted: { token },
            } = await mint({ ...ORDER, lifetimeSeconds: 60 }, minter);
            expect(await outcome(first, token)).to.equal('redeemed');
            const others = await Promise.all(services.map((service) => outcome(service, token)));
            expect(others).to.deep.equal(services.map(() => 'token_burned'));
          }
        }
      }
    });

    it('and all at once only one of them', async () => {
      const services = AHEAD_MINUTES.map(openService);
      await Promise.all(services.map(({ ledger }) => ledger.check()));
      for (let round = 0; round < 30; round++) {
        const minter = services[round % services.length];
        if (!minter) throw new Error('no service');
        const {
          minted: { token },
        } = await mint({ ...ORDER, lifetimeSeconds: 60 }, minter);
        const outcomes = await Promise.all(
          services.flatMap((service) => [outcome(service, token), outcome(service, token)]),
        );
        expect(outcomes.filter((each) => each === 'redeemed')).to.have.length(1);
        expect(outcomes.filter((each) => each === 'token_burned')).to.have.length(9);
      }
    });

    it('none of them redeems what has expired by the clock of Redis', async () => {
      const services = AHEAD_MINUTES.map(openService);
      await Promise.all(services.map(({ ledger }) => ledger.check()));
      const minted = await Promise.all(
        services.flatMap((service) =>
          Array.from({ length: 10 }, () => mint({ ...ORDER, lifetimeSeconds: 1 }, service)),
        ),
      );
      await pause(1100);
      for (const {
        minted: { token },
      } of minted) {
        for (const service of services) expect(await outcome(service, token)).to.equal('token_expired');
      }
    });

    it('one that has heard no answer yet burns nothing by refusing, and redeems once it has', async () => {
      const right = openService(0);
      for (const aheadMinutes of AHEAD_MINUTES) {
        for (let round = 0; round < 5; round++) {
          const {
            minted: { token },
          } = await mint({ ...ORDER, lifetimeSeconds: 60 }, right);
          const named = namedAttempt('main', `${aheadMinutes} ${round}`);
          const wrong = openService(aheadMinutes);
          const first = await redeem({ ...REQUEST, token }, named, wrong);
          await wrong.ledger.check();
          const again = await redeem({ ...REQUEST, token }, named, wrong);
          expect([first, again].filter((answer) => !(answer instanceof MatchstickError))).to.not.have.length(
            0,
          );
          expect(await outcome(right, token)).to.equal('token_burned');
        }
      }
    });
  });
});
