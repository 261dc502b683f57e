import { randomInt } from 'node:crypto';
import { expect } from 'chai';
import { seededRandom } from '../faults/support/random.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startRedis } from '../support/redis-server.ts';
import { cutAfter, thenLosing } from './aborted/blows.ts';
import { CLOCKS, cutEverywhere, holesOf, type Job, nameOf } from './aborted/cuts.ts';
import { type Memory, openMemory } from './aborted/memory.ts';
import { MUTANTS as GENERAL, type Mutant, PLACES } from './aborted/mutants.ts';
import { play } from './aborted/play.ts';
import { some } from './aborted/samples.ts';
import { DATABASES, makeStages } from './aborted/stages.ts';
import { USUAL_MUTANTS } from './aborted/usual-mutants.ts';
import { verbsOf } from './aborted/verbs.ts';

/** With CUTS=all every mutant is tried; else two of them, others in each run unless SEED says which. */
const IS_ALL = process.env.CUTS === 'all';
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));

const MUTANTS = [...GENERAL, ...USUAL_MUTANTS];

describe(`the tests of aborted scripts (CUTS=${process.env.CUTS ?? 'some'} SEED=${SEED}) catch a ledger that`, function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  let open: (database: number) => Promise<Memory>;

  before(async () => {
    const redis = await startRedis(['--databases', String((DATABASES + 1) * MUTANTS.length)]);
    onClose(redis.close);
    open = async (database) => {
      const memory = await openMemory(redis, database);
      onTestEnd(memory.close);
      return memory;
    };
  });

  const all = [...MUTANTS.entries()];
  for (const [index, mutant] of IS_ALL ? all : some(all, 2, seededRandom(SEED))) {
    it(mutant.name, async () => {
      let isFound = false;
      const rewrite = (source: string) => {
        isFound ||= source.includes(mutant.from);
        return source.replace(mutant.from, () => mutant.to);
      };
      const first = index * (DATABASES + 1);
      const stages = await makeStages((database) => open(first + database), { rewrite });
      const memory = await open(first + DATABASES);
      const jobs = stages
        .flatMap((stage) =>
          verbsOf(stage.template).flatMap((verb) => CLOCKS.map((atSeconds) => ({ stage, verb, atSeconds }))),
        )
        .filter((job) => mutant.where.test(nameOf(job)));
      expect(await isCaught(mutant, jobs, memory), 'nobody was let in').to.equal(true);
      expect(isFound, `no script says: ${mutant.from}`).to.equal(true);
    });
  }
});

async function isCaught(mutant: Mutant, jobs: readonly Job[], memory: Memory): Promise<boolean> {
  for (const job of jobs) {
    const { stage, ...act } = job;
    const blows = mutant.blows?.(await stage.template.memory.keys()) ?? [];
    const cuts = mutant.blows ? [] : await cutEverywhere(memory, job);
    if (holesOf(cuts).length > 0) return true;
    const telling = mutant.isLosing ? cuts.filter(({ outcome }) => outcome.retry !== undefined) : [];
    const losses = telling.flatMap(({ after }) => PLACES.map((place) => thenLosing(cutAfter(after), place)));
    for (const blow of [...blows, ...losses]) {
      const { wrong } = await play(stage, memory, [{ ...act, blow }]);
      if (wrong.length > 0) return true;
    }
  }
  return false;
}
