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
    const service = await open(startServiceSide(deployment));
    const elsewhere = await open(startServiceSide(deployment, { name: 'another instance' }));
    const sides = [service];
    for (const name of NAMES) sides.push(await open(startProgramSide(name, deployment, redis.url)));
    const where = { redisPid: redis.process().pid, connections: options.connections };
    // An instance need not verify what it signed itself: what another has minted, it must.
    const all = [...sides.map((side) => turnsOf(side, side, where)), turnsOf(elsewhere, service, where)];
    return takeTurns([...all.map(({ mint }) => mint), ...all.map(({ redeem }) => redeem)], options, [
      CPU,
      RATE,
    ]);
  });
}

/** What one side mints in a round, a side redeems later in the same round: most often itself. */
function turnsOf(
  minter: Side,
  redeemer: Side,
  { redisPid, connections }: { readonly redisPid: number; readonly connections: number },
): Readonly<Record<'mint' | 'redeem', Contestant>> {
  let unused: string[] = [];
  const contestant = (work: string, name: string, turn: Contestant['turn']): Contestant => ({
    name: `${work}, ${name}`,
    ...(name === 'floor' ? {} : { to: `${work}, floor` }),
    turn,
  });
  const redeemed = redeemer === minter ? redeemer.name : `${redeemer.name}: tokens of ${minter.name}`;
  return {
    mint: contestant('mint', minter.name, (limits) => {
      unused = [];
      const work = minting(minter, unused);
      return measuredTurn({ side: minter, redisPid, connections, limits, work });
    }),
    redeem: contestant('redeem', redeemed, async (limits) => {
      const spent: string[] = [];
      const work = redeeming(redeemer, unused, spent);
      const measured = await measuredTurn({ side: redeemer, redisPid, connections, limits, work });
      const again = replaying(redeemer, spent.slice(0, REPLAYS));
      noted(redeemer.name, await runRound(redeemer.port, again, { connections, seconds: REPLAY_SECONDS }));
      return measured;
    }),
  };
}
