import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { attach, caughtUp, holdBack, inStep, promote, REPLICATING } from './support/replication.ts';
import { type Switchboard, startSwitchboard } from './support/switchboard.ts';
import { IS_ALL, someOf } from './support/thorough.ts';
import { type Fault, type Seat, withstand } from './support/trial.ts';
import { pause } from './support/workload.ts';

interface Told extends Omit<Fault, 'seats'> {
  readonly title: string;
  readonly seats: () => readonly Seat[];
}

describe('a ledger whose Redis is replicated', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(afterEach);
  let master: RedisServer;
  let replica: RedisServer;
  /** Leads to the master. */
  let address: Switchboard;

  beforeEach(async () => {
    [master, replica] = await Promise.all([start(), start()]);
    await attach(replica, master);
    address = await startSwitchboard(master.port);
    onClose(address.close);
  });

  async function start(): Promise<RedisServer> {
    const redis = await startRedis(REPLICATING);
    onClose(redis.close);
    return redis;
  }

  const seatsAt = ({ url }: { url: string }, seat: Omit<Seat, 'redis'> = {}, count = 4): readonly Seat[] =>
    Array.from({ length: count }, () => ({ ...seat, redis: { url } }));

  async function kill(redis: RedisServer): Promise<void> {
    redis.process().kill('SIGKILL');
    await redis.process().exited();
  }

  it('when a lagging replica takes the place of a dead master', () =>
    withstand({
      name: 'lagging replica promoted, master dead',
      seats: seatsAt(address),
      prepare: () => holdBack(replica, master),
      strike: async () => {
        await kill(master);
        await promote(replica);
        address.leadTo(replica.port);
      },
      epoch: 'lost',
      naive: 'replays',
    }));

  it('when both sides of a split serve, each with tokens of its own', () =>
    withstand({
      name: 'split brain',
      seats: [...seatsAt(master, { epoch: 'kept' }, 2), ...seatsAt(address, { epoch: 'lost' }, 2)],
      prepare: () => holdBack(replica, master),
      strike: async () => {
        await promote(replica);
        address.leadTo(replica.port);
      },
      epoch: 'either',
      naive: 'replays',
      twoMemories: 'ever after',
    }));

  /** What else may become of the master's place, and of its replicas. */
  const others: readonly (readonly Told[])[] = [
    [
      {
        title: 'when the place of the master goes to the replica and back, without the newest burns',
        name: 'A-B-A',
        seats: () => seatsAt(address),
        prepare: () => holdBack(replica, master),
        strike: async () => {
          await promote(replica);
          address.leadTo(replica.port);
          await pause(150);
          await attach(master, replica);
          await promote(master);
          address.leadTo(master.port);
        },
        epoch: 'lost',
        naive: 'replays',
      },
      {
        title: 'when some instances write to a lagging replica that lets them',
        name: 'writable lagging replica',
        seats: () => [...seatsAt(master, {}, 3), ...seatsAt(replica, { serves: false }, 1)],
        prepare: async () => {
          await replica.command('CONFIG', 'SET', 'replica-read-only', 'no');
          await holdBack(replica, master);
        },
        strike: () => pause(300),
        epoch: 'kept',
        naive: 'replays',
      },
    ],
    [
      {
        title: 'when the master hands over in order, and nothing is lost',
        name: 'FAILOVER, nothing lost',
        seats: () => seatsAt(address),
        strike: async () => {
          await master.command('FAILOVER');
          await inStep(master);
          address.leadTo(replica.port);
        },
        epoch: 'lost',
        naive: 'holds',
      },
      {
        title: 'when it gets another replica, and one loses its connection and comes back',
        name: 'second replica, partial resynchronisation',
        seats: () => seatsAt(address),
        strike: async () => {
          await attach(await start(), master);
          await master.command('CLIENT', 'KILL', 'TYPE', 'replica');
          await pause(50);
          await inStep(replica);
        },
        epoch: 'kept',
        naive: 'holds',
      },
    ],
  ];
  for (const kind of others) {
    for (const { title, seats, ...fault } of someOf(kind, 1)) {
      it(title, () => withstand({ ...fault, seats: seats() }));
    }
  }

  if (!IS_ALL) return;

  it('when a replica that was stopped takes the place of a dead master', () =>
    withstand({
      name: 'replica stopped, then promoted',
      seats: seatsAt(address),
      prepare: async () => {
        await caughtUp(replica, master);
        replica.process().kill('SIGSTOP');
      },
      strike: async () => {
        await kill(master);
        replica.process().kill('SIGCONT');
        await promote(replica);
        address.leadTo(replica.port);
      },
      epoch: 'lost',
      naive: 'either',
    }));

  it('when a replica with an older file restarts as a master', () =>
    withstand({
      name: 'replica restarted as master',
      seats: seatsAt(address),
      prepare: async () => {
        await caughtUp(replica, master);
        await replica.save();
      },
      strike: async () => {
        await Promise.all([kill(master), kill(replica)]);
        await replica.restart();
        address.leadTo(replica.port);
      },
      epoch: 'lost',
      naive: 'replays',
    }));

  it('when an older copy of the data serves some instances as a second server', () =>
    withstand({
      name: 'stale copy as a second server',
      seats: [...seatsAt(master, { epoch: 'kept' }, 2), ...seatsAt(address, { epoch: 'lost' }, 2)],
      prepare: () => master.save(),
      strike: async () => {
        const second = await start();
        await kill(second);
        await copyFile(join(master.folder, 'dump.rdb'), join(second.folder, 'dump.rdb'));
        await second.restart();
        address.leadTo(second.port);
      },
      epoch: 'either',
      naive: 'replays',
      twoMemories: 'ever after',
    }));

  it('when it gets its first replica', async () => {
    const alone = await start();
    await withstand({
      name: 'first replica attached',
      seats: seatsAt(alone),
      strike: async () => attach(await start(), alone),
      epoch: 'lost',
      naive: 'holds',
    });
  });
});
