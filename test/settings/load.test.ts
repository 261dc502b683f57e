import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { loadSettings } from '../../src/settings/load.ts';
import { type Settings, SettingsError } from '../../src/settings/parse.ts';
import { projectFolder } from '../../src/settings/paths.ts';

const CLONE = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const SHIPPED = join(CLONE, 'config/matchstick.yaml');

describe('the configuration file', () => {
  const home = process.cwd();
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'matchstick-load-')));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (path: string, text: string | Buffer): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    return join(folder, path);
  };
  const told = (attempt: () => Settings): string => {
    try {
      attempt();
      return 'nothing';
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return error.message;
    }
  };

  it('is the one that --config names, else MATCHSTICK_CONFIG, else that of the folder, else the shipped one', () => {
    expect(loadSettings({}).source).to.equal(SHIPPED);
    const here = write('config/matchstick.yaml', 'workers: 2');
    expect(loadSettings({})).to.include({ source: here, workers: 2 });
    const named = write('other.yaml', 'workers: 3');
    expect(loadSettings({ MATCHSTICK_CONFIG: 'other.yaml' })).to.include({ source: named, workers: 3 });
    expect(loadSettings({ MATCHSTICK_CONFIG: 'none.yaml' }, './other.yaml')).to.include({ source: named });
  });

  it('says who named it when it cannot be read', () => {
    const path = join(folder, 'none.yaml');
    const missing = (by: string) => `${path} has a problem:\n  there is no such file (${by} names it)`;
    expect(told(() => loadSettings({ MATCHSTICK_CONFIG: 'none.yaml' }))).to.equal(
      missing('MATCHSTICK_CONFIG'),
    );
    expect(told(() => loadSettings({ MATCHSTICK_CONFIG: 'x' }, 'none.yaml'))).to.equal(missing('--config'));
    expect(told(() => loadSettings({}, '.'))).to.equal(
      `${folder} has a problem:\n  is a folder, not a file (--config names it)`,
    );
    expect(told(() => loadSettings({}, '/dev/zero'))).to.equal(
      '/dev/zero has a problem:\n  is a device, not a file (--config names it)',
    );
  });

  for (const [name, encoding] of [
    ['UTF-16', 'utf16le'],
    ['Latin-1', 'latin1'],
  ] as const) {
    it(`is in UTF-8: one in ${name} would have other names and passwords than was meant`, () => {
      const path = write(
        'config/matchstick.yaml',
        Buffer.from('\uFEFFissuer: https://ü.example.com', encoding),
      );
      expect(told(() => loadSettings({}))).to.equal(
        `${path} has a problem:\n  is not in UTF-8: save it as UTF-8`,
      );
    });
  }

  for (const [what, text] of [
    ['nothing', ''],
    ['blanks and comments', '\uFEFF# Matchstick\n\n   \n  # purposes: {}\n'],
    ['an empty document', '---\n...\n'],
  ] as const) {
    it(`is refused if there is ${what} in it`, () => {
      const path = write('config/matchstick.yaml', text);
      expect(told(() => loadSettings({}))).to.equal(
        `${path} has a problem:\n  is empty: matchstick init writes a file that explains each setting`,
      );
    });
  }

  describe('is where its relative paths count from', () => {
    const SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>';

    it('wherever the process was started', () => {
      const text = 'keys: { file: ../data/keys.json }\npages: { name: Acme, logo: logo.svg }';
      write('app/config/logo.svg', SVG);
      const path = write('app/config/matchstick.yaml', text);
      const settings = loadSettings({ MATCHSTICK_CONFIG: path });
      expect(settings.keys.file).to.equal(join(folder, 'app/data/keys.json'));
      expect(settings.pages.logo).to.match(/^data:image\/svg/);
      process.chdir('app');
      expect(loadSettings({}).keys.file).to.equal(join(folder, 'app/data/keys.json'));
    });

    it('also that of the key file by default, and absolute paths stay', () => {
      const path = write('app/m.yaml', 'workers: 1');
      expect(loadSettings({}, path).keys.file).to.equal(join(folder, 'app/data/keys.json'));
      write('app/m.yaml', 'keys: { file: /etc/keys.json }');
      expect(loadSettings({}, path).keys.file).to.equal('/etc/keys.json');
    });

    it('by the name that it has, not by what a symbolic link leads to', () => {
      write('real/m.yaml', 'keys: { file: keys.json }');
      mkdirSync(join(folder, 'app'));
      symlinkSync(join(folder, 'real/m.yaml'), join(folder, 'app/m.yaml'));
      expect(loadSettings({}, 'app/m.yaml').keys.file).to.equal(join(folder, 'app/keys.json'));
    });

    it('so a key file that is only where they once counted from is refused, rather than a new one made', () => {
      const path = write('config/matchstick.yaml', 'keys: { file: ./data/keys.json }');
      const former = write('data/keys.json', '{}');
      const now = join(folder, 'config/data/keys.json');
      expect(told(() => loadSettings({}))).to.equal(
        `${path} has a problem:\n  keys.file: there is no ${now}, but there is ${former}: relative paths count from ${join(folder, 'config')}. Move the file there, or write its whole path`,
      );
      write('config/matchstick.yaml', 'listen: { port: 1 }');
      expect(told(() => loadSettings({}))).to.include('keys.file: there is no');
      write('config/data/keys.json', '{}');
      expect(told(() => loadSettings({}))).to.equal('nothing');
    });

    it('so is a logo', () => {
      write('config/matchstick.yaml', 'pages: { name: Acme, logo: logo.svg }\nkeys: { file: /k.json }');
      write('logo.svg', SVG);
      expect(told(() => loadSettings({}))).to.include(
        `pages.logo: there is no ${join(folder, 'config/logo.svg')}, but`,
      );
    });
  });

  describe('that comes with the product', () => {
    it('keeps its keys in the clone, wherever the process was started and however it is named', () => {
      const inClone = join(CLONE, 'data/keys.json');
      expect(loadSettings({}).keys.file).to.equal(inClone);
      expect(loadSettings({ MATCHSTICK_CONFIG: SHIPPED }).keys.file).to.equal(inClone);
      process.chdir(CLONE);
      expect(loadSettings({}).keys.file).to.equal(inClone);
    });

    it('as a copy counts from where the copy is', () => {
      mkdirSync(join(folder, 'config'));
      copyFileSync(SHIPPED, join(folder, 'config/matchstick.yaml'));
      expect(loadSettings({}).keys.file).to.equal(join(folder, 'config/data/keys.json'));
    });

    for (const [what, shipped, workingFolder, project] of [
      ['a clone', '/src/matchstick/config/m.yaml', '/home/me', '/src/matchstick'],
      ['the project', '/app/node_modules/matchstick-tokens/config/m.yaml', '/app', '/app'],
      ['the project', '/app/node_modules/matchstick-tokens/config/m.yaml', '/app/src/jobs', '/app'],
      [
        'the project with nested packages',
        '/app/node_modules/.pnpm/m@1/node_modules/matchstick-tokens/config/m.yaml',
        '/app',
        '/app',
      ],
      ['the working folder', '/usr/lib/node_modules/matchstick-tokens/config/m.yaml', '/srv/cap', '/srv/cap'],
      ['the working folder', '/app/node_modules/matchstick-tokens/config/m.yaml', '/app2', '/app2'],
      ['the root', '/node_modules/matchstick-tokens/config/m.yaml', '/srv', '/'],
    ] as const) {
      it(`counts from ${what}, for ${shipped} started in ${workingFolder}`, () => {
        expect(projectFolder(shipped, workingFolder)).to.equal(project);
      });
    }
  });
});
