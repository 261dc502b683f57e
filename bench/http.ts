import { availableParallelism } from 'node:os';
import { makeDeployment } from '../test/support/deployment.ts';
import { startRedis } from '../test/support/redis-server.ts';
import { type Round, runRound, type Work } from './load.ts';
import { type Options, parseOptions } from './options.ts';
import { type Side, startFloorSide, startServiceSide } from './side.ts';
import { resultTable } from './table.ts';
import { minting, redeeming, replaying } from './work.ts';

/** So many spent tokens of each redeem round are tried again, outside the timed part. */
const REPLAYS = 50;

/** What a side did in all its rounds, and the tokens that one round hands to the next. */
function measured(side: Side, options: Options) {
  const mints: Round[] = [];
  const redemptions: Round[] = [];
  const errors: string[] = [];
  let unused: string[] = [];

  async function run(work: Work): Promise<Round> {
    const round = await runRound(side.port, work, options);
    for (const [problem, times] of round.errors) errors.push(`${side.name}: ${problem} (${times} times)`);
    return round;
  }

  return {
    mints,
    redemptions,
    errors,
    async mint(): Promise<void> {
      unused = [];
      mints.push(await run(minting(side, unused)));
    },
    async redeem(): Promise<void> {
      const spent: string[] = [];
      redemptions.push(await run(redeeming(side, unused, spent)));
      await run(replaying(side, spent.slice(0, REPLAYS)));
    },
  };
}

async function compare(service: Side, floor: Side, options: Options): Promise<readonly string[]> {
  const sides = [measured(service, options), measured(floor, options)] as const;
  for (let round = 0; round <= options.rounds; round++) {
    console.error(round === 0 ? 'warm-up' : `round ${round} of ${options.rounds}`);
    for (const side of sides) await side.mint();
    for (const side of sides) await side.redeem();
  }
  const [first, second] = sides;
  const { rounds, seconds, connections } = options;
  console.log(
    `Node ${process.version}, ${availableParallelism()} CPUs; ${connections} connections, ${rounds} rounds of ${seconds} s\n`,
  );
  console.log(
    resultTable([
      { work: 'mint', service: first.mints.slice(1), floor: second.mints.slice(1) },
      { work: 'redeem', service: first.redemptions.slice(1), floor: second.redemptions.slice(1) },
    ]),
  );
  return sides.flatMap(({ errors }) => errors);
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  const opened: { close(): Promise<void> }[] = [];
  const open = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const resource = await opening;
    opened.push(resource);
    return resource;
  };
  try {
    const redis = await open(startRedis());
    const deployment = await open(makeDeployment({ ledger: { redis: redis.url } }));
    const service = await open(startServiceSide(deployment));
    const floor = await open(startFloorSide(deployment, redis.url));
    const errors = await compare(service, floor, options);
    for (const error of errors) console.error(error);
    if (errors.length > 0) process.exitCode = 1;
  } finally {
    for (const resource of opened.reverse()) await resource.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
