import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import ts from 'typescript';
import { PATIENCE_MS } from '../support/patience.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A program that is open in an editor; it is in this folder, so that what it imports is found. */
const FILE = `${ROOT}test/types/open-in-an-editor.ts`;
const PROGRAM = `
import { z } from 'zod';
import { createClient } from '../../src/client/index.ts';
import { createMatchstick } from '../../src/index.ts';
const matchstick = await createMatchstick({
  issuer: 'https://app.example.com',
  purposes: {
    file: { audience: 'app', lifetime: '5m', claims: z.strictObject({ key: z.string() }), bind: { session: 'required' } },
    reset: { audience: 'app', lifetime: '5m', link: {} },
  },
});
await matchstick.mint('file', { subject: 'a', expiresIn: 60, claims: { key: 'b' }, bind: { session: 'c' } });
const reset = await matchstick.mint('reset', { subject: 'a' });
await matchstick.redeem('token', 'file', { hold: 60 });
await matchstick.use('token', 'file', () => 1);
await matchstick.inspect('token');
const client = createClient<{ call: { claims: undefined; audience: 'billing'; bind: { request: 'required' } } }>();
await client.fetch('https://billing.example.com', { capability: 'call' });
`;

describe('in an editor', function () {
  this.timeout(PATIENCE_MS);
  const service = openProgram();

  it('mint shows its options flat, with the types of the purpose', () => {
    const { shown, words } = hover('mint(');
    expect(shown).to.match(/options: \{\s+readonly subject: string;\s+readonly expiresIn\?: number;/);
    expect(shown).to.match(/readonly claims: \{\s+key: string;\s+\};/);
    expect(shown).to.match(/readonly bind: \{\s+readonly session: string;\s+\};/);
    expect(shown).to.not.match(/MintOptions|Omit<|\.\.\. \d+ more/);
    expect(words).to.match(/^Mints a token/);
  });

  it('a mint of a purpose with links shows that it gives a url', () => {
    expect(hover('reset =', 0).shown).to.match(/readonly url: string;/);
  });

  it('redeem and use show their options flat, and what they grant by name', () => {
    const { shown, words } = hover('redeem(');
    expect(shown).to.match(/options\?: \{\s+readonly audience\?: "app";\s+readonly proof\?: Proof;/);
    expect(shown).to.match(/Promise<Redemption<\{\s+key: string;\s+\}>>/);
    expect(words).to.match(/^Verifies a token, burns it/);
    const use = hover('use(');
    expect(use.shown).to.match(/options\?: \{\s+readonly audience\?: "app";/);
    expect(use.words).to.match(/a handler never runs twice/);
  });

  it('inspect and fetch say what they do', () => {
    expect(hover('inspect(').words).to.match(/Never burns it/);
    const { shown, words } = hover('fetch(');
    expect(shown).to.match(/readonly capability: "call";/);
    expect(shown).to.match(/readonly audience\?: "billing";/);
    expect(shown).to.not.match(/Omit<|RequestBinding|KeyBinding/);
    expect(words).to.match(/^Mints a token that is good for this request only/);
  });

  it('every option has words of its own', () => {
    for (const option of [
      'subject:',
      'expiresIn:',
      'claims: { key',
      "bind: { session: 'c",
      'hold:',
      'capability:',
    ]) {
      expect(hover(option, 0).words, option).to.match(/\w{3}/);
    }
  });

  it('every function has an example, and says what it throws', () => {
    for (const call of ['mint(', 'redeem(', 'use(', 'inspect(']) {
      const names = hover(call).tags;
      expect(names, call).to.include.members(['param', 'returns', 'throws', 'example']);
    }
  });

  /** What is shown where the last mention of a text begins, or so many characters into it. */
  function hover(text: string, into = 0) {
    const before = text.endsWith(')') || text.endsWith('(') ? `.${text}` : text;
    const at = PROGRAM.lastIndexOf(before === `.mint(` ? ".mint('file'" : before);
    expect(at, text).to.be.greaterThan(0);
    const info = service.getQuickInfoAtPosition(FILE, at + (before === text ? into : 1));
    return {
      shown: ts.displayPartsToString(info?.displayParts),
      words: ts.displayPartsToString(info?.documentation),
      tags: info?.tags?.map(({ name }) => name) ?? [],
    };
  }
});

function openProgram(): ts.LanguageService {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const read = (file: string) => (file === FILE ? PROGRAM : ts.sys.readFile(file));
  return ts.createLanguageService({
    getScriptFileNames: () => [FILE],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => {
      const text = read(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => ROOT,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === FILE || ts.sys.fileExists(file),
    readFile: read,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
}
