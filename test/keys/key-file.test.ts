import { execFileSync } from 'node:child_process';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readOrCreateOnce } from '../../src/keys/create-once.ts';
import { ringFile } from '../../src/keys/ring-file.ts';
import { ALGORITHMS } from '../../src/token/key.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { scriptFile } from '../support/program.ts';
import { loadKeyFile } from './load-key-file.ts';
import { CREATED_MS, printed, rejectionOf, ringText, storedKey } from './stored-keys.ts';

const CHILD = fileURLToPath(new URL('./load-in-a-child.ts', import.meta.url));

describe('the key file', () => {
  const onClose = cleanupAfter(after);
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'matchstick-keys-'));
    onClose(() => rm(home, { recursive: true, force: true }));
  });
  const newFolder = () => mkdtemp(join(home, 'case-'));
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

  it('is made on first use, for its owner alone, with its folder, and is never written again', async () => {
    for (const algorithm of ALGORITHMS) {
      const folder = join(await newFolder(), 'a', 'b');
      const path = join(folder, 'keys.json');
      const first = await loadKeyFile(path, algorithm, CREATED_MS);
      expect(first.signing.algorithm).to.equal(algorithm);
      expect(await modeOf(path)).to.equal(0o600);
      expect(await modeOf(folder)).to.equal(0o700);
      const [text, { mtimeMs, ino }] = [await readFile(path, 'utf8'), await stat(path)];
      for (let again = 0; again < 3; again++) {
        const ring = await loadKeyFile(path, algorithm, CREATED_MS + 1_000_000);
        expect(ring.jwks).to.deep.equal(first.jwks);
      }
      expect(await readFile(path, 'utf8')).to.equal(text);
      expect(await stat(path)).to.include({ mtimeMs, ino });
      expect(await readdir(folder)).to.deep.equal(['keys.json']);
    }
  });

  it('is one ring for 100 loads at once in one process, and nothing is left over', async () => {
    const folder = await newFolder();
    const path = join(folder, 'keys.json');
    const loads = Array.from({ length: 100 }, () => loadKeyFile(path, 'ES256', CREATED_MS));
    const kids = new Set((await Promise.all(loads)).map(({ signing }) => signing.kid));
    expect(kids.size).to.equal(1);
    expect(await readdir(folder)).to.deep.equal(['keys.json']);
    expect(await modeOf(path)).to.equal(0o600);
  });

  it('is one ring for six processes that start at once, for each of ten files, and nothing is left over', async () => {
    const folder = join(await newFolder(), 'new');
    const names = Array.from({ length: 10 }, (_, index) => `keys-${String(index).padStart(2, '0')}.json`);
    const paths = names.map((name) => join(folder, name));
    const children = Array.from({ length: 6 }, () =>
      startChild(process.execPath, [scriptFile(CHILD), ...paths]),
    );
    onClose(() => Promise.all(children.map((child) => child.kill('SIGKILL'))));
    await Promise.all(children.map((child) => child.printed(/ready/)));
    for (const child of children) child.kill('SIGUSR2');
    const kids = await Promise.all(children.map((child) => child.printed(/kids ([^.]*)\./)));
    const stored = await Promise.all(paths.map((path) => loadKeyFile(path, 'ES256', CREATED_MS)));
    const expected = stored.map(({ signing }) => signing.kid).join(',');
    for (const [, own] of kids) expect(own).to.equal(expected);
    expect((await readdir(folder)).sort()).to.deep.equal(names);
    for (const path of paths) expect(await modeOf(path)).to.equal(0o600);
    expect(await Promise.all(children.map((child) => child.exited()))).to.deep.equal(children.map(() => 0));
  });

  it('is left alone, and named in the error, when it holds no ring', async () => {
    const key = await storedKey('ES256');
    const d = String(key.d);
    const contents = [
      '',
      '\n',
      '{',
      'not JSON',
      '{"keys":[]}',
      '{}',
      ringText(key).slice(0, -2),
      ringText({ ...key, kid: '' }),
    ];
    for (const content of contents) {
      const folder = await newFolder();
      const path = join(folder, 'keys.json');
      await writeFile(path, content, { mode: 0o600 });
      const failure = await rejectionOf(loadKeyFile(path, 'ES256', CREATED_MS));
      expect(failure.name).to.equal('UnfitKeyError');
      expect(failure.message.startsWith(`${path}: `)).to.equal(true);
      expect(printed(failure)).to.not.contain(d.slice(0, 10));
      expect(await readFile(path, 'utf8')).to.equal(content);
      expect(await readdir(folder)).to.deep.equal(['keys.json']);
    }
  });

  it('is refused when it is of an earlier version and has no key of the configured algorithm', async () => {
    const path = join(await newFolder(), 'keys.json');
    await writeFile(path, ringText(await storedKey('ES256')), { mode: 0o600 });
    const failure = await rejectionOf(loadKeyFile(path, 'Ed25519', CREATED_MS));
    expect(failure.message).to.equal(`${path}: there is no private Ed25519 key, so nothing can be signed`);
  });

  it('is not replaced by a new one when it cannot be read, and the error says why in a sentence', async () => {
    const folder = await newFolder();
    const told = async (path: string) => {
      const failure = await rejectionOf(loadKeyFile(path, 'ES256', CREATED_MS));
      expect(failure.name, path).to.equal('SecretFileError');
      return failure.message;
    };
    const path = join(folder, 'keys.json');
    await mkdir(path);
    expect(await told(path)).to.equal(`${path} is a folder, not a file`);
    const below = join(folder, 'file');
    await writeFile(below, 'text', { mode: 0o600 });
    expect(await told(join(below, 'keys.json'))).to.equal(
      `${below}/keys.json cannot be there: a part of that path is a file, not a folder`,
    );
    const link = join(folder, 'link');
    await symlink(join(folder, 'nowhere'), link);
    expect(await told(link)).to.equal(`${link} is a symbolic link to a file that is not there`);
    const circle = join(folder, 'circle');
    await symlink(circle, circle);
    expect(await told(circle)).to.equal(`${circle} is a symbolic link that leads back to itself`);
    const large = join(folder, 'large');
    await writeFile(large, Buffer.alloc(1_048_577), { mode: 0o600 });
    expect(await told(large)).to.equal(`${large} is larger than 1 MiB, so it holds something else`);
    expect((await readdir(folder)).sort()).to.deep.equal(['circle', 'file', 'keys.json', 'large', 'link']);
  });

  it('is waited for nowhere: not at a pipe, not at a device, not where no file can be made', async function () {
    if (process.platform !== 'linux') this.skip();
    const pipe = join(await newFolder(), 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    for (const [path, problem] of [
      [pipe, 'is a device or pipe, not a file'],
      ['/dev/zero', 'is a device or pipe, not a file'],
      [
        '/proc/no-such-folder/keys.json',
        'is not there, and it cannot be made in /proc/no-such-folder (ENOENT)',
      ],
      ['/proc/keys.json', 'is not there, and it cannot be made in /proc (ENOENT)'],
    ] as const) {
      const failure = await rejectionOf(loadKeyFile(path, 'ES256', CREATED_MS));
      expect(failure.message).to.equal(`${path} ${problem}`);
    }
  });

  it('is read no further than it is long: what the system makes up may never end', async function () {
    if (process.platform !== 'linux') this.skip();
    const made = join(await newFolder(), 'made-up');
    await symlink('/proc/self/auxv', made);
    expect((await readOrCreateOnce(made, async () => 'new')).text).to.equal('');
  });

  it('says whether it has just been made', async () => {
    const path = join(await newFolder(), 'keys.json');
    expect((await loadKeyFile(path, 'ES256', CREATED_MS)).isNew).to.equal(true);
    expect((await loadKeyFile(path, 'ES256', CREATED_MS)).isNew).to.equal(false);
  });

  it('is refused while others may read or write it, with the command that mends that', async () => {
    const folder = await newFolder();
    const path = join(folder, 'keys.json');
    const link = join(folder, 'link.json');
    await loadKeyFile(path, 'ES256', CREATED_MS);
    await symlink(path, link);
    for (const mode of [0o644, 0o666, 0o660, 0o640, 0o602, 0o604, 0o700 | 0o001]) {
      await chmod(path, mode);
      for (const named of [path, link]) {
        const error = await rejectionOf(loadKeyFile(named, 'ES256', CREATED_MS));
        expect(error, mode.toString(8)).to.have.property('message').that.includes(`chmod 600 ${named}`);
      }
    }
    for (const mode of [0o600, 0o400, 0o700]) {
      await chmod(path, mode);
      await loadKeyFile(path, 'ES256', CREATED_MS);
    }
  });

  it('is named in a command that a shell can run, whatever is in its path', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = join(await newFolder(), "an app's $keys");
    await mkdir(folder);
    const path = join(folder, 'keys.json');
    await loadKeyFile(path, 'ES256', CREATED_MS);
    await chmod(path, 0o644);
    const { message } = await rejectionOf(loadKeyFile(path, 'ES256', CREATED_MS));
    execFileSync('sh', ['-c', message.slice(message.indexOf('chmod'))]);
    expect(await modeOf(path)).to.equal(0o600);
    await loadKeyFile(path, 'ES256', CREATED_MS);
  });

  it('is refused too if another process put one there that others may read', async () => {
    const path = join(await newFolder(), 'keys.json');
    const made = readOrCreateOnce(path, async () => {
      await writeFile(path, 'theirs');
      await chmod(path, 0o644);
      return 'ours';
    });
    expect(await rejectionOf(made)).to.have.property('name', 'SecretFileError');
  });

  describe('in a folder of somebody else', () => {
    const NOBODY = 65_534;
    const isRoot = process.geteuid?.() === 0;

    /** Does it as a user who may nothing in particular. */
    async function asNobody<T>(work: () => Promise<T>): Promise<T> {
      await chmod(home, 0o755);
      process.setegid?.(NOBODY);
      process.seteuid?.(NOBODY);
      try {
        return await work();
      } finally {
        process.seteuid?.(0);
        process.setegid?.(0);
      }
    }

    it('is refused with a sentence if it cannot be made, or not be read', async function () {
      if (!isRoot) this.skip();
      const folder = await newFolder();
      const path = join(folder, 'keys.json');
      await chmod(folder, 0o755);
      const made = await asNobody(() => rejectionOf(loadKeyFile(path, 'ES256', CREATED_MS)));
      expect(made.message).to.equal(
        `${path} is not there, and user ${NOBODY}, who runs this, may not make it in ${folder}. Let that user write there, or put the file there`,
      );
      await loadKeyFile(path, 'ES256', CREATED_MS);
      const read = await asNobody(() => rejectionOf(loadKeyFile(path, 'ES256', CREATED_MS)));
      expect(read.message).to.equal(
        `${path} may not be read by user ${NOBODY}, who runs this. Give it to that user: chown, or chmod for a group of theirs`,
      );
      expect(await readdir(folder)).to.deep.equal(['keys.json']);
    });

    it('is known not to be writable before it has to be written', async function () {
      if (!isRoot) this.skip();
      const folder = await newFolder();
      const path = join(folder, 'keys.json');
      await chmod(folder, 0o755);
      await loadKeyFile(path, 'ES256', CREATED_MS);
      const store = ringFile(path, Date.now);
      await store.requireWritable?.();
      const refusal = await asNobody(() => rejectionOf(store.requireWritable?.() ?? Promise.resolve()));
      expect(refusal.name).to.equal('FixedRingError');
      expect(refusal.message).to.include(`Let user ${NOBODY}, who runs this, write it and its folder`);
      await rm(path);
      await store.requireWritable?.();
    });

    it('is read as its group, when it was put there for this process, as Kubernetes mounts a secret', async function () {
      if (!isRoot) this.skip();
      const folder = await newFolder();
      const path = join(folder, 'keys.json');
      const ring = await loadKeyFile(path, 'ES256', CREATED_MS);
      await chmod(folder, 0o755);
      await chown(path, 0, NOBODY);
      const load = () => asNobody(() => loadKeyFile(path, 'ES256', CREATED_MS));
      await chmod(path, 0o440);
      expect((await load()).jwks).to.deep.equal(ring.jwks);
      for (const mode of [0o444, 0o640 | 0o020, 0o441, 0o442, 0o644]) {
        await chmod(path, mode);
        expect((await rejectionOf(load())).message, mode.toString(8)).to.equal(
          `${path} may be read by everybody, or written by others than its owner. Mount it with mode 0440 or 0400, or run: chmod 440 ${path}`,
        );
      }
    });
  });
});

describe('readOrCreateOnce', () => {
  const onClose = cleanupAfter(after);
  let home: string;
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'matchstick-once-'));
    onClose(() => rm(home, { recursive: true, force: true }));
  });

  it('gives every one of 200 at once the same text, whole, whichever was made first', async () => {
    const path = join(home, 'text');
    const makers = Array.from({ length: 200 }, (_, index) =>
      `${String(index).padStart(3, '0')}`.repeat(20_000),
    );
    const texts = await Promise.all(
      makers.map(async (text) => (await readOrCreateOnce(path, async () => text)).text),
    );
    expect(new Set(texts).size).to.equal(1);
    expect(makers).to.include(texts[0]);
    expect(await readdir(home)).to.deep.equal(['text']);
  });

  it('makes nothing when there is something, even when that is empty', async () => {
    const path = join(await mkdtemp(join(home, 'case-')), 'empty');
    await writeFile(path, '', { mode: 0o600 });
    const made = await readOrCreateOnce(path, () => Promise.reject(new Error('was made')));
    expect(made).to.deep.equal({ text: '', isNew: false });
  });

  it('leaves nothing behind when making it fails, and makes it the next time', async () => {
    const folder = await mkdtemp(join(home, 'case-'));
    const path = join(folder, 'text');
    const failure = await rejectionOf(readOrCreateOnce(path, () => Promise.reject(new Error('no luck'))));
    expect(failure.message).to.equal('no luck');
    expect(await readdir(folder)).to.deep.equal([]);
    expect(await readOrCreateOnce(path, async () => 'luck')).to.deep.equal({ text: 'luck', isNew: true });
  });

  it('is for its owner alone, however permissive the process is', async () => {
    const path = join(await mkdtemp(join(home, 'case-')), 'text');
    const umask = process.umask(0);
    try {
      await readOrCreateOnce(path, async () => 'text');
    } finally {
      process.umask(umask);
    }
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
  });
});
