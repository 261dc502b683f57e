import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient } from '../../src/client/index.ts';
import { attemptIn } from '../http/link-page.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import type { Nginx } from '../support/nginx.ts';
import { freePort, startRedis } from '../support/redis-server.ts';
import { type ServiceProcess, startService } from '../support/service.ts';
import { SHIPPED_HOST, startShippedNginx } from './shipped-nginx.ts';

const HOST = SHIPPED_HOST;
const ISSUER = `https://${HOST}/matchstick`;
const STRANGERS = 3;
const MIB = 1_048_576;

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

interface Asked {
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The address that the client has. */
  readonly from?: string;
}

describe('deploy/nginx/matchstick.conf, in a real nginx', () => {
  const onClose = cleanupAfter(after);
  let certificates: Certificates;
  let deployment: Deployment;
  let services: readonly [ServiceProcess, ServiceProcess];
  let port: number;
  let nginx: Nginx;

  before(async () => {
    certificates = await makeCertificates(`DNS:${HOST}`);
    onClose(certificates.close);
    const redis = await startRedis();
    onClose(redis.close);
    const then = `https://${HOST}/reset`;
    deployment = await makeDeployment(
      {
        issuer: ISSUER,
        listen: { proxyHops: 1 },
        ledger: { redis: redis.url, timeoutMs: 10_000 },
        limits: { caller: { count: STRANGERS, per: '1h' } },
        purposes: { 'password-reset': { audience: 'app', lifetime: '15m', link: { then } } },
      },
      { main: { mint: ['password-reset'], redeem: ['password-reset'] } },
    );
    onClose(deployment.close);
    services = await Promise.all([startService(deployment), startService(deployment)]);
    for (const { close } of services) onClose(close);
    const [one, other] = services;
    [port, nginx] = await proxyTo([new URL(one.url).host, new URL(other.url).host]);
  });

  async function proxyTo(upstreams: readonly [string, string]): Promise<[port: number, nginx: Nginx]> {
    const accessLog = (at: number) => join(deployment.folder, `access-${at}.log`);
    const started = await startShippedNginx({ upstreams, certificates, accessLog });
    onClose(started.close);
    return [started.port, started];
  }

  async function ask(
    method: string,
    url: string,
    { body = '', headers = {}, from }: Asked = {},
  ): Promise<Reply> {
    const { pathname } = new URL(url);
    const ca = await readFile(certificates.ca);
    const sent = { Host: HOST, 'Content-Length': String(Buffer.byteLength(body)), ...headers };
    const options = { host: '127.0.0.1', port, servername: HOST, ca, method, path: pathname, headers: sent };
    return new Promise((resolve, reject) => {
      const asked = request({ ...options, agent: false, localAddress: from }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }

  function callV1(path: string, body: object | string, headers: Asked['headers'] = {}): Promise<Reply> {
    const json = {
      Authorization: `Bearer ${deployment.callerKeys.main}`,
      'Content-Type': 'application/json',
    };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return ask('POST', `${ISSUER}/v1/${path}`, { body: text, headers: { ...json, ...headers } });
  }

  const order = { purpose: 'password-reset', subject: 'user-42' };
  const mint = async () => JSON.parse((await callV1('tokens', order)).text);

  /** The access log once it has that; nginx writes a line after it has answered. */
  async function logged(line: RegExp): Promise<string> {
    for (;;) {
      const log = await readFile(join(deployment.folder, `access-${port}.log`), 'utf8');
      if (line.test(log)) return log;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('serves the API below the prefix: a token is redeemed once', async () => {
    const { token } = await mint();
    const redeem = () => callV1('redemptions', { purpose: 'password-reset', token });
    expect((await redeem()).status).to.equal(200);
    expect(JSON.parse((await redeem()).text).code).to.equal('token_burned');
    expect(JSON.parse((await ask('GET', `${ISSUER}/readyz`)).text)).to.deep.equal({ ready: true });
    const jwks = await ask('GET', `${ISSUER}/.well-known/jwks.json`);
    expect(JSON.parse(jwks.text).keys).to.have.length(2);
    expect((await ask('GET', `https://${HOST}/healthz`)).text).to.include('nginx');
    expect((await ask('GET', `${ISSUER}/metrics`)).text)
      .to.include('nginx')
      .and.not.include('matchstick_');
  });

  it('is reached by the client at the URL with the prefix', async () => {
    const viaNginx: typeof fetch = async (url, init) => {
      const headers = Object.fromEntries(new Headers(init?.headers));
      const {
        status,
        text,
        headers: given,
      } = await ask(init?.method ?? 'GET', String(url), {
        body: String(init?.body ?? ''),
        headers,
      });
      return new Response(text, { status, headers: { 'Content-Type': given['content-type'] ?? '' } });
    };
    const client = createClient({ url: ISSUER, key: deployment.callerKeys.main, fetch: viaNginx });
    const { token } = await client.mint('password-reset', { subject: 'user-43' });
    expect((await client.redeem(token, 'password-reset')).subject).to.equal('user-43');
  });

  it('opens a link below the prefix, and its button leads on', async () => {
    const { url } = await mint();
    expect(url).to.match(/^https:\/\/app\.example\.com\/matchstick\/l\/[\w-]{22}$/);
    const page = await ask('GET', url, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(page.status, page.text).to.equal(200);
    expect(page.headers['content-security-policy']).to.include("default-src 'none'");
    expect(page.headers).to.not.have.property('content-encoding');
    const press = (origin: string, attempt: string) =>
      ask('POST', url, {
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin },
        body: new URLSearchParams({ attempt }).toString(),
      });
    expect((await press('https://evil.example.com', attemptIn(page))).headers.location).to.equal(undefined);
    const pressed = await press(`https://${HOST}`, attemptIn(page));
    expect(pressed.headers.location ?? pressed.text).to.include(`https://${HOST}/reset?redemption=`);
    expect((await ask('GET', url)).status).to.equal(410);
  });

  it('hands on, and logs, the id of the request', async () => {
    const given = await callV1('tokens', order, { 'X-Request-Id': 'from-the-client.1' });
    expect(given.headers['x-request-id']).to.equal('from-the-client.1');
    const { headers } = await callV1('tokens', order);
    expect(headers['x-request-id']).to.match(/^[0-9a-f]{32}$/);
    await logged(new RegExp(`POST /matchstick/v1/tokens" 201 .* ${headers['x-request-id']}$`, 'm'));
  });

  it('lets the service count strangers by the address that nginx saw, not by what they write', async () => {
    const stranger = async (from: string, index: number) => {
      const headers = { 'Content-Type': 'application/json', 'X-Forwarded-For': `203.0.113.${index}` };
      return (await ask('POST', `${ISSUER}/v1/tokens`, { from, headers, body: '{}' })).status;
    };
    const statuses: number[] = [];
    for (let index = 0; index < STRANGERS + 2; index++) statuses.push(await stranger('127.0.0.2', index));
    expect(statuses).to.deep.equal([...Array(STRANGERS).fill(401), 429, 429]);
    expect(await stranger('127.0.0.3', 0)).to.equal(401);
  });

  it('lets the largest batch through, and nothing larger', async () => {
    const batch = await callV1('tokens/batch', ' '.repeat(2 * MIB));
    expect(batch.headers['content-type'], batch.text).to.equal('application/problem+json');
    const larger = await callV1('tokens/batch', ' '.repeat(2 * MIB + 1));
    expect(larger.status).to.equal(413);
  });

  it('goes to the other instance while one is away, also with a POST that was not sent at all', async () => {
    services[0].process.kill('SIGKILL');
    await services[0].process.exited();
    for (let round = 0; round < 10; round++) expect((await callV1('tokens', order)).status).to.equal(201);
  });

  it('never sends a POST again, while it does so with a GET', async () => {
    const seen: string[] = [];
    const dropping = createServer(({ method = '', socket }) => {
      seen.push(method);
      socket.destroy();
    });
    await new Promise<void>((resolve) => dropping.listen(0, '127.0.0.1', resolve));
    onClose(() => dropping.close());
    const address: AddressInfo | string | null = dropping.address();
    const upstream = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    [port] = await proxyTo([upstream, upstream]);
    expect((await callV1('redemptions', { purpose: 'password-reset', token: 'x' })).status).to.equal(502);
    expect(seen).to.deep.equal(['POST']);
    // Both are away for a moment now; another nginx knows nothing of it.
    [port] = await proxyTo([upstream, upstream]);
    expect((await ask('GET', `${ISSUER}/readyz`)).status).to.equal(502);
    expect(seen).to.deep.equal(['POST', 'GET', 'GET']);
  });

  it('writes no link into its logs, not even if it goes wrong', async () => {
    const reference = 'A'.repeat(22);
    const dead = `127.0.0.1:${await freePort()}`;
    [port, nginx] = await proxyTo([dead, dead]);
    expect((await ask('GET', `${ISSUER}/l/${reference}`)).status).to.equal(502);
    expect((await ask('GET', `${ISSUER}/healthz`)).status).to.equal(502);
    expect(await logged(/"GET \/matchstick\/l\/-" 502/)).to.not.include(reference);
    expect(nginx.output()).to.include('/matchstick/healthz').and.not.include(reference);
  });
});
