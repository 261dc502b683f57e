import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { BASH_COMPLETION } from '../../scripts/test-tools.mjs';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { programFile } from '../support/program.ts';
import { atTerminal } from './at-terminal.ts';

describe('matchstick completion', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'matchstick-completion-'));
    onClose(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
    const file = join(folder, 'matchstick');
    const program = programFile('assembly/command-line');
    await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    await chmod(file, 0o755);
    env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder, ZDOTDIR: folder };
  });

  /** What the shell makes of a line and a tab, after these commands. The prompt is not what was typed to set it. */
  async function completed(shell: string, setup: string, line: string, shows: RegExp): Promise<void> {
    const terminal = atTerminal(shell, { cwd: folder, env: { ...env, TERM: 'xterm', PS1: '' } });
    onClose(terminal.end);
    terminal.type(`${setup}; PS1='rea''dy> '\r`);
    await terminal.shows(/ready> $/);
    terminal.type(`${line}\t`);
    await terminal.shows(shows);
    expect(terminal.shown()).to.not.match(/not found|readonly/);
  }

  it('completes in bash, whose package bash-completion it needs', async () => {
    const setup = `. '${BASH_COMPLETION}'; . <(matchstick completion bash)`;
    await completed('bash --norc -i', setup, 'matchstick keys ro', /keys rotate/);
  });

  it('completes in zsh, with what each means', async () => {
    const setup = 'autoload -U compinit; compinit -u -D; . <(matchstick completion zsh)';
    await completed('zsh -f -i', setup, 'matchstick keys r', /let the next key sign/);
  });

  it('completes in fish', () => {
    const script = "matchstick completion fish | source; complete -C 'matchstick re'";
    const { stdout, stderr } = spawnSync('fish', ['-c', script], { env, encoding: 'utf8' });
    expect(stderr).to.equal('');
    expect(stdout)
      .to.match(/^redeem\t/m)
      .and.match(/^revoke\t/m);
  });
});
