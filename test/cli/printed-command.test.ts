import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { calledAs } from '../../src/cli/called-as.ts';
import { quoted, serviceCommand } from '../../src/cli/printed-command.ts';

describe('a command that is printed to be run', () => {
  it('has words that a shell takes as they are', () => {
    for (const word of ["it's 'quoted'", '', '$(id) `id` "x"', 'a\nb', '~', '*', '\\', '!x', '#'])
      expect(execFileSync('sh', ['-c', `printf %s ${quoted(word)}`]).toString()).to.equal(word);
  });

  it('has an argument that begins with - at its end, and any other where it was', () => {
    const written = (operand: string) =>
      serviceCommand({ command: 'matchstick' }, { keyFile: 'k' }, ['mint', { operand }, '--uses', '2']);
    expect(written('u')).to.equal('matchstick mint u --uses 2 --key-file k');
    expect(written('-u')).to.equal('matchstick mint --uses 2 --key-file k -- -u');
  });
});

describe('what a printed command begins with', () => {
  const BIN = '/usr/local/bin/matchstick';
  const FILE = '/app/dist/assembly/command-line.js';
  const calls: readonly [string, NodeJS.ProcessEnv, string, string][] = [
    ['by its name', {}, BIN, 'matchstick'],
    [
      'in a clone',
      { npm_lifecycle_event: 'matchstick', npm_command: 'run-script' },
      FILE,
      'npm run -s matchstick --',
    ],
    ['by npx', { npm_lifecycle_event: 'npx', npm_command: 'exec' }, BIN, 'npx --no matchstick'],
    ['by a script of a project', { npm_lifecycle_event: 'stop-all' }, BIN, 'npx --no matchstick'],
    [
      'by a script that pnpm runs',
      { npm_lifecycle_event: 'a', npm_config_user_agent: 'pnpm/10.1.0 node/v20' },
      BIN,
      'pnpm exec matchstick',
    ],
    ['by a file below this folder, as in the image', {}, FILE, 'node dist/assembly/command-line.js'],
    ['by a file elsewhere', {}, "/it's/command-line.js", `node '/it'\\''s/command-line.js'`],
  ];
  for (const [how, environment, file, expected] of calls) {
    it(`is how it was called: ${how}`, () => {
      const called = environment.npm_lifecycle_event
        ? { npm_config_user_agent: 'npm/10.8.2 node/v20', ...environment }
        : environment;
      expect(calledAs(called, file, '/app')).to.equal(expected);
    });
  }
});
