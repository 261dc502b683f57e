import { startRedis } from '../../test/support/redis-server.ts';
import { type FilledLedger, filledLedger } from '../filled-ledger.ts';
import type { Options } from '../options.ts';
import { type FloorScript, floorScript, usedBytes, usPerScript } from '../redis-figures.ts';
import { type Measured, type Row, rowOf, short } from '../report.ts';
import { withResources } from '../resources.ts';
import { SCRIPT_TIME } from './script.ts';

export const BYTES = 'bytes each';
const SHARDS = 4;
const QUICK_BURNS = 100_000;
/** Of the burns that a ledger already holds, those that are added to measure: few enough to change nothing. */
const MEASURED_SHARE = 0.1;
const MOST_MEASURED = 2000;

/** The memory of burns: what each takes of Redis, at a hundred thousand of them. */
export async function bytes(options: Options): Promise<readonly Row[]> {
  return grown([Math.min(QUICK_BURNS, options.burns)], options);
}

/** What a burn takes of Redis's time and memory when ten thousand, and at last ten million are there. */
export async function growth(options: Options): Promise<readonly Row[]> {
  const sizes: number[] = [];
  for (let size = Math.min(10_000, options.burns); size <= options.burns; size *= 10) sizes.push(size);
  return grown(sizes, options);
}

/** The floor fills a server of its own, so that its keys are not counted among the ledger's. */
function grown(sizes: readonly number[], options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const [server, floorServer] = [await open(startRedis()), await open(startRedis())];
    const fill = { redis: { url: server.url }, namespace: 'growth', shards: SHARDS, keep: 0 };
    const ledger = await open(filledLedger({ ...fill, atOnce: options.connections }));
    const floor = await open(floorScript(floorServer, options.connections));
    await ledger.burn(1);
    const empty = [await usedBytes(server), await usedBytes(floorServer)] as const;
    const rows: Row[] = [];
    let [filled, floorFilled] = [1, 0];
    let first: { name: string; rounds: readonly Measured[] } | undefined;
    for (const size of sizes) {
      if (filled < size) await ledger.burn(size - filled);
      if (floorFilled < size) await floor.run(size - floorFilled);
      [filled, floorFilled] = [Math.max(filled, size), Math.max(floorFilled, size)];
      const sizeBytes = ((await usedBytes(server)) - empty[0]) / filled;
      const floorBytes = ((await usedBytes(floorServer)) - empty[1]) / floorFilled;
      const count = Math.min(MOST_MEASURED, Math.ceil(size * MEASURED_SHARE));
      const [burns, floors]: [Measured[], Measured[]] = [[], []];
      for (let round = 0; round < options.rounds; round++) {
        burns.push(await measuredBurns(server, ledger.burn, count, sizeBytes));
        floors.push(await measuredBurns(floorServer, floor.run, count, floorBytes));
        filled += count;
        floorFilled += count;
      }
      const name = `at ${short(size).replace(/\.00?$/, '')} burns`;
      const base = { name: `floor, ${name}`, rounds: floors };
      rows.push(rowOf(base.name, floors));
      rows.push(rowOf(`ledger, ${name}`, burns, { ...base, compared: [SCRIPT_TIME, BYTES] }));
      if (first) {
        const growing = { ...first, compared: [SCRIPT_TIME, BYTES] };
        rows.push({ ...rowOf(`growth, ${name}`, burns, growing), figures: {} });
      }
      first ??= { name: `ledger, ${name}`, rounds: burns };
    }
    return rows;
  });
}

async function measuredBurns(
  server: Parameters<typeof usPerScript>[0],
  work: FilledLedger['burn'] | FloorScript['run'],
  count: number,
  each: number,
): Promise<Measured> {
  return { [SCRIPT_TIME]: await usPerScript(server, () => work(count)), [BYTES]: each };
}
