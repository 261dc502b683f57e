import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { everythingPrinted } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type OpenProduct, type ProductTarget, TARGETS } from './targets.ts';

/**
 * `npm run fuzz [-- target… --minutes 10 --seed 7]`: fuzzes the targets, or all, in turns until the time is over. Every turn
 * has a seed of its own. Prints runs, and memory after garbage collection. Ends with 1 at the first find, and prints what
 * it takes to see it again: `--seed` and `--path` of one target.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } },
});
const minutes = numberOf(values.minutes ?? '10');
const firstSeed = numberOf(values.seed ?? String(Math.floor(Math.random() * 2 ** 31)));
const unknown = positionals.find((name) => !TARGETS.some((target) => target.name === name));
if (unknown !== undefined) {
  throw new TypeError(`There is no target ${unknown}: use ${TARGETS.map(({ name }) => name).join(', ')}.`);
}
const chosen = TARGETS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (values.path !== undefined && chosen.length !== 1) throw new TypeError('--path goes with one target.');

const runs = new Map(chosen.map(({ name }) => [name, 0]));
let close: (() => Promise<void>) | undefined;
const onClose = cleanupAfter((closeAll) => {
  close = closeAll;
});
try {
  const opened = [];
  for (const target of chosen) opened.push({ target, product: await target.open(onClose) });
  const endMs = performance.now() + minutes * 60_000;
  for (let round = 0; process.exitCode === undefined; round++) {
    for (const { target, product } of opened) {
      await turn(target, product, firstSeed + round);
      if (process.exitCode !== undefined) break;
    }
    tellMemory(
      round,
      opened.flatMap(({ product }) => product.pids ?? []),
    );
    everythingPrinted.length = 0;
    if (performance.now() > endMs || values.path !== undefined) break;
  }
} finally {
  await close?.();
}
for (const [name, count] of runs) console.log(`${name}: ${count} runs`);
console.log(process.exitCode === undefined ? 'Nothing was found.' : 'Something was found: see above.');

async function turn({ name, suiteRuns }: ProductTarget, product: OpenProduct, seed: number): Promise<void> {
  const path = values.path === undefined ? {} : { path: values.path };
  const details = await fc.check(product.property, {
    seed,
    numRuns: suiteRuns,
    includeErrorInReport: true,
    ...path,
  });
  runs.set(name, (runs.get(name) ?? 0) + details.numRuns);
  if (details.failed) {
    process.exitCode = 1;
    console.error(await fc.asyncDefaultReportMessage(details));
    console.error(
      `${name}: again with npm run fuzz -- ${name} --seed ${seed} --path ${details.counterexamplePath}`,
    );
    return;
  }
  try {
    await product.settle?.();
  } catch (error) {
    process.exitCode = 1;
    console.error(error);
    console.error(`${name}: again with npm run fuzz -- ${name} --seed ${seed} --minutes 0`);
  }
}

function tellMemory(round: number, pids: readonly number[]): void {
  globalThis.gc?.();
  const heap = inMegabytes(process.memoryUsage().heapUsed);
  const services = pids.map((pid) => inMegabytes(residentOctets(pid)));
  const total = [...runs].map(([name, count]) => `${name} ${count}`).join(', ');
  const others = services.length === 0 ? '' : `, processes ${services.join(' and ')}`;
  console.log(`round ${round + 1}: ${total}; heap ${heap}${others}`);
}

/** What Linux says; nothing elsewhere. */
function residentOctets(pid: number): number {
  try {
    const [, kilobytes = '0'] = /VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return 0;
  }
}

function inMegabytes(octets: number): string {
  return `${(octets / 1_048_576).toFixed(1)} MB`;
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!(number >= 0)) throw new TypeError(`${text} is not a number.`);
  return number;
}
