// npm run mutate -- [room …] [--sample N] [--seed S] [--jobs J]
// Changes the code in copies of the repository, one change at a time, and counts which of them the tests notice.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { luaMutants, type Mutant, typescriptMutants } from './mutants.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = [
  'src',
  'test',
  'config',
  'scripts',
  'docs',
  'README.md',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  '.luacheckrc',
];
const MAX_STAGE_MS = 240_000;

/** What is changed, and the tests that look at it: the quick ones first. */
const ROOMS: Readonly<Record<string, { readonly files: RegExp; readonly stages: readonly string[][] }>> = {
  token: {
    files: /^src\/token\/.*\.ts$/,
    stages: [
      ['test/vectors/**/*.test.ts', 'test/burn/**/*.test.ts'],
      ['test/token/**/*.test.ts'],
      [
        'test/library/**/*.test.ts',
        'test/http/bindings.test.ts',
        'test/http/redeem.test.ts',
        'test/http/sealed-claims.test.ts',
      ],
    ],
  },
  burn: {
    files: /^src\/burn\/.*\.ts$/,
    stages: [
      ['test/burn/**/*.test.ts', 'test/links/**/*.test.ts'],
      ['test/library/**/*.test.ts'],
      [
        'test/http/mint.test.ts',
        'test/http/mint-batch.test.ts',
        'test/http/redeem.test.ts',
        'test/http/bindings.test.ts',
        'test/http/inspect.test.ts',
        'test/http/links.test.ts',
        'test/http/sealed-claims.test.ts',
        'test/http/s3-urls.test.ts',
        'test/s3/opener.test.ts',
      ],
    ],
  },
  ledger: {
    files: /^src\/ledger\/.*\.ts$/,
    stages: [
      ['test/ledger/**/*.test.ts'],
      ['test/library/**/*.test.ts'],
      ['test/model/memory-ledger.test.ts'],
    ],
  },
  redis: {
    files: /^src\/redis\/(?!scripts\/).*\.ts$/,
    stages: [
      [
        'test/redis/ask.test.ts',
        'test/redis/client.test.ts',
        'test/redis/clock.test.ts',
        'test/redis/connection.test.ts',
        'test/redis/fitness.test.ts',
        'test/redis/server-url.test.ts',
        'test/redis/shards.test.ts',
        'test/redis/shared-question.test.ts',
        'test/redis/watch-fitness.test.ts',
      ],
      [
        'test/redis/ledger.test.ts',
        'test/redis/collect.test.ts',
        'test/redis/deposits.test.ts',
        'test/redis/freeze.test.ts',
        'test/redis/lost-connection.test.ts',
        'test/redis/out-of-step.test.ts',
        'test/redis/earlier-memories.test.ts',
      ],
      [
        'test/redis/forgetting.test.ts',
        'test/redis/lapsed-holds.test.ts',
        'test/redis/lost-records.test.ts',
        'test/redis/proofs.test.ts',
        'test/redis/scripts.test.ts',
        'test/redis/set-clock.test.ts',
        'test/redis/thaw-once.test.ts',
      ],
      [
        'test/cli/matchstick.test.ts',
        'test/main/states.test.ts',
        'test/main/looks-at-redis.test.ts',
        'test/main/lost-redis.test.ts',
      ],
    ],
  },
  scripts: {
    files: /^src\/redis\/scripts\/.*\.lua$/,
    stages: [
      ['test/redis/ledger.test.ts', 'test/redis/collect.test.ts', 'test/redis/deposits.test.ts'],
      [
        'test/redis/freeze.test.ts',
        'test/redis/forgetting.test.ts',
        'test/redis/lapsed-holds.test.ts',
        'test/redis/lost-records.test.ts',
        'test/redis/proofs.test.ts',
        'test/redis/set-clock.test.ts',
        'test/redis/thaw-once.test.ts',
        'test/redis/out-of-step.test.ts',
        'test/redis/earlier-memories.test.ts',
      ],
      ['test/model/redis-ledger.test.ts', 'test/redis/aborted-scripts.test.ts'],
    ],
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
  },
});
const rooms = positionals.length > 0 ? positionals : Object.keys(ROOMS);

interface Verdict {
  readonly mutant: Mutant;
  readonly text: string;
  readonly outcome: 'killed' | 'survived' | 'does not compile';
}

for (const room of rooms) {
  const chosen = ROOMS[room];
  if (!chosen) throw new TypeError(`there is no room ${room}: ${Object.keys(ROOMS).join(', ')}`);
  const all = mutantsOf(chosen.files);
  const picked = sample(all, Number(values.sample), Number(values.seed));
  const verdicts = await judged(picked, chosen.stages);
  const having = (outcome: Verdict['outcome']) => verdicts.filter((verdict) => verdict.outcome === outcome);
  const [killed, survivors, uncompiled] = [having('killed'), having('survived'), having('does not compile')];
  for (const { mutant, text } of survivors) console.log(`survived: ${told(mutant, text)}`);
  const judgedMutants = killed.length + survivors.length;
  const among = `of ${all.length} mutants; ${uncompiled.length} more do not compile`;
  console.log(`${room}: ${killed.length} of ${judgedMutants} killed, ${among}`);
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

async function judged(mutants: readonly Mutant[], stages: readonly string[][]): Promise<readonly Verdict[]> {
  const left = [...mutants];
  const verdicts: Verdict[] = [];
  const work = async () => {
    const copy = copyOfTheRepository();
    try {
      for (let mutant = left.shift(); mutant; mutant = left.shift()) {
        const text = readFileSync(join(copy, mutant.file), 'utf8');
        writeFileSync(
          join(copy, mutant.file),
          text.slice(0, mutant.from) + mutant.by + text.slice(mutant.to),
        );
        verdicts.push({ mutant, text, outcome: await outcomeIn(copy, mutant, stages) });
        writeFileSync(join(copy, mutant.file), text);
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  const untouched = copyOfTheRepository();
  const outcome = await outcomeIn(untouched, undefined, stages);
  rmSync(untouched, { recursive: true, force: true });
  if (outcome !== 'survived')
    throw new Error('the tests fail without any change, so they would kill anything');
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  return verdicts;
}

function copyOfTheRepository(): string {
  const copy = mkdtempSync(join(tmpdir(), 'matchstick-mutants-'));
  for (const name of COPIED) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function outcomeIn(
  copy: string,
  mutant: Mutant | undefined,
  stages: readonly string[][],
): Promise<Verdict['outcome']> {
  const prepare = mutant?.file.endsWith('.lua')
    ? ['--import', 'tsx', 'scripts/write-redis-scripts.ts']
    : ['node_modules/@typescript/native/bin/tsc', '--noEmit', '-p', 'tsconfig.build.json'];
  if (!(await passes(copy, prepare))) return 'does not compile';
  const mocha = [
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--no-parallel',
    '--node-option',
    'import=tsx',
  ];
  for (const specs of stages) {
    if (!(await passes(copy, [...mocha, '--bail', '--exit', '--timeout', '60000', ...specs])))
      return 'killed';
  }
  return 'survived';
}

/** A mutant that never ends is noticed as well. */
function passes(cwd: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, stdio: 'ignore', detached: true });
    const end = () => child.pid && process.kill(-child.pid, 'SIGKILL');
    const timer = setTimeout(end, MAX_STAGE_MS);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

function told({ file, from, to, by }: Mutant, text: string): string {
  const line = text.slice(0, from).split('\n').length;
  const was = text.slice(from, to).replaceAll(/\s+/g, ' ');
  return `${file}:${line} ${was.length > 90 ? `${was.slice(0, 90)}…` : was} -> ${by.trim() || '(nothing)'}`;
}
