import { makeDeployment } from '../../test/support/deployment.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { runRound } from '../load.ts';
import type { Options } from '../options.ts';
import { noted } from '../problems.ts';
import type { Row } from '../report.ts';
import { withResources } from '../resources.ts';
import { type Contestant, takeTurns } from '../rounds.ts';
import { type PROGRAMS, type Side, startProgramSide, startServiceSide } from '../side.ts';
import { CPU, measuredTurn, RATE } from '../turn.ts';
import { minting, redeeming, replaying } from '../work.ts';

/** So many spent tokens of each turn are tried again, outside the timed part. */
const REPLAYS = 50;
const REPLAY_SECONDS = 10;
const NAMES: readonly (keyof typeof PROGRAMS)[] = [
  ...['floor' as const, 'express + jsonwebtoken' as const],
  ...['fastify + fast-jwt' as const, 'opaque token' as const],
];

/** The service, the floor and the recipes: a mint and a redemption over HTTP. */
export function contenders(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const redis = await open(startRedis());
    const deployment = await open(makeDeployment({ ledger: { redis: redis.url } }));
    const sides = [await open(startServiceSide(deployment))];
    for (const name of NAMES) sides.push(await open(startProgramSide(name, deployment, redis.url)));
    const all = sides.map((side) => turnsOf(side, redis.process().pid, options.connections));
    return takeTurns([...all.map(({ mint }) => mint), ...all.map(({ redeem }) => redeem)], options, [
      CPU,
      RATE,
    ]);
  });
}

/** What a side mints in a round, it redeems later in the same round. */
function turnsOf(
  side: Side,
  redisPid: number,
  connections: number,
): Readonly<Record<'mint' | 'redeem', Contestant>> {
  let unused: string[] = [];
  const contestant = (work: string, turn: Contestant['turn']): Contestant => ({
    name: `${work}, ${side.name}`,
    ...(side.name === 'floor' ? {} : { to: `${work}, floor` }),
    turn,
  });
  return {
    mint: contestant('mint', (limits) => {
      unused = [];
      return measuredTurn({ side, redisPid, connections, limits, work: minting(side, unused) });
    }),
    redeem: contestant('redeem', async (limits) => {
      const spent: string[] = [];
      const work = redeeming(side, unused, spent);
      const measured = await measuredTurn({ side, redisPid, connections, limits, work });
      const again = replaying(side, spent.slice(0, REPLAYS));
      noted(side.name, await runRound(side.port, again, { connections, seconds: REPLAY_SECONDS }));
      return measured;
    }),
  };
}
