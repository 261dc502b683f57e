// npm run mutate -- [room …] [--sample N] [--seed S] [--jobs J]
// Changes the code in copies of the repository, one change at a time, and counts which of them the tests notice.
// npm run mutate -- promises
// Takes out the line that keeps each promise of promises.ts, and sees its tests go red.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { luaMutants, type Mutant, typescriptMutants } from './mutants.ts';
import { PROMISES } from './promises.ts';
import { ROOMS } from './rooms.ts';
import { type Outcome, openWorkshop, ROOT } from './workshop.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
  },
});

interface Task {
  readonly mutant: Mutant;
  readonly what: string;
  readonly stages: readonly (readonly string[])[];
}

if (positionals.includes('promises')) await checkPromises();
else for (const room of positionals.length > 0 ? positionals : Object.keys(ROOMS)) await mutateRoom(room);

async function mutateRoom(room: string): Promise<void> {
  const chosen = ROOMS[room];
  if (!chosen) throw new TypeError(`there is no room ${room}: promises, ${Object.keys(ROOMS).join(', ')}`);
  const all = mutantsOf(chosen.files);
  const picked = sample(all, Number(values.sample), Number(values.seed));
  const outcomes = await judged(
    picked.map((mutant) => ({ mutant, what: told(mutant), stages: chosen.stages })),
  );
  const [killed, survived, uncompiled] = [count('killed'), count('survived'), count('does not compile')];
  console.log(
    `${room}: ${killed} of ${killed + survived} killed, of ${all.length} mutants; ${uncompiled} more do not compile`,
  );

  function count(outcome: Outcome): number {
    return outcomes.filter((each) => each === outcome).length;
  }
}

async function checkPromises(): Promise<void> {
  const tasks = PROMISES.map(({ promise, file, line, broken, tests }) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const from = text.indexOf(line);
    if (from < 0) throw new Error(`${file} has no line that keeps the promise: ${promise}`);
    return { mutant: { file, from, to: from + line.length, by: broken }, what: promise, stages: [tests] };
  });
  const outcomes = await judged(tasks);
  const kept = outcomes.filter((outcome) => outcome === 'killed').length;
  console.log(
    `${kept} of ${tasks.length} promises have a test that goes red without the line that keeps them`,
  );
  if (kept < tasks.length) process.exitCode = 1;
}

/** What became of each change, in any order. */
async function judged(tasks: readonly Task[]): Promise<readonly Outcome[]> {
  const left = [...tasks];
  const outcomes: Outcome[] = [];
  const first = openWorkshop();
  const stages = new Set(tasks.flatMap((task) => task.stages));
  await first.requirePassing([...stages]).finally(first.close);
  const work = async () => {
    const workshop = openWorkshop();
    for (let task = left.shift(); task; task = left.shift()) {
      const outcome = await workshop.judge(task.mutant, task.stages);
      if (outcome === 'survived') console.log(`survived: ${task.what}`);
      outcomes.push(outcome);
    }
    workshop.close();
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  return outcomes;
}

function mutantsOf(files: RegExp): readonly Mutant[] {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).map(
    (name) => `src/${name}`,
  );
  return names
    .filter((name) => files.test(name))
    .sort()
    .flatMap((name) => {
      const text = readFileSync(join(ROOT, name), 'utf8');
      return name.endsWith('.lua') ? luaMutants(name, text) : typescriptMutants(name, text);
    });
}

/** So many of them, the same ones for the same seed. */
function sample(all: readonly Mutant[], size: number, seed: number): readonly Mutant[] {
  let state = seed;
  const next = () => {
    state = (state * 48_271) % 2_147_483_647;
    return state;
  };
  return all
    .map((mutant) => ({ mutant, order: next() }))
    .sort((one, other) => one.order - other.order)
    .slice(0, size)
    .map(({ mutant }) => mutant);
}

function told({ file, from, to, by }: Mutant): string {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const line = text.slice(0, from).split('\n').length;
  const was = text.slice(from, to).replaceAll(/\s+/g, ' ');
  return `${file}:${line} ${was.length > 90 ? `${was.slice(0, 90)}…` : was} -> ${by.trim() || '(nothing)'}`;
}
