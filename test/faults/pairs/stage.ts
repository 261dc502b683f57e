import type { RedisTarget } from '../../../src/redis/client.ts';
import { clockFaults } from '../kinds/clock.ts';
import { failoverFaults, slotFaults } from '../kinds/cluster.ts';
import { ClusterServers } from '../kinds/cluster-servers.ts';
import { clientFaults } from '../kinds/connection.ts';
import type { NamedFault } from '../kinds/fault.ts';
import { freezeFaults } from '../kinds/freeze.ts';
import { memoryFaults } from '../kinds/memory.ts';
import { processFaults } from '../kinds/process.ts';
import type { FaultyServer } from '../kinds/server.ts';
import { TwoServers } from '../kinds/two-servers.ts';
import { faultsOf } from '../support/chaos.ts';
import type { SeededRandom } from '../support/random.ts';

/** Where an instance finds its Redis. */
export interface Seat {
  readonly name: string;
  readonly target: RedisTarget;
  /** Whether it must redeem fresh tokens once all is over; one that is bound to a server need not. */
  readonly serves: boolean;
}

/** Servers that suffer one pair of faults after the other. */
export interface Stage {
  readonly seats: readonly Seat[];
  /** Where naive ledgers suffer the same. */
  readonly naiveSeats: readonly Seat[];
  /** Every fault that it knows, for one strike. */
  faults(): readonly NamedFault[];
  /** Empty servers, all well, at a time of day that the random numbers pick. Rejects when that cannot be had. */
  renew(random: SeededRandom): Promise<void>;
  /** All servers well, whatever befell them. What they hold and their clocks stay. */
  heal(): Promise<void>;
  /** Lets the clocks go on to this moment. */
  goOnTo(unixSeconds: number): void;
  close(): Promise<void>;
}

export const STAGES = { two: startTwoServersStage, cluster: startClusterStage } as const;

export type StageName = keyof typeof STAGES;

const PERIOD_SECONDS = 7200;
/** In the two hours of a subject bucket: soon after their beginning, soon before their end, and between. */
const TIMES_OF_PERIOD = [100, 770, 770, 3600, PERIOD_SECONDS - 100, PERIOD_SECONDS - 6];
/** By how much the replica's clock differs. */
const SKEWS_SECONDS = [0, 0, -60, 30];

async function startTwoServersStage(): Promise<Stage> {
  const two = await TwoServers.start();
  const { lossy, address, servers } = two.urls;
  const [first = '', second = ''] = servers;
  return {
    seats: [
      { name: 'lossy', target: { url: lossy }, serves: true },
      { name: 'by address', target: { url: address }, serves: true },
      { name: 'on server 1', target: { url: first }, serves: false },
      { name: 'on server 2', target: { url: second }, serves: false },
    ],
    naiveSeats: [lossy, address].map((url, index) => ({
      name: `naive ${index}`,
      target: { url },
      serves: true,
    })),
    faults: () => [...faultsOf(two), ...freezeFaults({ url: address })],
    renew: (random) => {
      const seconds = secondsToTime(random);
      return two.renew([seconds, seconds + random.pick(SKEWS_SECONDS)]);
    },
    heal: () => two.heal(),
    goOnTo: (unixSeconds) => setClocks(two.servers, unixSeconds),
    close: () => two.close(),
  };
}

async function startClusterStage(): Promise<Stage> {
  const cluster = await ClusterServers.start();
  const target = { cluster: cluster.servers.map(({ redis }) => ({ host: '127.0.0.1', port: redis.port })) };
  const seat = (name: string): Seat => ({ name, target, serves: true });
  const { victims } = cluster;
  return {
    seats: ['instance 1', 'instance 2', 'instance 3', 'instance 4'].map(seat),
    naiveSeats: ['naive 1', 'naive 2'].map(seat),
    faults: () => [
      ...clockFaults(victims),
      ...memoryFaults(victims),
      ...processFaults({ victims, settle: async () => {} }),
      ...slotFaults(cluster),
      ...failoverFaults(cluster),
      ...clientFaults(victims),
      ...freezeFaults(target),
    ],
    renew: (random) => cluster.renew(secondsToTime(random)),
    heal: () => cluster.heal(),
    goOnTo: (unixSeconds) => setClocks(cluster.servers, unixSeconds),
    close: () => cluster.close(),
  };
}

function secondsToTime(random: SeededRandom): number {
  const nowSeconds = Date.now() / 1000;
  const nextPeriod = Math.ceil(nowSeconds / PERIOD_SECONDS) * PERIOD_SECONDS;
  return Math.round(nextPeriod + random.pick(TIMES_OF_PERIOD) - nowSeconds);
}

function setClocks(servers: readonly FaultyServer[], unixSeconds: number): void {
  const seconds = Math.round(unixSeconds - Date.now() / 1000);
  for (const server of servers) server.setClock(seconds);
}
