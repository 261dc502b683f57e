import { makeDeployment } from '../../test/support/deployment.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { runPacedRound, runRound, type Work } from '../load.ts';
import type { Options } from '../options.ts';
import { noted } from '../problems.ts';
import type { Row } from '../report.ts';
import { withResources } from '../resources.ts';
import { type Contestant, takeTurns } from '../rounds.ts';
import { type Side, startProgramSide, startServiceSide } from '../side.ts';
import { latencies, RATE } from '../turn.ts';
import { atMost, minting, redeeming } from '../work.ts';

/** A turn is longer here: a thousandth of its requests must be some. */
const LONGER = 3;
const SUPPLY_SECONDS = 60;
const WANTED = { p50: 0.5, p99: 0.99, 'p99.9': 0.999 };

/** How long an answer takes at half of what each side can do, told from the moment at which the request was due. */
export function latency(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const redis = await open(startRedis());
    const deployment = await open(makeDeployment({ ledger: { redis: redis.url } }));
    const service = await open(startServiceSide(deployment));
    const floor = await open(startProgramSide('floor', deployment, redis.url));
    const turns = [...turnsOf(floor, options), ...turnsOf(service, options)];
    const ratios = Object.keys(WANTED).map((name) => `${name} ms`);
    return takeTurns(turns, { ...options, seconds: options.seconds * LONGER }, ratios);
  });
}

function turnsOf(side: Side, options: Options): readonly Contestant[] {
  let unused: string[] = [];
  const contestant = (name: string, workOf: () => Work, supply?: (count: number) => Promise<unknown>) => {
    let full: number | undefined;
    const turn: Contestant['turn'] = async ({ seconds: longest, requests }) => {
      const { connections } = options;
      if (full === undefined) {
        // The first turn warms up, and tells what is half.
        await supply?.(requests);
        const first = atMost(requests, workOf());
        full = noted(
          side.name,
          await runRound(side.port, first, { connections, seconds: longest }),
        ).perSecond;
      }
      const seconds = Math.min(longest, options.seconds * LONGER);
      const perSecond = full / 2;
      await supply?.(Math.ceil(perSecond * seconds * 1.1));
      const round = noted(
        side.name,
        await runPacedRound(side.port, workOf(), { connections, seconds, perSecond }),
      );
      return { [RATE]: round.perSecond, ...latencies(round, WANTED) };
    };
    return {
      name: `${name}, ${side.name}`,
      ...(side.name === 'floor' ? {} : { to: `${name}, floor` }),
      turn,
    };
  };
  const supply = async (count: number) => {
    const wanted = atMost(Math.max(0, count - unused.length), minting(side, unused));
    noted(
      side.name,
      await runRound(side.port, wanted, { connections: options.connections, seconds: SUPPLY_SECONDS }),
    );
  };
  return [
    contestant('mint', () => {
      unused = [];
      return minting(side, unused);
    }),
    contestant('redeem', () => redeeming(side, unused, []), supply),
  ];
}
