import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { type Child, startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type Packed, run } from './pack.ts';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
/** What npm knows already, it does not ask the registry for; nor what it should warn of. */
const QUICKLY = 'npm_config_prefer_offline=true npm_config_audit=false npm_config_fund=false';

/** What the README tells somebody who has the packed package, an empty folder, and no clone. */
export function describeFirstUse(packed: () => Packed): void {
  describe('the README, followed in an empty folder', function () {
    this.timeout(PATIENCE_MS);
    const onClose = cleanupAfter(after);
    let folder: string;
    let programs: readonly string[];
    let commands: readonly string[];

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'matchstick-first-use-'));
      onClose(() => rm(folder, { recursive: true, force: true }));
      const text = await readFile(README, 'utf8');
      const [, section = ''] = /^## In your backend\n([\s\S]*?)^## /m.exec(text) ?? [];
      const blocks = [...section.matchAll(/^```(ts|sh)\n([\s\S]*?)^```$/gm)];
      const of = (language: string) =>
        blocks.filter(([, tag]) => tag === language).map(([, , code = '']) => code);
      programs = of('ts');
      commands = of('sh');
      const [install = ''] = commands;
      expect(install).to.include('npm init -y').and.include('npm install /path/to/');
      const here = install.replace(/\/path\/to\/\S+\.tgz/, packed().tarball);
      await run(folder, 'bash', '-eu', '-c', `export ${QUICKLY}\n${here}`);
    });

    it('serves without a clone, and a first program is refused its second use', async () => {
      const [init = '', serve] = (commands[1] ?? '').trim().split('\n');
      expect(await run(folder, 'bash', '-eu', '-c', init)).to.include('npx --no matchstick serve');
      expect(serve).to.equal('npx --no matchstick serve');
      const service = start('npx', ['--no', 'matchstick', 'serve'], { PORT: '0', HOST: '', REDIS_URL: '' });
      const [, url = ''] = await service.printed(/listens on (http:\S+)/);
      const [, , exported = ''] = commands;
      await writeFile(join(folder, 'first.mjs'), programs[0] ?? '');
      const script = `${exported.replace('http://127.0.0.1:4100', url)}\nnode first.mjs`;
      expect(await run(folder, 'bash', '-eu', '-c', script)).to.equal(
        'Set the new password of user-42.\nRefused: token_burned\n',
      );
      // As Ctrl-C at a terminal does: npx and what it runs are one group.
      process.kill(-service.pid, 'SIGINT');
      await service.exited();
      await service.printed(/service\.stopped/);
    });

    it('has an application that says where it listens, and refuses the second download', async () => {
      await writeFile(join(folder, 'app.mjs'), programs[1] ?? '');
      const port = 20_000 + (process.pid % 20_000);
      const app = start(process.execPath, ['app.mjs'], { PORT: String(port) });
      await app.printed(/^Listening\n/);
      const curl = commands.find((each) => each.includes('/links')) ?? '';
      const lines = (await run(folder, 'bash', '-eu', '-c', curl.replaceAll(':3000', `:${port}`))).split(
        '\n',
      );
      expect(lines[0]).to.include('<form method="post"');
      expect(lines[1]).to.equal('Yours.');
      expect(JSON.parse(lines[2] ?? '').code).to.equal('token_invalid');
    });

    function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Child {
      const child = startChild(program, args, {
        cwd: folder,
        detached: true,
        env: { ...process.env, MATCHSTICK_CONFIG: '', ...env },
      });
      onClose(async () => {
        try {
          process.kill(-child.pid, 'SIGKILL');
        } catch {
          // The group has ended.
        }
        await child.exited();
      });
      return child;
    }
  });
}
