import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { CONTRACT_PURPOSES } from '../contract/matchstick-purposes.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type RunOptions, runMatchstick } from './run-matchstick.ts';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What is hard to say in TypeScript. */
const ODD_PURPOSES = {
  '2fa': { audience: ["it's", 'back\\slash'], lifetime: '5m', uses: 3, link: {} },
  leads: { audience: 'app', lifetime: '5m', link: { then: ['https://a.example', "https://b.example/it's"] } },
  purposes: {
    audience: 'app',
    lifetime: '5m',
    claims: {
      type: 'object',
      title: 'Another Title',
      required: ['address', 'odd-name'],
      properties: {
        address: { $ref: '#/$defs/Address' },
        'odd-name': { enum: ['a', 3, null] },
        pair: {
          type: 'array',
          prefixItems: [{ type: 'string' }, { type: 'number' }],
          items: false,
          minItems: 2,
        },
      },
      $defs: {
        Address: {
          type: 'object',
          description: 'Ends here: */ export const x = 1; /*',
          required: ['street'],
          properties: { street: { type: 'string' } },
        },
      },
    },
  },
  'a-b': { audience: 'app', lifetime: '5m', claims: { type: 'object', properties: { Address: {} } } },
  'a--b': { audience: 'app', lifetime: '5m', claims: { type: 'object', $id: 'https://x.example/y' } },
};

describe('matchstick types', () => {
  const onTestEnd = cleanupAfter(afterEach);

  /** A folder beside this file, so that what its files import is found. */
  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(at('.compiled-'));
    onTestEnd(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  async function types(folder: string, purposes: object, options: RunOptions = {}) {
    const config = join(folder, 'matchstick.yaml');
    await writeFile(config, stringify({ purposes }));
    const { code, output } = await runMatchstick(['types', '--config', config], options);
    return { exitCode: code, output };
  }

  async function compile(folder: string) {
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../../tsconfig.json', include: ['*.ts'] }),
    );
    const tsc = startChild(process.execPath, [
      at('../../node_modules/@typescript/native/bin/tsc'),
      '--singleThreaded',
      '-p',
      folder,
    ]);
    return { exitCode: await tsc.exited(), output: tsc.output() };
  }

  it('prints what types the client by the configuration, and compiles', async () => {
    const folder = await newFolder();
    const { exitCode, output } = await types(
      folder,
      { ...CONTRACT_PURPOSES, ...ODD_PURPOSES },
      { asProcess: true },
    );
    expect(exitCode, output).to.equal(0);
    expect(output).to.include("readonly then: 'https://a.example' | 'https://b.example/it\\'s' }");
    await writeFile(join(folder, 'purposes.ts'), output);
    const program = await readFile(at('typed-by-configuration.ts'), 'utf8');
    await writeFile(join(folder, 'program.ts'), program.replaceAll("'../", "'../../"));
    const compiled = await compile(folder);
    expect(compiled.exitCode, compiled.output).to.equal(0);
  });

  it('says nothing but the purposes when nothing carries claims', async () => {
    const { output } = await types(await newFolder(), { plain: { audience: 'app', lifetime: '5m' } });
    expect(output).to.not.include('namespace');
    expect(output).to.match(/export type Purposes = \{\n.*\n {2}readonly 'plain': \{\n/);
  });

  it('refuses a configuration that is wrong, by path', async () => {
    const wrong = { plain: { audience: 'app', lifetime: '5h' } };
    const { exitCode, output } = await types(await newFolder(), wrong);
    expect(exitCode).to.equal(3);
    expect(output).to.include('purposes.plain.lifetime: must be 1s to 60m');
  });
});
