import { randomInt } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { seededRandom } from '../support/random.ts';
import { nameOf, type Pair, selectPairs } from './pair.ts';
import { describeFailure, hasFailed, type PairReport } from './report.ts';
import type { StageName } from './stage.ts';
import { LastingStage } from './stages.ts';
import { printSummary } from './summary.ts';

const { FAULTS_REPORT, FAULTS_PAIRS = '*+*', FAULTS_TOPOLOGY = 'two,cluster' } = process.env;
const SEED = Number(process.env.FAULTS_SEED ?? randomInt(2 ** 31));
const ROUNDS = Number(process.env.FAULTS_ROUNDS ?? 1);
/** So many of the selected pairs, picked at random; all in their order when it is not given. */
const SAMPLE = process.env.FAULTS_SAMPLE;

const reports: PairReport[] = [];
console.log(`FAULTS_SEED=${SEED}`);
for (const name of FAULTS_TOPOLOGY.split(',')) await runStage(name as StageName);
printSummary(reports);
const failures = reports.filter(hasFailed);
for (const failure of failures) console.log(`\n${describeFailure(failure)}`);
process.exitCode = failures.length > 0 ? 1 : 0;

function sampleOf(pairs: readonly Pair[]): readonly Pair[] {
  const random = seededRandom(SEED);
  return Array.from({ length: Number(SAMPLE) }, () => random.pick(pairs));
}

/** Every pair, one after the other, whatever becomes of them. */
async function runStage(name: StageName): Promise<void> {
  const stage = new LastingStage(name);
  try {
    const once = selectPairs(await stage.pairs(), FAULTS_PAIRS);
    const pairs = SAMPLE === undefined ? Array.from({ length: ROUNDS }, () => once).flat() : sampleOf(once);
    for (const [index, pair] of pairs.entries()) {
      const report = await stage.tryPair(pair, SEED + index);
      reports.push(report);
      if (FAULTS_REPORT) appendFileSync(FAULTS_REPORT, `${JSON.stringify(report)}\n`);
      if (hasFailed(report))
        console.log(`${index + 1} of ${pairs.length} on ${name}, ${nameOf(pair)}: failed`);
      else if ((index + 1) % 100 === 0) console.log(`${index + 1} of ${pairs.length} on ${name}`);
    }
  } finally {
    await stage.close();
  }
}
