import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { type ClientOptions, createClient, createPreVerifier } from '../../src/client/index.ts';
import { startChild } from '../support/child.ts';
import { scriptFile } from '../support/program.ts';
import { KEY } from './example.ts';

const CLIENT = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url));
const URL_OF_IT = 'https://cap.example.test';

function complaintOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe("a client's options", () => {
  const create = (options: object) => createClient({ url: URL_OF_IT, key: KEY, ...options } as ClientOptions);

  it('take URL and key from the environment if they are not given', async () => {
    const program = `
      import { createClient } from '${pathToFileURL(scriptFile(CLIENT)).href}';
      const said = [];
      const fetch = async (url, { headers }) => { said.push(url, headers.Authorization); throw new Error('x'); };
      await createClient({ key: process.env.UNSET, fetch, retries: 0 }).inspect('x').catch(() => {});
      console.log(said.join(' '));
    `;
    const run = async (env: NodeJS.ProcessEnv) => {
      const child = startChild(process.execPath, ['--input-type=module', '-e', program], {
        env: { PATH: process.env.PATH, ...env },
      });
      await child.exited();
      return child.output();
    };
    const env = { MATCHSTICK_URL: URL_OF_IT, MATCHSTICK_KEY: KEY };
    expect((await run(env)).trim()).to.equal(`${URL_OF_IT}/v1/tokens/inspect Bearer ${KEY}`);
    expect(await run({ MATCHSTICK_KEY: KEY })).to.include('url: is missing: give it to createClient, or set');
    expect(await run({ MATCHSTICK_URL: URL_OF_IT })).to.include('or set MATCHSTICK_KEY');
    expect(await run({ ...env, MATCHSTICK_KEY: '' })).to.include('key: is missing');
  });

  it('take a URL of the service, also below a path', async () => {
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      return new Response();
    };
    for (const url of [URL_OF_IT, `${URL_OF_IT}/`, `${URL_OF_IT}/cap/`, new URL(`${URL_OF_IT}/a/b`)]) {
      await create({ url, fetch })
        .inspect('x')
        .catch(() => {});
    }
    const paths = ['', '', '/cap', '/a/b'].map((path) => `${URL_OF_IT}${path}/v1/tokens/inspect`);
    expect(asked).to.deep.equal(paths);
  });

  it('take http for this machine alone, unless they are told', () => {
    for (const host of ['localhost:4100', '127.0.0.1:4100', '127.9.9.9', '[::1]:4100', 'cap.localhost']) {
      create({ url: `http://${host}` });
    }
    for (const host of [
      'cap.example.test',
      '10.0.0.1',
      '[::2]',
      'localhost.example.test',
      '127.0.0.1.example.test',
    ]) {
      expect(complaintOf(() => create({ url: `http://${host}` }))).to.match(/^url: must be https/);
      create({ url: `http://${host}`, allowInsecureHttp: true });
    }
  });

  it('take no other URL', () => {
    const wrong = [
      ...['', 'cap.example.test', '/v1', 'ftp://cap.example.test', 'file:///tmp', 'javascript:1', null, 1],
      ...[
        `${URL_OF_IT}?a=1`,
        `${URL_OF_IT}#a`,
        'https://user@cap.example.test',
        'https://u:hunter2@cap.example.test',
      ],
    ];
    for (const url of wrong) {
      const complaint = complaintOf(() => create({ url }));
      expect(complaint, String(url)).to.match(/^url: must /);
      expect(complaint).to.not.match(/hunter2|example/);
    }
  });

  it('take a caller key, and quote no other', () => {
    const secret = KEY.slice(-43);
    for (const key of [secret, `${KEY}a`, KEY.slice(0, -1), ` ${KEY}`, `${KEY}\n`, '', null, 1, [KEY]]) {
      const complaint = complaintOf(() => create({ key }));
      expect(complaint).to.match(/^key: must be a caller key/);
      expect(complaint).to.not.include(secret.slice(0, 8));
    }
  });

  it('take times and retries that make sense', () => {
    for (const timeoutMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1000', null]) {
      expect(complaintOf(() => create({ timeoutMs }))).to.match(/^timeoutMs: /);
    }
    for (const retries of [-1, 0.5, Number.NaN, 101, '1', null]) {
      expect(complaintOf(() => create({ retries }))).to.match(/^retries: /);
    }
    create({ timeoutMs: 1, retries: 0 });
  });

  it('take nothing that they do not know, nor a fetch that is none', () => {
    expect(complaintOf(() => create({ timeout: 1 }))).to.include('"timeout"');
    expect(complaintOf(() => create({ fetch: 'fetch' }))).to.match(/^fetch: /);
    expect(complaintOf(() => createClient(null as unknown as ClientOptions))).to.include('options');
  });

  it('of a pre-verifier are checked too', () => {
    const issuer = URL_OF_IT;
    expect(complaintOf(() => createPreVerifier({ url: 'http://cap.example.test', issuer }))).to.match(
      /^url: /,
    );
    expect(complaintOf(() => createPreVerifier({ url: URL_OF_IT, issuer: '' }))).to.match(/^issuer: /);
    for (const clockToleranceSeconds of [-1, 301, Number.NaN]) {
      const make = () => createPreVerifier({ url: URL_OF_IT, issuer, clockToleranceSeconds });
      expect(complaintOf(make)).to.match(/^clockToleranceSeconds: /);
    }
  });
});
