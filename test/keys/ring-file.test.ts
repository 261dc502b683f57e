import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  chmod,
  chown,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ringFile } from '../../src/keys/ring-file.ts';
import { FixedRingError } from '../../src/keys/ring-store.ts';
import { SecretFileError } from '../../src/keys/secret-file.ts';
import { type Child, startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { scriptFile } from '../support/program.ts';
import { rejectionOf } from './stored-keys.ts';

const CHILD = fileURLToPath(new URL('./rotate-in-a-child.ts', import.meta.url));
const NOBODY = 65_534;
const isRoot = process.geteuid?.() === 0;

describe('a ring in a file', () => {
  const onClose = cleanupAfter(after);
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'matchstick-ring-file-'));
    onClose(() => rm(home, { recursive: true, force: true }));
  });

  async function stored(text: string): Promise<{ readonly folder: string; readonly path: string }> {
    const folder = await mkdtemp(join(home, 'case-'));
    const path = join(folder, 'keys.json');
    await writeFile(path, text, { mode: 0o600 });
    return { folder, path };
  }

  it('is replaced whole, for its owner alone, if it is what it was taken for', async () => {
    const { folder, path } = await stored('one');
    const ring = ringFile(path, Date.now);
    expect(await ring.replace('other', 'two')).to.equal(false);
    expect(await ring.read()).to.equal('one');
    const former = await stat(path);
    expect(await ring.replace('one', 'two')).to.equal(true);
    expect(await ring.read()).to.equal('two');
    const { mode, ino } = await stat(path);
    expect(mode & 0o777).to.equal(0o600);
    // Whoever was reading the former one reads it to its end.
    expect(ino).to.not.equal(former.ino);
    expect(await readdir(folder)).to.deep.equal(['keys.json']);
  });

  it('is replaced where its links lead, which stay links', async () => {
    const { path } = await stored('one');
    const { folder } = await stored('');
    const link = join(folder, 'link.json');
    await symlink(path, link);
    expect(await ringFile(link, Date.now).replace('one', 'two')).to.equal(true);
    expect(await readFile(path, 'utf8')).to.equal('two');
    expect(await readdir(folder)).to.deep.equal(['keys.json', 'link.json']);
  });

  it('is replaced by one of any number at once', async () => {
    const { path } = await stored('0');
    const winners = await Promise.all(
      Array.from({ length: 20 }, (_, index) => ringFile(path, Date.now).replace('0', `by ${index}`)),
    );
    expect(winners.filter(Boolean).length).to.be.at.most(1);
  });

  it('is not replaced while somebody else does it, for half a minute', async () => {
    const { path, folder } = await stored('one');
    await writeFile(`${path}.lock`, '');
    const ring = ringFile(path, Date.now);
    const dated = async (secondsAgo: number) => {
      const since = Date.now() / 1000 - secondsAgo;
      await utimes(`${path}.lock`, since, since);
    };
    await dated(25);
    for (let tries = 0; tries < 3; tries++) expect(await ring.replace('one', 'two')).to.equal(false);
    expect(await readdir(folder)).to.include('keys.json.lock');
    await dated(35);
    // The half draft that it left is no part of anything.
    await writeFile(`${path}.draft`, 'tw');
    await ring.replace('one', 'two');
    expect(await ring.replace('one', 'two')).to.equal(true);
    expect(await readdir(folder)).to.deep.equal(['keys.json']);
  });

  it('is not replaced by a process whose lock was taken over meanwhile, which leaves the lock to the other', async () => {
    let takenOver = 0;
    for (let round = 0; takenOver < 3; round++) {
      if (round === 500) throw new Error('the lock was never seen');
      const { path } = await stored('one');
      let isOver = false;
      const late = ringFile(path, Date.now)
        .replace('one', 'late')
        .finally(() => {
          isOver = true;
        });
      while (!isOver && !existsSync(`${path}.lock`)) await setImmediate();
      if (isOver) continue;
      rmSync(`${path}.lock`);
      writeFileSync(`${path}.lock`, 'mine', { flag: 'wx' });
      const replaced = await late;
      expect(readFileSync(`${path}.lock`, 'utf8')).to.equal('mine');
      expect(await readFile(path, 'utf8')).to.equal(replaced ? 'late' : 'one');
      if (!replaced) takenOver++;
    }
  });

  it('is said to be fixed if it or its folder may not be written', async function () {
    if (!isRoot) this.skip();
    await chmod(home, 0o755);
    const locked = await stored('one');
    await chown(locked.path, 0, NOBODY);
    await chmod(locked.path, 0o440);
    await chmod(locked.folder, 0o755);
    const writable = await stored('one');
    await chown(writable.path, 0, NOBODY);
    await chmod(writable.path, 0o440);
    await chown(writable.folder, NOBODY, NOBODY);
    for (const { path, folder } of [locked, writable]) {
      const failure = await asNobody(() => rejectionOf(ringFile(path, Date.now).replace('one', 'two')));
      expect(failure).to.be.instanceOf(FixedRingError);
      expect(failure.message).to.include(path).and.include('keys.rotateEvery');
      expect(await readFile(path, 'utf8')).to.equal('one');
      expect(await readdir(folder)).to.deep.equal(['keys.json']);
    }
  });

  it('is not said to be fixed if something else is wrong, and is left as it is', async () => {
    const { path } = await stored('one');
    await chmod(path, 0o644);
    const shared = await rejectionOf(ringFile(path, Date.now).replace('one', 'two'));
    expect(shared).to.be.instanceOf(SecretFileError);
    await rm(path);
    const gone = await rejectionOf(ringFile(path, Date.now).replace('one', 'two'));
    expect(gone).to.be.instanceOf(SecretFileError);
    expect(gone.message).to.include(path).and.include('ENOENT');
  });

  it('is one for eight processes that start at once, and is rotated once when all of them rotate it', async () => {
    const folder = await mkdtemp(join(home, 'case-'));
    const path = join(folder, 'keys.json');
    const children = Array.from({ length: 8 }, () => startChild(process.execPath, [scriptFile(CHILD), path]));
    onClose(() => Promise.all(children.map(ended)));
    await Promise.all(children.map((child) => child.printed(/ready/)));
    const told = async (signal: NodeJS.Signals, pattern: RegExp) => {
      for (const child of children) child.kill(signal);
      return Promise.all(children.map(async (child) => (await child.printed(pattern))[1] ?? ''));
    };
    const opened = await told('SIGUSR2', /opened (\S+)\./);
    expect(new Set(opened)).to.have.length(1);
    const rotated = await told('SIGUSR2', /rotated (\S*)\./);
    const promoted = rotated.flatMap((kids) => kids.split(',').filter((kid) => kid !== ''));
    expect(promoted).to.have.length(1);
    expect(promoted).to.not.deep.equal(opened.slice(0, 1));
    expect(await readdir(folder)).to.deep.equal(['keys.json']);
    const { keys } = JSON.parse(await readFile(path, 'utf8'));
    expect(keys.map(({ state }: { state: string }) => state).sort()).to.deep.equal([
      'next',
      'signing',
      'verifying',
    ]);
    expect(keys.find(({ state }: { state: string }) => state === 'signing').kid).to.equal(promoted[0]);
  });
});

async function ended(child: Child): Promise<void> {
  child.kill('SIGKILL');
  await child.exited();
}

/** Does it as a user who may nothing in particular. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
