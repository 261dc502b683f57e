import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { listedKeys, revokedKey, rotatedKeys } from '../../src/contract/key-replies.ts';
import { inspected, minted, redemption, revoked } from '../../src/contract/replies.ts';
import { serviceStatus } from '../../src/contract/status-replies.ts';
import { runService, sleep } from '../http/run-service.ts';
import { end } from '../main/start-main.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { CLAIMING_PURPOSES, TEST_CALLERS } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { programFile } from '../support/program.ts';
import type { ServiceProcess } from '../support/service.ts';
import { type RunOptions, runMatchstick } from './run-matchstick.ts';

const CALLERS = { ...TEST_CALLERS, main: { ...TEST_CALLERS.main, revoke: true }, ops: { operator: true } };

describe('the command line of a running service', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'matchstick-cli-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    service = await runService(onClose, { purposes: CLAIMING_PURPOSES }, CALLERS);
  });

  const matchstick = (args: readonly string[], { env = {}, ...options }: RunOptions = {}) =>
    runMatchstick(args, {
      ...{ cwd: folder, ...options },
      env: {
        ...{ MATCHSTICK_CONFIG: service.deployment.configPath, MATCHSTICK_URL: service.url },
        ...{ MATCHSTICK_KEY: service.deployment.callerKeys.main, ...env },
      },
    });

  const asOps = () => ({ env: { MATCHSTICK_KEY: service.deployment.callerKeys.ops } });

  async function closedPort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async function json(args: readonly string[], options: RunOptions = {}, exitCode = 0) {
    const { code, out, err } = await matchstick([...args, '--json'], options);
    expect(code, err).to.equal(exitCode);
    return JSON.parse(out);
  }

  it('mints, redeems from standard input, refuses the second time with the code, and inspects', async () => {
    const made = await matchstick(['mint', 'password-reset', 'user-42'], { asProcess: true });
    expect(made.code, made.err).to.equal(0);
    expect(made.out).to.match(/^eyJ\S+\n$/);
    expect(made.err)
      .to.match(/^jti +\S+$/m)
      .and.to.include('Next: matchstick redeem password-reset -');
    const first = await json(['redeem', 'password-reset', '-'], { asProcess: true, input: made.out });
    expect(redemption.parse(first)).to.include({ state: 'burned', subject: 'user-42' });
    const again = await json(
      ['redeem', 'password-reset'],
      { asProcess: true, env: { MATCHSTICK_TOKEN: made.out.trim() } },
      1,
    );
    expect(again.error).to.include({ code: 'token_burned', redeemedAt: first.redeemedAt });
    const found = await json(['inspect', '--jti', first.jti]);
    expect(inspected.parse(found)).to.include({ state: 'burned', redeemedBy: 'main' });
  });

  it('mints with claims, reads a token from a file, and revokes it and a subject', async () => {
    const args = ['mint', 'file-download', 'anna', '--claims', '{"key":"a.pdf"}', '--expires-in', '60'];
    const token = minted.parse(await json(args));
    expect(Date.parse(token.expiresAt) - Date.parse(token.issuedAt)).to.equal(60_000);
    const file = join(folder, 'token');
    await writeFile(file, `${token.token}\n`);
    const gone = await json(['revoke', '--token-file', file]);
    expect(revoked.parse(gone)).to.include({ revoked: true, jti: token.jti });
    const all = await matchstick(['revoke', '--subject', 'anna', '--purpose', 'file-download']);
    expect(all.out).to.match(/^subject +anna$/m);
    expect(all.err).to.include('Next: matchstick events');
  });

  it('tells operators of keys, status and events, and what events call a subject', async () => {
    expect(listedKeys.parse(await json(['keys', 'list'], asOps())).keys).to.have.length(2);
    const { ledger } = serviceStatus.parse(await json(['status'], asOps()));
    expect(ledger.kind).to.equal('memory');
    const { hash } = await json(['events', 'hash', '-'], { ...asOps(), input: 'user-42' });
    const found = await json(['events', '--subject-hash', hash, '--type', 'token.minted'], asOps());
    expect(found.events).to.have.length(1);
    const told = await matchstick(['status'], asOps());
    expect(told.out)
      .to.match(/^shard +epoch/m)
      .and.to.match(/^signing +\S+ since/m);
    const { keys } = rotatedKeys.parse(await json(['keys', 'rotate'], asOps()));
    const [next] = keys.filter(({ state }) => state === 'next');
    expect(revokedKey.parse(await json(['keys', 'revoke', next?.kid ?? ''], asOps())).kid).to.equal(
      next?.kid,
    );
  });

  it('follows events until nobody reads them', async () => {
    const child = spawn(
      'bash',
      [
        '-c',
        '"$0" "$1" events --follow --type token.minted | head -1',
        process.execPath,
        programFile('assembly/command-line'),
      ],
      {
        env: {
          ...process.env,
          MATCHSTICK_URL: service.url,
          MATCHSTICK_KEY: service.deployment.callerKeys.ops,
        },
      },
    );
    let [out, err] = ['', ''];
    const following = new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk) => {
        err += chunk;
        if (err.includes('Following')) resolve();
      });
    });
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    await following;
    const closed = once(child, 'close');
    const mint = () => matchstick(['mint', 'password-reset', 'followed']);
    let isClosed = false;
    closed.finally(() => {
      isClosed = true;
    });
    // It learns that nobody reads when it writes the next one.
    while (!isClosed) {
      await mint();
      await sleep(100);
    }
    const [code] = await closed;
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.include({ type: 'token.minted' });
    expect(err).to.not.include('    at ');
  });

  it('prints purposes, the OpenAPI document, the schema of the configuration, and types', async () => {
    const [purposes, document, schema, types] = await Promise.all([
      json(['purposes']),
      json(['openapi'], { env: { MATCHSTICK_KEY: '' } }),
      json(['config', 'schema']),
      json(['types']),
    ]);
    expect(purposes.purposes.map(({ purpose }: { purpose: string }) => purpose)).to.include('password-reset');
    expect(document.openapi).to.match(/^3\.1/);
    expect(schema.title).to.equal('Matchstick configuration');
    expect(types.types).to.include('export type Purposes');
  });

  it('checks a configuration, and exits with 3 and every problem for a wrong one', async () => {
    expect(await json(['config', 'check'])).to.include({ ok: true });
    const wrong = join(folder, 'wrong.yaml');
    await writeFile(wrong, 'issuer: x\nkeyz: {}\n');
    const { error } = await json(['config', 'check', '--config', wrong], {}, 3);
    expect(error.code).to.equal('configuration');
    expect(error.problems.map(({ path }: { path: string }) => path)).to.include.members(['issuer', 'keyz']);
  });

  it('makes a key for a caller, into a file that only its owner reads', async () => {
    const made = z.strictObject({ name: z.string(), keySha256: z.string().length(64), key: z.string() });
    expect(made.parse(await json(['caller', 'new', 'billing'])).key).to.match(/^ms_billing_[\w-]{43}$/);
    const file = join(folder, 'billing.key');
    const kept = await matchstick(['caller', 'new', 'billing', '--out', file]);
    expect(kept.out).to.equal(`${file}\n`);
    const key = (await readFile(file, 'utf8')).trim();
    expect(kept.out + kept.err).to.not.include(key);
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    expect((await matchstick(['caller', 'new', 'billing', '--out', file])).code).to.equal(1);
    expect(
      (await matchstick(['purposes'], { asProcess: true, env: { MATCHSTICK_KEY: '' } })).code,
      'no key, no terminal',
    ).to.equal(2);
  });

  it('refuses a secret among the arguments with a sentence that does not repeat it', async () => {
    const key = service.deployment.callerKeys.main ?? '';
    const asKey = await matchstick(['purposes', '--key-file', key]);
    expect(asKey.code).to.equal(2);
    expect(asKey.err).to.include('A caller key is among the arguments').and.not.include(key);
    const { token } = await json(['mint', 'password-reset', 'user-42']);
    const asToken = await matchstick(['redeem', 'password-reset', token]);
    expect(asToken.code).to.equal(2);
    expect(asToken.err).to.include('A token is among the arguments').and.not.include(token);
    expect((await json(['inspect', '-'], { input: token })).state).to.equal('live');
  });

  it('says that a link is no token', async () => {
    const { code, err } = await matchstick(['redeem', 'password-reset', '-'], {
      input: `${service.url}/l/${'A'.repeat(22)}\n`,
    });
    expect(code).to.equal(2);
    expect(err).to.include('this is the URL of a link').and.not.include('AAAA');
  });

  it('says where an address or a key comes from that is none', async () => {
    const complaint = async (args: readonly string[], env = {}) => {
      const { error } = await json(['purposes', ...args], { env }, 2);
      return error.message;
    };
    const notOne = 'must be an absolute URL, such as http://127.0.0.1:4100';
    expect(await complaint([], { MATCHSTICK_URL: 'here' })).to.equal(`MATCHSTICK_URL: ${notOne}`);
    expect(await complaint(['--url', 'here'], { MATCHSTICK_URL: service.url })).to.equal(`--url: ${notOne}`);
    const notKey = 'must be a caller key, which reads ms_<name>_<43 characters>';
    expect(await complaint([], { MATCHSTICK_KEY: 'x' })).to.equal(`The caller key ${notKey}`);
    const file = join(service.deployment.folder, 'no-key');
    await writeFile(file, 'x');
    expect(await complaint(['--key-file', file])).to.equal(`--key-file: ${notKey}`);
  });

  it('exits with 1 for a refusal, and with 4 where nobody answers', async () => {
    const refusal = await json(['mint', 'passwordreset', 'u'], {}, 1);
    expect(refusal.error.code).to.equal('request_invalid');
    expect((await json(['status'], {}, 1)).error.code).to.equal('caller_forbidden');
    const env = { MATCHSTICK_URL: `http://127.0.0.1:${await closedPort()}` };
    expect((await json(['redeem', 'password-reset', '-'], { env, input: 'x' }, 4)).error.code).to.equal(
      'unreachable',
    );
    expect((await json(['openapi'], { env }, 4)).error.code).to.equal('unreachable');
  });

  it('exits with 75 when the answer is lost, and gets it under the printed attempt', async () => {
    const { token } = await json(['mint', 'password-reset', 'lost']);
    const proxy = await startCuttingProxy(Number(new URL(service.url).port));
    onClose(proxy.close);
    proxy.cutRepliesAfter(0, 10);
    const env = { MATCHSTICK_URL: `http://127.0.0.1:${proxy.port}` };
    const lost = await json(['redeem', 'password-reset', '-'], { env, input: token }, 75);
    expect(lost.error).to.include({ code: 'unknown' });
    const { attempt } = lost.error;
    expect(lost.error.again).to.equal(`matchstick redeem password-reset --attempt ${attempt} -`);
    const other = await json(['redeem', 'password-reset', '-'], { input: token }, 1);
    expect(other.error.code).to.equal('token_burned');
    const same = await json(['redeem', 'password-reset', '--attempt', attempt, '-'], { input: token });
    expect(redemption.parse(same).subject).to.equal('lost');
  });

  it('exits with 75 where a mint, a revocation or a rotation may have been made, with a command that asks again', async () => {
    const proxy = await startCuttingProxy(Number(new URL(service.url).port));
    onClose(proxy.close);
    const url = `http://127.0.0.1:${proxy.port}`;
    const lost = async (args: readonly string[], options: RunOptions = {}) => {
      proxy.cutRepliesAfter(10, 10);
      const { error } = await json([...args, '--url', url], options, 75);
      proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
      return error.again;
    };
    const mint = ['mint', 'password-reset', "O'Neil", '--expires-in', '60', '--no-link'];
    expect(await lost(mint)).to.equal(
      `matchstick mint password-reset 'O'\\''Neil' --expires-in 60 --no-link --url ${url}`,
    );
    const revoke = ['revoke', '--subject', 'lost', '--purpose', 'password-reset'];
    expect(await lost(revoke)).to.equal(`matchstick ${revoke.join(' ')} --url ${url}`);
    const before = proxy.cuts();
    expect(await lost(['keys', 'rotate'], asOps())).to.equal(`matchstick keys list --url ${url}`);
    expect(proxy.cuts() - before, 'asked once').to.equal(1);
  });

  it('exits with 75 or 4 where what answers is no service, or is silent', async () => {
    const page = await listening(
      createHttpServer((_request, response) =>
        response.setHeader('Content-Type', 'text/html').end('<html>Welcome</html>'),
      ),
    );
    const silent = await listening(createHttpServer(() => {}));
    const secured = service.url.replace('http:', 'https:');
    const asked = (url: string, ...args: readonly string[]) =>
      json([...args, '--url', url], { input: 'x' }, 4);
    const [lost] = await Promise.all([
      json(['redeem', 'password-reset', '-', '--url', silent], { input: 'x' }, 75),
      asked(silent, 'openapi'),
      asked(silent, 'events', '--follow'),
      asked(page, 'purposes'),
      asked(page, 'openapi'),
      asked(page, 'events', '--follow'),
    ]);
    expect(lost.error.again).to.match(/^matchstick redeem password-reset --attempt \w+ - --url http:\S+$/);
    const untrusted = await asked(secured, 'redeem', 'password-reset', '-');
    expect(untrusted.error.message).to.include('http instead of https?');
  });

  it('follows on after a restart, from the last event', async () => {
    const from: unknown[] = [];
    const url = await listening(
      createHttpServer((request, response) => {
        from.push(request.headers['last-event-id']);
        if (from.length === 2) {
          response.writeHead(502).end('<html>');
          return;
        }
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write(`id: ${from.length}\ndata: {"n":${from.length}}\n\n`);
        setTimeout(() => response.destroy(), from.length === 1 ? 100 : 60_000).unref();
      }),
    );
    const child = startChild(process.execPath, [programFile('assembly/command-line'), 'events', '--follow'], {
      env: { ...process.env, MATCHSTICK_URL: url, MATCHSTICK_KEY: service.deployment.callerKeys.ops },
    });
    onClose(() => end(child));
    await child.printed(/"n":3/);
    expect(from).to.deep.equal([undefined, '1', '1']);
    expect(child.output())
      .to.match(/gave status 502 .* asked again/)
      .and.include('Following again.');
  });

  async function listening(server: Server): Promise<string> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onClose(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  it('says that a full disk took nothing, and exits with an error', async () => {
    const full = openSync('/dev/full', 'w');
    onClose(async () => closeSync(full));
    const { code, err } = await matchstick(['config', 'schema'], { stdout: full });
    expect(code).to.equal(1);
    expect(err).to.equal('Standard output cannot be written: ENOSPC\n');
  });

  it('is coloured only where it is told so when it has no terminal', async () => {
    const [plain, forced, refused] = await Promise.all([
      matchstick(['purposes']),
      matchstick(['purposes'], { env: { FORCE_COLOR: '1' } }),
      matchstick(['purposes'], { env: { NO_COLOR: '1' } }),
    ]);
    expect(plain.out).to.not.include('\u001b');
    expect(refused.out).to.equal(plain.out);
    expect(forced.out).to.include('\u001b[1m');
  });

  it('names what was probably meant', async () => {
    const [command, option] = await Promise.all([
      matchstick(['redem', 'x']),
      matchstick(['mint', 'password-reset', 'u', '--audiense', 'x']),
    ]);
    expect(command.code).to.equal(2);
    expect(command.err).to.include('There is no command redem.').and.include('Did you mean redeem?');
    expect(option.err).to.include('Did you mean --audience?');
  });

  it('prints its version', async () => {
    expect((await matchstick(['--version'])).out).to.match(/^\d+\.\d+\.\d+\n$/);
  });

  it('says what to do where a port is held by something else', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    onClose(async () => other.close());
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { error } = await json(['purposes'], { env: { MATCHSTICK_URL: `http://127.0.0.1:${port}` } }, 4);
    expect(error.message).to.match(/The service at http:\S+ gave/);
  });
});
