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
const MAX_STAGE_MS = 240_000;

/** What is changed, and the tests that look at it: the quick ones first. */
const ROOMS: Readonly<Record<string, { readonly files: RegExp; readonly stages: readonly string[][] }>> = {
  token: {
    files: /^src\/token\/.*\.ts$/,
    stages: [
      ['test/vectors/**/*.test.ts', 'test/burn/**/*.test.ts'],
      ['test/token/**/*.test.ts'],
      ['test/library/**/*.test.ts', 'test/http/{bindings,redeem,sealed-claims}.test.ts'],
    ],
  },
  burn: {
    files: /^src\/burn\/.*\.ts$/,
    stages: [
      ['test/burn/**/*.test.ts', 'test/links/**/*.test.ts'],
      ['test/library/**/*.test.ts'],
      [
        'test/http/{mint,mint-batch,redeem,bindings,inspect,links,sealed-claims,s3-urls}.test.ts',
        'test/s3/opening*.test.ts',
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
        'test/redis/{ask,client,clock,connection,fitness,server-url,shards,shared-question,watch-fitness}.test.ts',
      ],
      ['test/redis/{ledger,collect,deposits,freeze,lost-connection,out-of-step,earlier-memories}.test.ts'],
      ['test/redis/{forgetting,lapsed-holds,lost-records,proofs,scripts,set-clock,thaw-once}.test.ts'],
      ['test/cli/matchstick.test.ts', 'test/main/{states,looks-at-redis,lost-redis}.test.ts'],
    ],
  },
  scripts: {
    files: /^src\/redis\/scripts\/.*\.lua$/,
    stages: [
      ['test/redis/{ledger,collect,deposits}.test.ts'],
      [
        'test/redis/{freeze,forgetting,lapsed-holds,lost-records,proofs,set-clock,thaw-once,out-of-step,earlier-memories}.test.ts',
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
  readonly survived: boolean;
}

for (const room of rooms) {
  const chosen = ROOMS[room];
  if (!chosen) throw new TypeError(`there is no room ${room}: ${Object.keys(ROOMS).join(', ')}`);
  const all = mutantsOf(chosen.files);
  const picked = sample(all, Number(values.sample), Number(values.seed));
  const verdicts = await judged(picked, chosen.stages);
  const survivors = verdicts.filter(({ survived }) => survived);
  for (const { mutant, text } of survivors) console.log(`survived: ${told(mutant, text)}`);
  const killed = verdicts.length - survivors.length;
  console.log(`${room}: ${killed} of ${verdicts.length} killed, of ${all.length} mutants`);
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
        verdicts.push({ mutant, text, survived: await survives(copy, mutant, stages) });
        writeFileSync(join(copy, mutant.file), text);
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: Number(values.jobs) }, work));
  return verdicts;
}

function copyOfTheRepository(): string {
  const copy = mkdtempSync(join(tmpdir(), 'matchstick-mutants-'));
  for (const name of ['src', 'test', 'config', 'scripts', 'package.json', 'tsconfig.json']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function survives(copy: string, { file }: Mutant, stages: readonly string[][]): Promise<boolean> {
  if (file.endsWith('.lua') && !(await passes(copy, ['--import', 'tsx', 'scripts/write-redis-scripts.ts']))) {
    return false;
  }
  const mocha = [
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--no-parallel',
    '--node-option',
    'import=tsx',
  ];
  for (const specs of stages) {
    if (!(await passes(copy, [...mocha, '--bail', '--exit', '--timeout', '60000', ...specs]))) return false;
  }
  return true;
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
