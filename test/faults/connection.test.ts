import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { closeInstances, openInstance } from './support/instances.ts';
import { IS_ALL, someOf } from './support/thorough.ts';
import type { TriedToken } from './support/token.ts';
import { expectNoneTwice, type Fault, type Seat, withstand } from './support/trial.ts';
import { type Instance, newAttempt, pause, Workload } from './support/workload.ts';

const HOLD_SECONDS = 60;
/** The octets after which a reply is cut are gone through by so many clients, each with its share; without FAULTS=all by one. */
const LANES = 3;

describe('a ledger whose connections fail', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let proxy: CuttingProxy;
  let seats: readonly Seat[];

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    proxy = await startCuttingProxy(redis.port);
    onClose(proxy.close);
    const direct = { redis: { url: redis.url } };
    const proxied = { redis: { url: `redis://127.0.0.1:${proxy.port}` } };
    seats = [direct, proxied, direct, proxied];
  });

  const suffer = (fault: Pick<Fault, 'name' | 'strike'>) =>
    withstand({ ...fault, seats, epoch: 'kept', naive: 'holds' });

  const again = async (times: number, strike: () => Promise<unknown>) => {
    for (let time = 0; time < times; time++) {
      await strike();
      await pause(10);
    }
  };

  it('while its scripts are forgotten again and again', () =>
    suffer({
      name: 'SCRIPT FLUSH in a loop',
      strike: () => again(30, () => redis.command('SCRIPT', 'FLUSH')),
    }));

  const silences: readonly Struck[] = [
    {
      title: 'while Redis is stopped for longer than the time-out',
      name: 'SIGSTOP for longer than the time-out',
      strike: async () => {
        redis.process().kill('SIGSTOP');
        await pause(800);
        redis.process().kill('SIGCONT');
      },
    },
    {
      title: 'while Redis makes its clients wait for longer than the time-out',
      name: 'CLIENT PAUSE for longer than the time-out',
      strike: async () => {
        await redis.command('CLIENT', 'PAUSE', 700, 'ALL');
        await pause(700);
      },
    },
    {
      title: 'while replies vanish',
      name: 'replies vanish',
      strike: async () => {
        proxy.swallowReplies(true);
        await pause(700);
        proxy.swallowReplies(false);
      },
    },
  ];
  const cuts: readonly Struck[] = [
    {
      title: 'while its clients are killed again and again',
      name: 'CLIENT KILL in a loop',
      strike: () => again(30, () => redis.command('CLIENT', 'KILL', 'TYPE', 'normal').catch(() => {})),
    },
    {
      title: 'while connections are cut within replies',
      name: 'connections cut within replies',
      strike: () => again(40, async () => proxy.cutRepliesAfter(Math.floor(Math.random() * 300), 3)),
    },
  ];
  for (const kind of [silences, cuts]) {
    for (const { title, ...fault } of someOf(kind, 1)) it(title, () => suffer(fault));
  }

  it('after any octet of the reply to a burn, a hold, its end or a revocation', async () => {
    const lanes = IS_ALL ? Array.from({ length: LANES }, (_, lane) => lane) : [randomInt(LANES)];
    await Promise.all(
      Object.entries(HISTORIES).flatMap(([what, history]) =>
        lanes.map((first) => cutEverywhere(`${what}, octets ${first}, ${first + LANES} …`, first, history)),
      ),
    );
  });

  /** Cuts after every octet of this lane, until replies come through whole. */
  async function cutEverywhere(
    what: string,
    first: number,
    history: (cut: Cut) => Promise<void>,
  ): Promise<void> {
    const cutting = await startCuttingProxy(redis.port);
    const lost = openInstance('behind cuts', { url: `redis://127.0.0.1:${cutting.port}` });
    const direct = openInstance('direct', { url: redis.url });
    try {
      const workload = new Workload([lost, direct], [direct]);
      await lost.ledger.check();
      let whole = 0;
      for (let octets = first; whole < 3; octets += LANES) {
        const [token] = await workload.mintMany(1);
        if (!token) throw new Error('no token');
        const cutsBefore = cutting.cuts();
        await history({ token, lost, workload, cutNext: () => cutting.cutRepliesAfter(octets, 1) });
        cutting.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
        if (cutting.cuts() === cutsBefore) whole++;
      }
      expect(cutting.cuts(), what).to.be.at.least(60 / LANES);
      expectNoneTwice(workload);
    } finally {
      await closeInstances([lost, direct]);
      await cutting.close();
    }
  }
});

type Struck = Pick<Fault, 'name' | 'strike'> & { readonly title: string };

interface Cut {
  readonly token: TriedToken;
  /** The instance whose reply is cut. */
  readonly lost: Instance;
  readonly workload: Workload;
  readonly cutNext: () => void;
}

/** Each loses a reply, or two, and goes on as if nothing had been. */
const HISTORIES: Readonly<Record<string, (cut: Cut) => Promise<void>>> = {
  burn: async ({ token, lost, workload, cutNext }) => {
    cutNext();
    const outcomes = await Promise.all([
      workload.redeemSurely(token, { instance: lost }),
      workload.redeemSurely(token),
      workload.redeemSurely(token),
    ]);
    expect(outcomes.sort()).to.deep.equal(['already-burned', 'already-burned', 'burned']);
  },
  commit: async ({ token, lost, workload, cutNext }) => {
    const hold = { instance: lost, attempt: newAttempt(), holdSeconds: HOLD_SECONDS };
    cutNext();
    expect(await workload.redeemSurely(token, hold)).to.equal('held');
    cutNext();
    expect(await workload.settleSurely(token, hold.attempt, 'commit', lost)).to.equal('burned');
    expect(await workload.redeemSurely(token)).to.equal('already-burned');
  },
  release: async ({ token, lost, workload, cutNext }) => {
    const attempt = newAttempt();
    await workload.redeemSurely(token, { attempt, holdSeconds: HOLD_SECONDS });
    cutNext();
    expect(await workload.settleSurely(token, attempt, 'release', lost)).to.equal('released');
    const outcomes = await Promise.all([1, 2, 3].map(() => workload.redeemSurely(token)));
    expect(outcomes.sort()).to.deep.equal(['already-burned', 'already-burned', 'burned']);
  },
  revoke: async ({ token, lost, workload, cutNext }) => {
    cutNext();
    await workload.surelyRevoke(token, lost);
    expect(await workload.redeemSurely(token)).to.equal('revoked');
  },
};
