import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadSettings } from '../../src/settings/load.ts';
import { SettingsError } from '../../src/settings/parse.ts';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8H0z"/></svg>';
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
);

describe('a logo in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'logo-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const load = (logo: string) => {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, JSON.stringify({ pages: { name: 'Acme', logo } }));
    return loadSettings({ MATCHSTICK_CONFIG: path });
  };
  const loadFile = (content: string | Uint8Array, name = 'logo') => {
    writeFileSync(join(folder, name), content);
    return load(join(folder, name));
  };
  const problemOf = (attempt: () => unknown): string => {
    try {
      attempt();
    } catch (error) {
      if (error instanceof SettingsError)
        return error.problems.map(({ path, message }) => `${path}: ${message}`).join();
      throw error;
    }
    return 'none';
  };

  for (const [what, content, type] of [
    ['an SVG', SVG, 'image/svg+xml'],
    ['an SVG with a declaration', `<?xml version="1.0" encoding="UTF-8"?>\n${SVG}`, 'image/svg+xml'],
    ['an SVG with a byte order mark and a comment', `\uFEFF<!-- <b> -->\n${SVG}`, 'image/svg+xml'],
    [
      'an SVG with a document type',
      `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">${SVG}`,
      'image/svg+xml',
    ],
    ['a PNG', PNG, 'image/png'],
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46]), 'image/jpeg'],
    ['a WebP', Buffer.from('RIFF\x1a\0\0\0WEBPVP8L', 'latin1'), 'image/webp'],
  ] as const) {
    it(`becomes a data: URL by what is in it: ${what}`, () => {
      const settings = loadFile(content, 'logo.txt');
      expect(settings.pages.logo).to.equal(`data:${type};base64,${Buffer.from(content).toString('base64')}`);
      expect(settings).to.not.have.property('logoFile');
      expect(Object.isFrozen(settings)).to.equal(true);
    });
  }

  for (const [what, content] of [
    ['a page', '<!doctype html><svg xmlns="http://www.w3.org/2000/svg">'],
    ['a GIF', 'GIF89a'],
    ['nothing', ''],
    ['words', 'logo'],
  ] as const) {
    it(`is refused when it is no image: ${what}`, () => {
      expect(problemOf(() => loadFile(content, 'logo.svg'))).to.equal(
        'pages.logo: must be an SVG, PNG, JPEG or WebP image',
      );
    });
  }

  it('is refused when it is an SVG that no browser shows', () => {
    expect(problemOf(() => loadFile(SVG.replace(/ xmlns="[^"]*"/, '')))).to.equal(
      'pages.logo: must be an SVG image with xmlns="http://www.w3.org/2000/svg"',
    );
  });

  it('is accepted with 64 KiB, and refused with one byte more', () => {
    const filled = (size: number) => Buffer.concat([PNG], size);
    expect(loadFile(filled(65_536)).pages.logo).to.have.length.above(80_000);
    expect(problemOf(() => loadFile(filled(65_537)))).to.equal(
      'pages.logo: has 65537 bytes, and may have 64 KiB at most',
    );
  });

  it('is refused when it is not there, or not a file', () => {
    expect(problemOf(() => load(join(folder, 'none.svg')))).to.equal(
      `pages.logo: there is no file ${join(folder, 'none.svg')}`,
    );
    mkdirSync(join(folder, 'logos'));
    symlinkSync('/dev/zero', join(folder, 'zeros'));
    for (const name of ['logos', 'zeros']) {
      expect(problemOf(() => load(join(folder, name)))).to.equal(
        `pages.logo: ${join(folder, name)} is not a file`,
      );
    }
  });

  it('is looked for from the folder of the configuration', () => {
    expect(problemOf(() => load('no-such-folder/logo.svg'))).to.equal(
      `pages.logo: there is no file ${join(folder, 'no-such-folder/logo.svg')}`,
    );
  });
});
