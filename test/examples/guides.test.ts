import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { parse } from 'yaml';
import { type Child, startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { freePort } from '../support/redis-server.ts';
import { startService } from '../support/service.ts';
import { argumentsFor } from './start-example.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const GUIDES = readdirSync(`${ROOT}docs/guides`).map((file) => file.replace(/\.md$/, ''));
const guideOf = (name: string) => readFileSync(`${ROOT}docs/guides/${name}.md`, 'utf8');
const blocksOf = (text: string, language: string) =>
  [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, tag]) => tag === language)
    .map(([, , code]) => code);

describe('the guides', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(afterEach);

  /** A program of examples/. */
  const start = async (name: string, env: NodeJS.ProcessEnv): Promise<Child> => {
    const child = startChild(process.execPath, await argumentsFor(`${name}.ts`), {
      cwd: ROOT,
      env: { ...process.env, ...env },
    });
    onClose(async () => {
      child.kill('SIGKILL');
      await child.exited();
    });
    return child;
  };

  /** The same, of one that serves; gives how to call it with a form, or without. */
  const serve = async (name: string) => {
    const port = await freePort();
    const child = await start(name, { PORT: String(port) });
    const url = `http://127.0.0.1:${port}`;
    await untilItListens(url, child);
    let cookie = '';
    const call = async (method: string, path: string, form?: Record<string, string>, headers = {}) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...(cookie ? { Cookie: cookie } : {}), ...headers },
        ...(form ? { body: new URLSearchParams(form) } : {}),
      });
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
      return { status: response.status, text: await response.text(), headers: response.headers };
    };
    return { child, url, call, forgetCookie: () => (cookie = '') };
  };

  for (const name of GUIDES) {
    it(`shows examples/${name}.ts to the letter`, () => {
      const program = readFileSync(`${ROOT}examples/${name}.ts`, 'utf8');
      expect(blocksOf(guideOf(name), 'ts')).to.include(program);
      expect(program.split('\n').length).to.be.at.most(61);
    });
  }

  it('start in under 20 lines: a download that works once, and an internal call that does', async () => {
    const program = readFileSync(`${ROOT}examples/quickstart.ts`, 'utf8');
    expect(program.split('\n').filter((line) => line.trim() !== '').length).to.be.below(20);
    expect(readFileSync(`${ROOT}README.md`, 'utf8')).to.include(program);
    const { call } = await serve('quickstart');
    const { token } = JSON.parse((await call('POST', '/links')).text);
    for (const method of ['GET', 'HEAD', 'GET']) {
      expect((await call(method, `/download?token=${token}`)).status).to.equal(200);
    }
    const page = (await call('GET', `/download?token=${token}`)).text;
    expect(page).to.include(`name="token" value="${token}"`);
    const downloaded = await call('POST', '/download?', { token });
    expect(downloaded.headers.get('content-disposition')).to.include('a.txt');
    expect(downloaded.text).to.equal('Yours.');
    expect((await call('POST', '/download', { token })).status).to.equal(400);

    const order = JSON.parse((await call('POST', '/orders')).text);
    const Authorization = `Bearer ${order.token}`;
    expect((await call('POST', '/charge')).status).to.equal(401);
    expect((await call('POST', '/charge', undefined, { Authorization: `Bearer ${token}` })).status).to.equal(
      403,
    );
    const charged = await call('POST', '/charge', undefined, { Authorization });
    expect([charged.status, charged.text]).to.deep.equal([200, 'charged order-7']);
    expect((await call('POST', '/charge', undefined, { Authorization })).status).to.equal(410);
  });

  it('begin with a program that talks to the service, is refused the second time, and ends well', async () => {
    const program = readFileSync(`${ROOT}examples/first-call.ts`, 'utf8');
    expect(readFileSync(`${ROOT}README.md`, 'utf8')).to.include(program);
    const deployment = await makeDeployment();
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    const env = { MATCHSTICK_URL: service.url, MATCHSTICK_KEY: deployment.callerKeys.main };
    const child = await start('first-call', env);
    expect(await child.exited(), child.output()).to.equal(0);
    expect(child.output()).to.equal('Set the new password of user-42.\nRefused: token_burned\n');
  });

  it('reset a password by a link that scanners may open, and that a short password does not cost', async () => {
    const { child, call } = await serve('password-reset');
    const email = 'ada@example.com';
    const stranger = await call('POST', '/forgot', { email: 'nobody@example.com' });
    const known = await call('POST', '/forgot', { email });
    expect([known.status, known.text]).to.deep.equal([stranger.status, stranger.text]);
    const [, token = ''] = await child.printed(/Mail to ada@example\.com: \S+token=(\S+)/);
    expect(child.output()).not.to.include('Mail to nobody');
    const opened = await call('GET', `/reset?token=${token}`);
    expect(opened.headers.get('referrer-policy')).to.equal('no-referrer');
    expect(opened.text).to.include(token);
    expect((await call('POST', '/reset', { token, password: 'short' })).status).to.equal(422);
    expect((await call('POST', '/reset', { token, password: 'a much longer one' })).status).to.equal(200);
    expect((await call('POST', '/reset', { token, password: 'of somebody else' })).status).to.equal(400);
    expect((await call('GET', `/reset?token=${token}`)).status).to.equal(400);
    expect((await call('POST', '/login', { email, password: 'a much longer one' })).status).to.equal(200);
    expect((await call('POST', '/login', { email, password: 'the password she forgot' })).status).to.equal(
      401,
    );
  });

  it('reset a password by the last link alone', async () => {
    const { child, call } = await serve('password-reset');
    const email = 'ada@example.com';
    await call('POST', '/forgot', { email });
    const [, first = ''] = await child.printed(/token=(\S+)/);
    await call('POST', '/forgot', { email });
    const [, second = ''] = await child.printed(/token=[\s\S]*token=(\S+)/);
    expect((await call('GET', `/reset?token=${first}`)).status).to.equal(400);
    expect((await call('GET', `/reset?token=${second}`)).status).to.equal(200);
  });

  it('download a file once, and again only when it did not arrive', async () => {
    const { call } = await serve('file-download');
    const order = async (file: string) => {
      const { text } = await call('POST', `/reports/${encodeURIComponent(file)}/links`);
      return new URL(JSON.parse(text).url).searchParams.get('token') ?? '';
    };
    const token = await order('file-download.ts');
    expect((await call('GET', `/download?token=${token}`)).text).to.include('<button name="token"');
    const downloaded = await call('POST', '/download', { token });
    expect(downloaded.text).to.equal(readFileSync(`${ROOT}examples/file-download.ts`, 'utf8'));
    expect(downloaded.headers.get('content-disposition')).to.include('report.txt');
    expect((await call('POST', '/download', { token })).status).to.equal(400);

    for (const file of ['missing.txt', '../LICENSE']) {
      const broken = await order(file);
      for (let again = 0; again < 2; again++) {
        expect((await call('POST', '/download', { token: broken })).status).to.be.oneOf([403, 404]);
      }
      expect((await call('GET', `/download?token=${broken}`)).status).to.equal(200);
    }
  });

  it('take one upload of the size that was announced', async () => {
    const { url, call } = await serve('upload');
    const announce = await fetch(`${url}/uploads`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"size":11}',
    });
    const { token } = JSON.parse(await announce.text());
    const put = (body: string) =>
      fetch(`${url}/uploads`, { method: 'PUT', headers: { Authorization: `Bearer ${token}` }, body });
    expect((await put('another file')).status).to.equal(422);
    const broken = connect(Number(new URL(url).port), '127.0.0.1');
    const head = ['PUT /uploads HTTP/1.1', 'Host: x', `Authorization: Bearer ${token}`, 'Content-Length: 11'];
    broken.write(`${head.join('\r\n')}\r\nExpect: 100-continue\r\n\r\n`);
    await once(broken, 'data');
    broken.write('hello');
    expect((await put('hello world')).status).to.equal(409);
    broken.destroy();
    while ((await put('another file')).status === 409) await pause();
    const stored = await put('hello world');
    expect(stored.status).to.equal(201);
    const { id } = JSON.parse(await stored.text());
    expect((await call('GET', `/uploads/${id}`)).text).to.equal('hello world');
    expect((await put('hello again')).status).to.equal(410);
    const refused = await fetch(`${url}/uploads`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"size":50000000}',
    });
    expect(refused.status).to.equal(400);
  });

  it('make one call from one service to another, with the configuration that is shown', async () => {
    const [yaml = ''] = blocksOf(guideOf('service-call'), 'yaml');
    const { purposes, callers } = parse(yaml);
    const rights = Object.entries<{ keySha256: unknown }>(callers).map(([name, { keySha256, ...may }]) => [
      name,
      may,
    ]);
    const deployment = await makeDeployment({ purposes }, Object.fromEntries(rights));
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    const child = await start('service-call', {
      MATCHSTICK_URL: service.url,
      BILLING_URL: `http://127.0.0.1:${await freePort()}`,
      ORDERS_KEY: deployment.callerKeys.orders,
      BILLING_KEY: deployment.callerKeys.billing,
    });
    expect(await child.exited(), child.output()).to.equal(0);
    expect(child.output()).to.equal('billing listens\n200 orders charged order-7 with 42 EUR\n');
  });

  it('delete an account once, in the session that asked, while the session itself can be ended', async () => {
    const { call, forgetCookie } = await serve('from-jwt-sessions');
    const password = 'correct horse battery';
    const logIn = () => call('POST', '/login', { name: 'Ada', password });
    expect((await call('POST', '/account/deletion', { password })).status).to.equal(401);
    expect((await call('POST', '/login', { name: 'Ada', password: 'wrong' })).status).to.equal(401);
    expect((await logIn()).status).to.equal(204);
    expect((await call('POST', '/account/deletion', { password: 'wrong' })).status).to.equal(403);
    const { token } = JSON.parse((await call('POST', '/account/deletion', { password })).text);
    expect((await call('POST', '/account/deletion/confirm', {})).status).to.equal(401);

    forgetCookie();
    await logIn();
    const elsewhere = await call('POST', '/account/deletion/confirm', { token });
    expect(JSON.parse(elsewhere.text).code).to.equal('binding_mismatch');
    expect((await call('POST', '/logout')).status).to.equal(200);
    expect((await call('POST', '/account/deletion', { password })).status).to.equal(401);

    await logIn();
    const again = JSON.parse((await call('POST', '/account/deletion', { password })).text);
    expect((await call('POST', '/account/deletion/confirm', { token: again.token })).status).to.equal(200);
    expect((await logIn()).status).to.equal(401);
  });
});

/** Resolves once somebody answers; rejects when the program has ended. */
async function untilItListens(url: string, child: Child): Promise<void> {
  let ended: number | null | undefined;
  child.exited().then((code) => {
    ended = code;
  });
  for (;;) {
    if (ended !== undefined) throw new Error(`it ended with ${ended}:\n${child.output()}`);
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
