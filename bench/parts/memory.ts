import { makeDeployment } from '../../test/support/deployment.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { runRound } from '../load.ts';
import type { Options } from '../options.ts';
import { noted } from '../problems.ts';
import { residentMebibytes } from '../process.ts';
import { type Measured, type Row, rowOf } from '../report.ts';
import { withResources } from '../resources.ts';
import { type Side, startProgramSide, startServiceSide } from '../side.ts';
import { atMost, minting, redeeming } from '../work.ts';

/** So many tokens are minted and then redeemed, again and again. */
const CYCLE = 5000;
const LONGEST_SECONDS = 600;
const PARTS = 10;
const MEMORY = 'MiB';

/** What the service and the floor hold in memory: at rest, and in each tenth of a million requests. */
export function memory(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const redis = await open(startRedis());
    const deployment = await open(makeDeployment({ ledger: { redis: redis.url } }));
    const floor = await open(startProgramSide('floor', deployment, redis.url));
    const service = await open(startServiceSide(deployment));
    const sides = [floor, service];
    const rest = sides.map((side) =>
      rowOf(`at rest, ${side.name}`, [{ [MEMORY]: residentMebibytes(side.pid) }]),
    );
    const tenths: Measured[][] = sides.map(() => []);
    const perTenth = Math.ceil(options.requests / PARTS / 2);
    for (let tenth = 0; tenth < PARTS; tenth++) {
      for (const [index, side] of sides.entries())
        tenths[index]?.push({ [MEMORY]: await highestDuring(side, perTenth, options.connections) });
    }
    const under = sides.map((side, index) => rowOf(`under load, ${side.name}`, tenths[index] ?? []));
    const last = sides.map((side, index) => {
      const [early, late] = [tenths[index]?.at(1), tenths[index]?.at(-1)];
      const base = { name: 'second tenth', rounds: early ? [early] : [], compared: [MEMORY] };
      return rowOf(`last tenth, ${side.name}`, late ? [late] : [], base);
    });
    return [...rest, ...under, ...last];
  });
}

/** The most that it held between cycles. */
async function highestDuring(side: Side, pairs: number, connections: number): Promise<number> {
  let highest = 0;
  for (let done = 0; done < pairs; done += CYCLE) {
    const unused: string[] = [];
    const load = { connections, seconds: LONGEST_SECONDS };
    const count = Math.min(CYCLE, pairs - done);
    noted(side.name, await runRound(side.port, atMost(count, minting(side, unused)), load));
    highest = Math.max(highest, residentMebibytes(side.pid));
    noted(side.name, await runRound(side.port, redeeming(side, unused, []), load));
    highest = Math.max(highest, residentMebibytes(side.pid));
  }
  return highest;
}
