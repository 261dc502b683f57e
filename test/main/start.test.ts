import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Child } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { emptyFolder, end, startMain, urlOf } from './start-main.ts';

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
      expect(await readdir(folder)).to.deep.equal(['data']);
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

    it('keeps the keys when it starts again', async () => {
      const files = ['keys.json', 'caller-key'].map((name) => join(data, name));
      const made = await Promise.all(files.map((file) => readFile(file, 'utf8')));
      await urlOf(start(folder));
      expect(await Promise.all(files.map((file) => readFile(file, 'utf8')))).to.deep.equal(made);
    });
  });

  it('with config/matchstick.yaml in its folder reads that, and reports what is not in effect', async () => {
    const folder = await emptyFolder(onClose);
    await mkdir(join(folder, 'config'));
    await writeFile(
      join(folder, 'config/matchstick.yaml'),
      `keys: { file: ./k.json, rotateEvery: 30d }\ncallers: { c: { keySha256: ['${'0'.repeat(64)}'], operator: view } }\n`,
    );
    const child = start(folder);
    await urlOf(child);
    const warnings = child
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): unknown => JSON.parse(line));
    expect(warnings).to.have.lengthOf(2);
    expect(warnings[0]).to.include({ event: 'setting.not-in-effect', setting: 'keys.rotateEvery' });
    expect(warnings[1]).to.include({ event: 'setting.not-in-effect', setting: 'callers.c.operator' });
    expect((await readdir(folder)).sort()).to.deep.equal(['config', 'k.json']);
  });
});
