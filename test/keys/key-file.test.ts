import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { readOrCreateOnce } from '../../src/keys/create-once.ts';
import { loadKeyFile } from '../../src/keys/key-file.ts';
import { ALGORITHMS } from '../../src/token/key.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { CREATED_MS, printed, rejectionOf, ringText, storedKey } from './stored-keys.ts';

const CHILD = fileURLToPath(new URL('./load-in-a-child.ts', import.meta.url));
const TSX = import.meta.resolve('tsx');

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
      startChild(process.execPath, ['--import', TSX, CHILD, ...paths]),
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

  it('is refused when it has no key of the configured algorithm, rather than given one', async () => {
    const path = join(await newFolder(), 'keys.json');
    await loadKeyFile(path, 'ES256', CREATED_MS);
    const failure = await rejectionOf(loadKeyFile(path, 'Ed25519', CREATED_MS));
    expect(failure.message).to.equal(`${path}: there is no private Ed25519 key, so nothing can be signed`);
  });

  it('is not replaced by a new one when it cannot be read', async () => {
    const folder = await newFolder();
    const path = join(folder, 'keys.json');
    await mkdir(path);
    expect(await rejectionOf(loadKeyFile(path, 'ES256', CREATED_MS))).to.have.property('code', 'EISDIR');
    const below = join(folder, 'file');
    await writeFile(below, 'text', { mode: 0o600 });
    expect(await rejectionOf(loadKeyFile(join(below, 'keys.json'), 'ES256', CREATED_MS)))
      .to.have.property('code')
      .that.is.oneOf(['ENOTDIR', 'EEXIST']);
    const link = join(folder, 'link');
    await symlink(join(folder, 'nowhere'), link);
    expect(await rejectionOf(loadKeyFile(link, 'ES256', CREATED_MS))).to.have.property('code', 'ENOENT');
    expect((await readdir(folder)).sort()).to.deep.equal(['file', 'keys.json', 'link']);
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

  it('is not replaced by a new one when reading it is forbidden', async function () {
    if (process.getuid?.() === 0) this.skip();
    const folder = await newFolder();
    const path = join(folder, 'keys.json');
    await loadKeyFile(path, 'ES256', CREATED_MS);
    await chmod(path, 0);
    expect(await rejectionOf(loadKeyFile(path, 'ES256', CREATED_MS))).to.have.property('code', 'EACCES');
    expect(await readdir(folder)).to.deep.equal(['keys.json']);
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
    const texts = await Promise.all(makers.map((text) => readOrCreateOnce(path, async () => text)));
    expect(new Set(texts).size).to.equal(1);
    expect(makers).to.include(texts[0]);
    expect(await readdir(home)).to.deep.equal(['text']);
  });

  it('makes nothing when there is something, even when that is empty', async () => {
    const path = join(await mkdtemp(join(home, 'case-')), 'empty');
    await writeFile(path, '', { mode: 0o600 });
    const text = await readOrCreateOnce(path, () => Promise.reject(new Error('was made')));
    expect(text).to.equal('');
  });

  it('leaves nothing behind when making it fails, and makes it the next time', async () => {
    const folder = await mkdtemp(join(home, 'case-'));
    const path = join(folder, 'text');
    const failure = await rejectionOf(readOrCreateOnce(path, () => Promise.reject(new Error('no luck'))));
    expect(failure.message).to.equal('no luck');
    expect(await readdir(folder)).to.deep.equal([]);
    expect(await readOrCreateOnce(path, async () => 'luck')).to.equal('luck');
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
