import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createContext, type Module, SourceTextModule } from 'node:vm';

/**
 * Runs the built client in a realm that has the names of the language and those below, and nothing else: no
 * `process`, no `Buffer`, no `require`, no module of Node. Prints what happened there as JSON.
 *   node --experimental-vm-modules --import tsx web-realm.ts <index.js of the client> <URL of a service>
 */
const WEB = {
  ...{ fetch, Request, Response, Headers, URL, URLSearchParams, AbortController, AbortSignal, DOMException },
  ...{ crypto, TextEncoder, TextDecoder, btoa, atob, setTimeout, clearTimeout, performance },
  structuredClone,
  CryptoKey: Reflect.get(globalThis, 'CryptoKey'),
};

const PROGRAM = `
const client = createClient({ url, key });
const { token } = await client.mint('password-reset', { subject: 'user-42' });
const { plausible } = await createPreVerifier({ url, issuer })(token, 'password-reset');
const { state } = await client.redeem(token, 'password-reset');
const refused = await client.redeem(token, 'password-reset').catch(({ code }) => code);
const unanswered = await createClient({ url: 'http://127.0.0.1:1', key, retries: 0 }).inspect('a').catch(({ code }) => code);
const order = { capability: 'service-call', audience: 'billing', method: 'POST', body: 'a' };
const { status } = await client.fetch(url + '/v1/tokens', { ...order, key: await createDpopKey() });
const names = Object.getOwnPropertyNames(globalThis);
report({ plausible, state, refused, unanswered, status, hasNode: names.includes('process') || names.includes('Buffer') });
`;

const PACKAGES = ['jose', 'zod/mini'];
const [clientPath = '', url = ''] = process.argv.slice(2);
const issuer = 'https://cap.example.test';
const key = process.env.MATCHSTICK_KEY;
const report = (value: unknown) => console.log(JSON.stringify(value));
const context = createContext({ ...WEB, url, key, issuer, report });
const modules = new Map<string, Promise<Module>>();

function load(path: string): Promise<Module> {
  const loaded = modules.get(path) ?? read(path);
  modules.set(path, loaded);
  return loaded;
}

async function read(path: string): Promise<Module> {
  return new SourceTextModule(await readFile(path, 'utf8'), { context, identifier: path });
}

/** The files of the client, and its packages as bundlers for workers and browsers take them. */
async function link(specifier: string, { identifier }: Module): Promise<Module> {
  if (specifier === 'client') return load(clientPath);
  if (specifier.startsWith('.')) return load(fileURLToPath(new URL(specifier, `file://${identifier}`)));
  if (PACKAGES.includes(specifier)) return load(fileURLToPath(import.meta.resolve(specifier)));
  throw new Error(`${identifier} imports ${specifier}`);
}

const names = 'createClient, createDpopKey, createPreVerifier';
const program = new SourceTextModule(`import { ${names} } from 'client';${PROGRAM}`, {
  context,
  identifier: clientPath,
});
await program.link(link);
await program.evaluate();
