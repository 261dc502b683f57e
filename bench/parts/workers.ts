import { makeDeployment } from '../../test/support/deployment.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { runRound } from '../load.ts';
import type { Options } from '../options.ts';
import { noted } from '../problems.ts';
import { cpuBetween, cpuSeconds } from '../process.ts';
import type { Row } from '../report.ts';
import { withResources } from '../resources.ts';
import { type Contestant, type Limits, takeTurns } from '../rounds.ts';
import { type Side, startServiceSide } from '../side.ts';
import { CPU } from '../turn.ts';
import { atMost, minting, redeeming } from '../work.ts';

const COUNTS = [1, 2, 4];
const CARRIED = 'requests per CPU second of the busiest process';

/**
 * What one, two and four workers carry. On a machine whose processors are shared with the generator and with Redis,
 * throughput says nothing about that: what counts is what the busiest process has to do for all of it.
 */
export function workers(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const redis = await open(startRedis());
    const contestants: Contestant[] = [];
    for (const count of COUNTS) {
      const deployment = await open(makeDeployment({ workers: count, ledger: { redis: redis.url } }));
      const side = await open(startServiceSide(deployment, { name: nameOf(count) }));
      // As many connections for each worker, so that each has as much to do at a time.
      const connections = options.connections * count;
      contestants.push({
        ...{ name: side.name, ...(count === 1 ? {} : { to: nameOf(1) }) },
        // Each worker is a process that has to warm up.
        turn: (limits) => carried(side, connections, { ...limits, requests: limits.requests * count }),
      });
    }
    return takeTurns(contestants, options, [CARRIED, CPU]);
  });
}

function nameOf(count: number): string {
  return count === 1 ? '1 worker' : `${count} workers`;
}

async function carried(side: Side, connections: number, { seconds, requests }: Limits) {
  const before = cpuSeconds(side.pid);
  const unused: string[] = [];
  const load = { connections, seconds };
  const minted = noted(side.name, await runRound(side.port, atMost(requests, minting(side, unused)), load));
  const redeemed = noted(side.name, await runRound(side.port, redeeming(side, unused, []), load));
  const { all, busiest } = cpuBetween(before, cpuSeconds(side.pid));
  const count = minted.count + redeemed.count;
  return { [CARRIED]: count / busiest, [CPU]: (all / count) * 1e6 };
}
