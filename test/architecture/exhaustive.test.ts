import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules', '@typescript', 'native', 'bin', 'tsc');
const SETTINGS = ['--noEmit', '--pretty', 'false', '--singleThreaded'];

/** A member that is added to a closed set in its home, and every file that does not compile until it has it too. */
const ADDITIONS = {
  'an error code': {
    member: 'tea_pot',
    home: 'src/errors.ts',
    before: '  not_found: {',
    added: "  tea_pot: { status: 418, title: 'The service is a teapot' },\n",
    named: ['src/guard/refuse.ts', 'test/http/problems.ts'],
  },
  'a kind of binding': {
    member: 'device',
    home: 'src/contract/bindings.ts',
    before: "'request'] as const",
    added: "'device', ",
    named: [
      'src/burn/binding-order.ts',
      'src/burn/check-binding.ts',
      'src/contract/bindings.ts',
      'src/contract/purpose-facts.ts',
      'src/operations/mint-body.ts',
      'src/settings/schema.ts',
      'src/token/verify.ts',
    ],
  },
  'a setting of a purpose': {
    member: 'colour',
    home: 'src/settings/schema.ts',
    before: "  limit: quota.optional().describe('How many tokens",
    added: '  colour: z.string().optional(),\n',
    named: ['src/library/purposes-schema.ts', 'src/settings/purposes.ts'],
  },
} as const;

describe('a closed set', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let errors: readonly string[];

  before(async () => {
    const copy = await mkdtemp(join(tmpdir(), 'matchstick-exhaustive-'));
    onClose(() => rm(copy, { recursive: true, force: true }));
    for (const name of ['src', 'test/http/problems.ts', 'package.json', 'tsconfig.json']) {
      await cp(join(ROOT, name), join(copy, name), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const { home, before: place, added } of Object.values(ADDITIONS)) {
      const file = join(copy, home);
      const source = await readFile(file, 'utf8');
      expect(source.split(place)).to.have.length(2);
      await writeFile(file, source.replace(place, `${added}${place}`));
    }
    errors = errorsIn(copy);
  });

  for (const [what, { member, named }] of Object.entries(ADDITIONS)) {
    it(`does not compile with ${what} that some of its tables lack`, () => {
      const files = errors.filter((error) => error.includes(member)).map((error) => error.split('(')[0]);
      expect(files, errors.join('\n')).to.include.members([...named]);
    });
  }
});

/** What the compiler finds wrong in a project, each with all of its lines. */
function errorsIn(project: string): readonly string[] {
  const { stdout } = spawnSync(process.execPath, [TSC, ...SETTINGS, '-p', project], {
    cwd: project,
    encoding: 'utf8',
  });
  return stdout.split(/^(?=\S+\(\d+,\d+\): error)/m).filter((text) => text !== '');
}
