import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { programFile } from '../support/program.ts';

/** What bash-completion has, for a line without quotes. */
const WORDS_OF_LINE = `
_get_comp_words_by_ref() {
  words=("\${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=\${COMP_WORDS[COMP_CWORD]}; prev=\${COMP_WORDS[COMP_CWORD-1]}
}
source <(matchstick completion bash)
COMP_WORDS=(matchstick keys r); COMP_CWORD=2
compopt() { :; }
__matchstick_complete
printf '%s\\n' "\${COMPREPLY[@]}"
`;

describe('matchstick completion', function () {
  this.timeout(120_000);
  const onClose = cleanupAfter(after);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'matchstick-completion-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'matchstick');
    const program = programFile('assembly/command-line');
    await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
    await chmod(file, 0o755);
  });

  /** What a shell prints, in which the command is found; undefined if there is no such shell. */
  function printedBy(shell: string, script: string): string | undefined {
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder };
    const { error, stdout, stderr } = spawnSync(shell, ['-c', script], { env, encoding: 'utf8' });
    if (error) return undefined;
    expect(stderr).to.equal('');
    return stdout;
  }

  it('completes in bash', () => {
    expect(printedBy('bash', WORDS_OF_LINE)?.trim().split('\n')).to.deep.equal(['rotate', 'revoke']);
  });

  it('completes in fish, where it is installed', function () {
    const script = "matchstick completion fish | source; complete -C 'matchstick re'";
    const printed = printedBy('fish', script) ?? this.skip();
    expect(printed)
      .to.match(/^redeem\t/m)
      .and.match(/^revoke\t/m);
  });

  it('is registered in zsh, where it is installed', function () {
    const script = `autoload -U compinit; compinit -u -D; source <(matchstick completion zsh); print $_comps[matchstick]`;
    const printed = printedBy('zsh', script) ?? this.skip();
    expect(printed.trim()).to.equal('_matchstick');
  });
});
