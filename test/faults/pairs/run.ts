import { randomInt } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
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
/** Goes on with a run that was ended: leaves out what the report has already, and counts it. */
const GOES_ON = process.env.FAULTS_GO_ON === '1';
const PROGRESS_EVERY = 100;

const reports: PairReport[] = GOES_ON ? [...reportsSoFar()] : [];
console.log(`FAULTS_SEED=${SEED}`);
for (const name of FAULTS_TOPOLOGY.split(',')) await runStage(name as StageName);
printSummary(reports);
const failures = reports.filter(hasFailed);
for (const failure of failures) console.log(`\n${describeFailure(failure)}`);
process.exitCode = failures.length > 0 ? 1 : 0;

/** Every pair, one after the other, whatever becomes of them. */
async function runStage(name: StageName): Promise<void> {
  const stage = new LastingStage(name);
  const isDone = new Set(reports.filter(({ topology }) => topology === name).map(({ pair }) => pair));
  try {
    const once = selectPairs(await stage.pairs(), FAULTS_PAIRS);
    const pairs = SAMPLE === undefined ? Array.from({ length: ROUNDS }, () => once).flat() : sampleOf(once);
    for (const [index, pair] of pairs.entries()) {
      if (isDone.has(nameOf(pair))) continue;
      const report = await stage.tryPair(pair, SEED + index);
      reports.push(report);
      if (FAULTS_REPORT) appendFileSync(FAULTS_REPORT, `${JSON.stringify(report)}\n`);
      const progress = `${index + 1} of ${pairs.length} on ${name}`;
      if (hasFailed(report)) console.log(`${progress}, ${nameOf(pair)}: failed`);
      else if ((index + 1) % PROGRESS_EVERY === 0) console.log(progress);
    }
  } finally {
    await stage.close();
  }
}

function sampleOf(pairs: readonly Pair[]): readonly Pair[] {
  const random = seededRandom(SEED);
  return Array.from({ length: Number(SAMPLE) }, () => random.pick(pairs));
}

function reportsSoFar(): readonly PairReport[] {
  if (!FAULTS_REPORT || !existsSync(FAULTS_REPORT)) return [];
  const lines = readFileSync(FAULTS_REPORT, 'utf8').trim().split('\n');
  return lines.filter((line) => line !== '').map((line): PairReport => JSON.parse(line));
}
