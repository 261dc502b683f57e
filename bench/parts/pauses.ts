import { makeDeployment } from '../../test/support/deployment.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { runPacedRound, runRound } from '../load.ts';
import type { Options } from '../options.ts';
import { note, noted } from '../problems.ts';
import { type Measured, type Row, rowOf } from '../report.ts';
import { withResources } from '../resources.ts';
import { type Side, startServiceSide } from '../side.ts';
import { atMost, minting, redeeming } from '../work.ts';

/** Five minutes, at the usual length of a turn. */
const TURNS = 600;
const TURNS_OF_A_CYCLE = 20;
/** How often the service looks at its own event loop. That much of what it tells is no delay. */
const LOOKS_EVERY_MS = 10;
const LONGEST_SECONDS = 600;

/** For how long the event loop of the service did nothing else, while tokens are minted and redeemed at half load. */
export function pauses(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const redis = await open(startRedis());
    const service = await open(
      startServiceSide(await open(makeDeployment({ ledger: { redis: redis.url } }))),
    );
    const { connections, warmUp } = options;
    const unused: string[] = [];
    const load = { connections, seconds: LONGEST_SECONDS };
    const first = noted(
      service.name,
      await runRound(service.port, atMost(warmUp, minting(service, unused)), load),
    );
    noted(service.name, await runRound(service.port, redeeming(service, unused, []), load));
    await longestMs(service);

    const seconds = options.seconds * TURNS_OF_A_CYCLE;
    const pace = { connections, seconds: seconds / 2, perSecond: first.perSecond / 2 };
    const found: Measured[] = [];
    for (let cycle = 0; cycle < TURNS / TURNS_OF_A_CYCLE; cycle++) {
      noted(service.name, await runPacedRound(service.port, minting(service, unused), pace));
      noted(service.name, await runPacedRound(service.port, redeeming(service, unused, []), pace));
      unused.length = 0;
      found.push({ 'longest ms': await longestMs(service) });
    }
    const longest = Math.max(...found.map((each) => each['longest ms'] ?? Number.NaN));
    return [
      rowOf('in all, service', [{ 'longest ms': longest }]),
      rowOf(`in ${seconds} seconds, service`, found),
    ];
  });
}

/** Since it was asked last, by its own metrics. */
async function longestMs(side: Side): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${side.port}/metrics`)).text();
  const told = /^nodejs_eventloop_lag_max_seconds(?:\{.*\})? (\S+)$/m.exec(text)?.[1];
  if (told === undefined) note(`${side.name}: does not tell of its event loop`);
  return Math.max(0, Number(told) * 1000 - LOOKS_EVERY_MS);
}
