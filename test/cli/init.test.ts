import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { emptyFolder, end, urlOf } from '../main/start-main.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { programFile } from '../support/program.ts';

describe('matchstick init and serve', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);

  function matchstick(folder: string, ...args: readonly string[]) {
    const child = startChild(process.execPath, [programFile('assembly/command-line'), ...args], {
      cwd: folder,
      env: { ...process.env, REDIS_URL: '', HOST: '', PORT: '0', MATCHSTICK_CONFIG: '', npm_command: 'exec' },
    });
    onClose(() => end(child));
    return child;
  }

  it('make a configuration in an empty folder, and serve by it, with the keys outside of its folder', async () => {
    const folder = await emptyFolder(onClose);
    const made = matchstick(folder, 'init');
    expect(await made.exited(), made.output()).to.equal(0);
    expect(made.output()).to.include('npx --no matchstick serve').and.to.include(join(folder, 'config'));
    const config = join(folder, 'config/matchstick.yaml');
    const text = await readFile(config, 'utf8');
    expect(text).to.include('file: ../data/keys.json').and.to.include('# What tokens are for');
    await writeFile(config, text.replace('# name: Acme', 'name: Made by init'));
    const serving = matchstick(folder, 'serve');
    const url = await urlOf(serving);
    expect(await (await fetch(`${url}/l/none`)).text()).to.include('Made by init');
    expect(JSON.parse(await readFile(join(folder, 'data/keys.json'), 'utf8')).keys).to.have.lengthOf(2);
  });

  it('changes nothing where a configuration is already', async () => {
    const folder = await emptyFolder(onClose);
    await matchstick(folder, 'init', '--config', 'mine.yaml').exited();
    const path = join(folder, 'mine.yaml');
    const text = await readFile(path, 'utf8');
    expect(text, 'a folder for itself').to.include('file: ./data/keys.json');
    await writeFile(path, '# mine\n');
    const again = matchstick(folder, 'init', '--config', 'mine.yaml');
    expect(await again.exited()).to.equal(1);
    expect(again.output()).to.equal(`${path} is there already. Nothing was changed.\n`);
    expect(await readFile(path, 'utf8')).to.equal('# mine\n');
  });

  it('says why a configuration cannot be made', async () => {
    const child = matchstick(await emptyFolder(onClose), 'init', '--config', '/proc/none/matchstick.yaml');
    expect(await child.exited()).to.equal(1);
    expect(child.output()).to.match(/^\/proc\/none\/matchstick\.yaml cannot be made: [^\n]*\n$/);
  });

  it('serve drains when it is told to stop, and exits with 0', async () => {
    const folder = await emptyFolder(onClose);
    await matchstick(folder, 'init').exited();
    const child = matchstick(folder, 'serve');
    await urlOf(child);
    child.kill('SIGTERM');
    await child.printed(/service\.stopping/);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    child.kill('SIGTERM');
    expect(await child.exited()).to.equal(0);
    expect(child.output()).to.include('service.stopped');
  });

  it('serve says in one sentence what is wrong with its configuration', async () => {
    const child = matchstick(await emptyFolder(onClose), 'serve', '--config', 'nowhere.yaml');
    expect(await child.exited()).to.equal(3);
    expect(child.output()).to.match(/nowhere\.yaml has a problem:\n {2}[^\n]*no such file[^\n]*\n$/);
  });
});
