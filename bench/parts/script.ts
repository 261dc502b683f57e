import type { LedgerNote } from '../../src/ledger/burn-ledger.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { filledLedger, RECORD } from '../filled-ledger.ts';
import type { Options } from '../options.ts';
import { cpuBetween, cpuSeconds } from '../process.ts';
import { floorScript, usPerScript } from '../redis-figures.ts';
import type { Row } from '../report.ts';
import { withResources } from '../resources.ts';
import { type Limits, takeTurns } from '../rounds.ts';
import { REDIS_CPU } from '../turn.ts';

export const SCRIPT_TIME = 'script us';
const SHARDS = 4;
const KEEP = 100_000;
const BURNS_PER_SECOND = 4000;

/**
 * What a burn takes of Redis's one thread, with the record of the event and without: the time within scripts as Redis
 * counts it, by the clock; and the CPU time of Redis for all of it, reading and answering included.
 */
export function script(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const server = await open(startRedis());
    const shared = { redis: { url: server.url }, shards: SHARDS, atOnce: options.connections };
    const plain = await open(filledLedger({ ...shared, namespace: 'plain', keep: 0 }));
    const recording = await open(filledLedger({ ...shared, namespace: 'recording', keep: KEEP }));
    const { pid } = server.process();
    const floor = await open(floorScript(server, options.connections));
    const measure = async (work: (count: number) => Promise<unknown>, { seconds, requests }: Limits) => {
      const count = Math.ceil(Math.min(requests, BURNS_PER_SECOND * seconds));
      const before = cpuSeconds(pid);
      const us = await usPerScript(server, () => work(count));
      return { [SCRIPT_TIME]: us, [REDIS_CPU]: (cpuBetween(before, cpuSeconds(pid)).all / count) * 1e6 };
    };
    const burning = (ledger: typeof plain, record?: LedgerNote) => (limits: Limits) =>
      measure((count) => ledger.burn(count, record), limits);
    return takeTurns(
      [
        { name: 'floor, SET NX EX', turn: (limits) => measure(floor.run, limits) },
        { name: 'burn, without its record', to: 'floor, SET NX EX', turn: burning(plain) },
        { name: 'burn, with its record', to: 'floor, SET NX EX', turn: burning(recording, RECORD) },
      ],
      options,
      [SCRIPT_TIME, REDIS_CPU],
    );
  });
}
