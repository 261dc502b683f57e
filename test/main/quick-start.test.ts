import { execFile } from 'node:child_process';
import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { emptyFolder, end, startMain } from './start-main.ts';

const run = promisify(execFile);

describe('the commands that a first start prints', () => {
  const onClose = cleanupAfter(after);

  /** Runs them in bash as they are printed, in a folder of that name, and gives what they print. */
  async function printedBy(folderName: string): Promise<readonly string[]> {
    const folder = join(await realpath(await emptyFolder(onClose)), folderName);
    await mkdir(folder);
    const child = startMain(folder);
    onClose(() => end(child));
    await child.printed(/be refused:\n\n.*\n/);
    const commands = child
      .output()
      .split('\n')
      .filter((line) => /^ {2}(export|TOKEN=|curl) ?/.test(line));
    expect(commands).to.have.lengthOf(4);
    const { stdout, stderr } = await run('bash', ['--norc', '-eu', '-c', commands.join('\n')]);
    expect(stderr).to.equal('');
    return stdout.trim().split('\n');
  }

  it('mint, redeem, and are refused the second time', async () => {
    const [token, ...answers] = await printedBy('plain');
    expect(token).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    const [redeemed, refused] = answers.map((answer) => JSON.parse(answer));
    expect(redeemed).to.include({ state: 'burned', subject: 'user-42', usesLeft: 0 });
    expect(refused).to.include({ status: 410, code: 'token_burned', redeemedAt: redeemed.redeemedAt });
  });

  it('do so too in a folder whose name is a trap for a shell', async () => {
    const [, redeemed = '', refused = ''] = await printedBy("a blank, $HOME, `date` and an 'apostrophe'");
    expect(JSON.parse(redeemed).state).to.equal('burned');
    expect(JSON.parse(refused).code).to.equal('token_burned');
  });
});
