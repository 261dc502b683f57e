import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import type { Child } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { programFolder } from '../support/program.ts';
import { freePort } from '../support/redis-server.ts';
import { emptyFolder, end, startMain, startProgram, urlOf } from './start-main.ts';

const logLine = z.looseObject({
  event: z.string(),
  setting: z.string().optional(),
  type: z.string().optional(),
});

/** What it logged. */
function linesOf(child: Child | undefined): readonly z.output<typeof logLine>[] {
  const lines = child?.output().split('\n') ?? [];
  const parsed = lines.filter((line) => line.startsWith('{')).map((line) => logLine.parse(JSON.parse(line)));
  // What happened is told besides what somebody should look at.
  return parsed.filter(({ type }) => type === undefined);
}

describe('a process that starts', () => {
  const onClose = cleanupAfter(after);

  function start(folder: string): Child {
    const child = startMain(folder);
    onClose(() => end(child));
    return child;
  }

  describe('in an empty folder, at the same moment as two others', () => {
    let folder: string;
    let data: string;
    let children: readonly Child[];
    let urls: readonly string[];

    before(async () => {
      folder = await emptyFolder(onClose);
      data = join(folder, 'data');
      children = [start(folder), start(folder), start(folder)];
      urls = await Promise.all(children.map(urlOf));
    });

    const callerKey = async () => (await readFile(join(data, 'caller-key'), 'utf8')).trim();

    it('serves', async () => {
      for (const url of urls) expect((await fetch(`${url}/readyz`)).status).to.equal(200);
    });

    it('makes a key ring and a caller key that only their owner can read, and nothing else', async () => {
      expect((await readdir(folder)).sort()).to.deep.equal(['config', 'data']);
      expect((await stat(data)).mode & 0o777).to.equal(0o700);
      expect((await readdir(data)).sort()).to.deep.equal(['caller-key', 'keys.json']);
      for (const file of ['caller-key', 'keys.json']) {
        expect((await stat(join(data, file))).mode & 0o777, file).to.equal(0o600);
      }
    });

    it('shares the key ring', async () => {
      const rings = await Promise.all(
        urls.map(async (url) => (await fetch(`${url}/.well-known/jwks.json`)).text()),
      );
      expect(new Set(rings).size).to.equal(1);
    });

    it('shares the caller key, which may do everything', async () => {
      const key = await callerKey();
      expect(key).to.match(/^ms_dev_[\w-]{43}$/);
      for (const url of urls) {
        const answer = await fetch(`${url}/v1/tokens`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
          body: JSON.stringify({ purpose: 'password-reset', subject: 'u' }),
        });
        expect(answer.status).to.equal(201);
      }
    });

    it('says that the ledger is in memory and where the caller key is, and does not show the key', async () => {
      const key = await callerKey();
      for (const child of children) {
        expect(child.output()).to.include('the memory of this process');
        expect(child.output()).to.include(join(data, 'caller-key'));
        expect(child.output()).to.not.include(key);
      }
    });

    it('says which configuration and key file it has, whether it made the keys, and where links lead', async () => {
      for (const child of children) {
        expect(child.output()).to.include(`\nConfig:  ${join(folder, 'config/matchstick.yaml')}\n`);
        expect(child.output()).to.include(`\nKeys:    ${join(data, 'keys.json')}`);
        expect(child.output()).to.include('\nIssuer:  http://127.0.0.1:4100\n');
      }
      const makers = children.filter((child) => child.output().includes('keys.json (made now)\n'));
      expect(makers).to.have.lengthOf(1);
    });

    it('warns of the ledger in /readyz and, once, in the log', async () => {
      const key = await callerKey();
      const headers = { Authorization: `Bearer ${key}` };
      for (const [index, url] of urls.entries()) {
        const answer = await fetch(`${url}/readyz`, { headers });
        const { ready, warnings } = z
          .object({ ready: z.boolean(), warnings: z.array(z.looseObject({})) })
          .parse(await answer.json());
        expect(ready).to.equal(true);
        expect(warnings).to.deep.equal([
          {
            part: 'ledger',
            code: 'memory',
            detail:
              'The ledger is the memory of this process: its tokens are void when it ends, and no other instance knows of them. Set ledger.redis to keep it in Redis.',
          },
        ]);
        const logged = linesOf(children[index]).filter(({ event }) => event === 'setting.risky');
        expect(logged.map(({ setting }) => setting)).to.deep.equal(['ledger']);
      }
    });

    it('keeps the keys when it starts again', async () => {
      const files = ['keys.json', 'caller-key'].map((name) => join(data, name));
      const made = await Promise.all(files.map((file) => readFile(file, 'utf8')));
      const again = start(folder);
      await urlOf(again);
      expect(again.output()).to.include(`\nKeys:    ${join(data, 'keys.json')}\n`);
      expect(await Promise.all(files.map((file) => readFile(file, 'utf8')))).to.deep.equal(made);
    });
  });

  it('with config/matchstick.yaml in its folder reads that, and reports what is risky', async () => {
    const folder = await emptyFolder(onClose);
    await mkdir(join(folder, 'config'));
    await writeFile(
      join(folder, 'config/matchstick.yaml'),
      `keys: { file: ./k.json, rotateEvery: 30d }\ncallers: { c: { keySha256: ['${'0'.repeat(64)}'], operator: view } }\n`,
    );
    const child = start(folder);
    await urlOf(child);
    const warnings = linesOf(child).map(({ event, setting }) => `${event} ${setting}`);
    expect(warnings).to.deep.equal(['setting.risky ledger', 'setting.risky purposes']);
    expect((await readdir(join(folder, 'config'))).sort()).to.deep.equal(['k.json', 'matchstick.yaml']);
    expect(child.output()).to.include('Warning: purposes: None is configured, so nothing can be minted.\n');
  });

  it('at an address that others reach says that one, warns, and links lead where it listens', async () => {
    const folder = await emptyFolder(onClose);
    const port = String(await freePort());
    const child = startMain(folder, { HOST: '0.0.0.0', PORT: port });
    onClose(() => end(child));
    await child.printed(/be refused:\n/);
    const [first, ...further] = child
      .output()
      .split('\n')
      .filter((line) => !line.startsWith('{'));
    expect(first).to.equal(
      `Matchstick listens on http://0.0.0.0:${port} (from here: http://127.0.0.1:${port})`,
    );
    expect(further).to.include(`Issuer:  http://127.0.0.1:${port}`);
    expect(further).to.include(
      'Warning: callers: None is configured, so one generated key may do everything, and others can reach 0.0.0.0. Configure callers, or listen on 127.0.0.1.',
    );
    expect(linesOf(child).map(({ setting }) => setting)).to.deep.equal(['callers', 'issuer', 'ledger']);
    const key = (await readFile(join(folder, 'data/caller-key'), 'utf8')).trim();
    const minted = await fetch(`http://127.0.0.1:${port}/v1/tokens`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ purpose: 'password-reset', subject: 'u' }),
    });
    const { url } = z.object({ url: z.string() }).parse(await minted.json());
    expect(url).to.match(new RegExp(`^http://127\\.0\\.0\\.1:${port}/l/`));
    expect((await fetch(url)).status).to.equal(200);
  });

  it('with the configuration that comes with it keeps its keys in the project, not where it was started', async () => {
    const folder = await emptyFolder(onClose);
    const child = startProgram(folder);
    onClose(() => end(child));
    await urlOf(child);
    const project = programFolder();
    expect(child.output()).to.include(`\nConfig:  ${join(project, 'config/matchstick.yaml')}\n`);
    expect(child.output()).to.include(`\nKeys:    ${join(project, 'data/keys.json')} (made now)\n`);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('with NODE_ENV=production and ledger.memory does not warn of it in the log, and still in /readyz', async () => {
    const folder = await emptyFolder(onClose);
    await mkdir(join(folder, 'config'));
    await writeFile(
      join(folder, 'config/matchstick.yaml'),
      'ledger: { memory: true }\npurposes: { p: { audience: a, lifetime: 5m } }\n',
    );
    const child = startMain(folder, { NODE_ENV: 'production' });
    onClose(() => end(child));
    const url = await urlOf(child);
    expect(linesOf(child)).to.deep.equal([]);
    const key = (await readFile(join(folder, 'config/data/caller-key'), 'utf8')).trim();
    const answer = await fetch(`${url}/readyz`, { headers: { Authorization: `Bearer ${key}` } });
    expect(await answer.text()).to.include('"code":"memory"');
  });
});
