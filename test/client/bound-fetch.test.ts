import { expect } from 'chai';
import {
  type Client,
  type ClientOptions,
  createClient,
  createDpopKey,
  type Fetch,
} from '../../src/client/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { startService } from '../support/service.ts';
import { errorOf } from './example.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';
import { answer, hang, startScripted } from './scripted-service.ts';

const PURPOSES = {
  'service-call': {
    audience: ['billing', 'mailer'],
    lifetime: '60s',
    bind: { request: 'optional', key: 'optional' },
    claims: { type: 'object', properties: { invoice: { type: 'string' } } },
  },
  plain: { audience: 'billing', lifetime: '60s' },
};

const CALL = { capability: 'service-call', audience: 'billing' } as const;

/** Enough for a service nearby on a loaded machine. */
const HASTY_MS = 1500;

describe('fetch with a capability', () => {
  const onClose = cleanupAfter(after);
  let client: Client;
  /** The same, in a hurry. */
  let hasty: Client;
  let receiver: Receiver;
  let plainReceiver: Receiver;
  /** While it is there, requests to the receiver get into it, and not to the receiver. */
  let kept: Received[] | undefined;

  before(async () => {
    const rights = { mint: Object.keys(PURPOSES), redeem: Object.keys(PURPOSES) };
    const deployment = await makeDeployment({ purposes: PURPOSES }, { shop: rights, billing: rights });
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    const as = (caller: string, options: Partial<ClientOptions> = {}) =>
      createClient({ url: service.url, key: deployment.callerKeys[caller] ?? '', ...options });
    client = as('shop', { fetch: keepOrFetch });
    hasty = as('shop', { timeoutMs: HASTY_MS, retries: 0 });
    receiver = await startReceiver(as('billing'), 'service-call');
    onClose(receiver.close);
    plainReceiver = await startReceiver(as('billing'), 'plain');
    onClose(plainReceiver.close);
  });

  const keepOrFetch: Fetch = async (url, init) => {
    if (!kept || !url.startsWith(receiver.url)) return fetch(url, init);
    const request = new Request(url, init);
    const { method, headers } = request;
    kept.push({ method, url, headers: Object.fromEntries(headers), body: await request.text() });
    return new Response();
  };

  /** What is sent, before anybody has received it. */
  async function intercept(sending: () => Promise<unknown>): Promise<Received> {
    kept = [];
    await sending();
    const [call] = kept;
    kept = undefined;
    if (!call) throw new Error('nothing was sent');
    return call;
  }

  /** What the thief of a request sends. */
  function send({ method, url, headers, body }: Received): Promise<Response> {
    const { authorization = '', dpop } = headers;
    return fetch(url, {
      method,
      headers: { authorization, ...(typeof dpop === 'string' ? { dpop } : {}) },
      ...(body === '' ? {} : { body }),
    });
  }

  async function expectRefused(code: string, sent: Promise<Response>): Promise<void> {
    const response = await sent;
    expect(response.status).to.equal(403);
    expect(await response.json()).to.have.property('code', code);
  }

  function lastReceived(): Received {
    const call = receiver.received.at(-1);
    if (!call) throw new Error('nothing was received');
    return call;
  }

  it('reaches the other service, which redeems it once', async () => {
    const response = await client.fetch(`${receiver.url}/invoices?page=2#top`, CALL);
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal({ method: 'GET', path: '/invoices?page=2', body: '' });
    expect(lastReceived().headers.authorization).to.match(/^Bearer /);
    expect(lastReceived().headers).to.not.have.any.keys('dpop', 'content-digest');
    await expectRefused('token_burned', send(lastReceived()));
  });

  it('names the caller as the subject, unless it is told another, and carries claims', async () => {
    const payloadOf = ({ headers }: Received) =>
      JSON.parse(Buffer.from(headers.authorization?.split('.')[1] ?? '', 'base64url').toString());
    const own = await intercept(() => client.fetch(receiver.url, CALL));
    expect(payloadOf(own)).to.include({ sub: 'shop', aud: 'billing', purpose: 'service-call' });
    const given = { subject: 'user-42', claims: { invoice: '7' }, expiresIn: 5 };
    const other = payloadOf(await intercept(() => client.fetch(receiver.url, { ...CALL, ...given })));
    expect(other).to.deep.include({ sub: 'user-42', claims: { invoice: '7' } });
    expect(other.exp - other.iat).to.equal(5);
  });

  const bodies: Readonly<
    Record<string, [body: () => NonNullable<RequestInit['body']>, sent: string, type: RegExp]>
  > = {
    'a string': [() => '{"a":"ü"}', '{"a":"Ã¼"}', /^text\/plain/],
    'an empty string': [() => '', '', /^text\/plain/],
    octets: [() => new Uint8Array([0, 255, 10]), '\x00ÿ\n', /^$/],
    'a part of a buffer': [() => new Uint8Array([1, 65, 66, 2]).subarray(1, 3), 'AB', /^$/],
    'an ArrayBuffer': [() => new Uint8Array([65]).buffer, 'A', /^$/],
    'a form': [() => new URLSearchParams({ a: '1 2' }), 'a=1+2', /^application\/x-www-form-urlencoded/],
    'a Blob': [() => new Blob(['A'], { type: 'text/csv' }), 'A', /^text\/csv$/],
  };

  for (const [what, [body, sent, type]] of Object.entries(bodies)) {
    it(`sends ${what} as a body, and binds the token to it`, async () => {
      const order = () => client.fetch(`${receiver.url}/upload`, { ...CALL, method: 'post', body: body() });
      const response = await order();
      expect(response.status).to.equal(200);
      expect(await response.json()).to.deep.equal({ method: 'POST', path: '/upload', body: sent });
      expect(lastReceived().headers['content-type'] ?? '').to.match(type);
      expect(lastReceived().headers['content-digest']).to.match(/^sha-256=:[A-Za-z0-9+/]{43}=:$/);
      const stolen = await intercept(order);
      await expectRefused('binding_mismatch', send({ ...stolen, body: `${stolen.body}!` }));
    });
  }

  it('binds a POST without a body to having none', async () => {
    const order = () => client.fetch(`${receiver.url}/confirm`, { ...CALL, method: 'POST' });
    expect((await order()).status).to.equal(200);
    const stolen = await intercept(order);
    await expectRefused('binding_mismatch', send({ ...stolen, body: '{"amount":99999}' }));
    expect((await send(stolen)).status).to.equal(200);
  });

  it('sends the body as it was when it was given', async () => {
    const octets = new TextEncoder().encode('pay 1');
    const sending = client.fetch(receiver.url, { ...CALL, method: 'POST', body: octets });
    octets.fill(57);
    expect(await (await sending).json()).to.have.property('body', 'pay 1');
  });

  it('is good for no other method, URL or body', async () => {
    const order = () => client.fetch(`${receiver.url}/pay?to=ada`, { ...CALL, method: 'POST', body: '1' });
    const stolen = await intercept(order);
    const others = [
      { method: 'PUT' },
      { url: `${receiver.url}/pay?to=eve` },
      { url: `${receiver.url}/pay` },
      { body: '2' },
    ];
    for (const other of others) await expectRefused('binding_mismatch', send({ ...stolen, ...other }));
    expect((await send(stolen)).status).to.equal(200);
  });

  it('keeps headers, and sets none that were given', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Trace': '7' };
    await client.fetch(receiver.url, { ...CALL, method: 'POST', body: '{}', headers });
    expect(lastReceived().headers).to.include({ 'content-type': 'application/json', 'x-trace': '7' });
    for (const name of ['authorization', 'dpop', 'content-digest']) {
      const sending = client.fetch(receiver.url, { ...CALL, headers: { [name]: 'mine' } });
      const error: unknown = await sending.catch((thrown: unknown) => thrown);
      expect(error)
        .to.be.an.instanceOf(TypeError)
        .with.property('message')
        .that.includes('is set by this call');
    }
  });

  it('takes no stream, no unencrypted road and no option that would lead the token elsewhere', async () => {
    const count = receiver.received.length;
    const stream = new Blob(['a']).stream();
    const duplex = { duplex: 'half' } as const;
    const wrong: readonly [string, RequestInit, RegExp][] = [
      [receiver.url, { method: 'POST', body: stream, ...duplex }, /^body: /],
      [receiver.url, { redirect: 'follow' }, /^redirect: /],
      ['http://billing.example.test/', {}, /^url: must be https/],
      ['https://user:hunter2@billing.example.test/', {}, /^url: /],
      ['ftp://127.0.0.1/', {}, /^url: /],
      ['/invoices', {}, /^url: /],
    ];
    for (const [url, init, message] of wrong) {
      const error: unknown = await client.fetch(url, { ...CALL, ...init }).catch((thrown: unknown) => thrown);
      expect(error).to.be.an.instanceOf(TypeError).with.property('message').that.matches(message);
      expect(String(error)).to.not.include('hunter2');
    }
    expect(receiver.received.length).to.equal(count);
  });

  it('follows no redirect with the token', async () => {
    const elsewhere = await startScripted(answer(200, {}));
    onClose(elsewhere.close);
    for (const status of [301, 302, 303, 307, 308]) {
      const redirecting = await startScripted(answer(status, '', { Location: elsewhere.url }));
      onClose(redirecting.close);
      expect((await client.fetch(redirecting.url, CALL)).status).to.equal(status);
      const failing = client.fetch(redirecting.url, { ...CALL, redirect: 'error' });
      expect(await failing.catch((error: unknown) => error)).to.be.an.instanceOf(TypeError);
    }
    expect(elsewhere.asked).to.deep.equal([]);
  });

  it('makes the request once, whatever comes of it', async () => {
    const failing = await startScripted(answer(503, ''));
    onClose(failing.close);
    expect((await client.fetch(failing.url, CALL)).status).to.equal(503);
    expect(failing.asked.length).to.equal(1);
  });

  it('waits no longer for an answer than for one of the service, unless it is told how long', async () => {
    const silent = await startScripted(hang);
    onClose(silent.close);
    const began = performance.now();
    const failed: unknown = await hasty.fetch(silent.url, CALL).catch((error: unknown) => error);
    expect(failed).to.have.property('name', 'TimeoutError');
    expect(performance.now() - began).to.be.below(20_000);
    const controller = new AbortController();
    const patient = hasty.fetch(silent.url, { ...CALL, signal: controller.signal });
    const patience = new Promise((resolve) => setTimeout(resolve, 3 * HASTY_MS, 'still waiting'));
    expect(await Promise.race([patient, patience])).to.equal('still waiting');
    controller.abort();
    expect(await patient.catch((error: unknown) => error)).to.have.property('name', 'AbortError');
  });

  it('lets an answer that has begun take its time', async () => {
    const slow = await startScripted(async (_request, response) => {
      response.writeHead(200).flushHeaders();
      await new Promise((resolve) => setTimeout(resolve, 2 * HASTY_MS));
      response.end('slow');
    });
    onClose(slow.close);
    expect(await (await hasty.fetch(slow.url, CALL)).text()).to.equal('slow');
  });

  it('does not send what was aborted, or may not be minted', async () => {
    const count = receiver.received.length;
    const aborted = client.fetch(receiver.url, { ...CALL, signal: AbortSignal.abort() });
    expect(await aborted.catch((error: unknown) => error)).to.have.property('name', 'AbortError');
    const unknown = client.fetch(receiver.url, { ...CALL, capability: 'no-such-purpose' });
    expect((await errorOf(unknown)).code).to.equal('request_invalid');
    const unnamed = client.fetch(receiver.url, { capability: 'service-call' } as typeof CALL);
    expect((await errorOf(unnamed)).extras.errors?.[0]?.path).to.equal('audience');
    expect(receiver.received.length).to.equal(count);
  });

  it('binds nothing where the purpose binds nothing, when it is told so', async () => {
    const plain = { capability: 'plain', audience: 'billing', bind: { request: false } } as const;
    expect((await client.fetch(plainReceiver.url, plain)).status).to.equal(200);
    const { bind, ...bound } = plain;
    const error = await errorOf(client.fetch(plainReceiver.url, bound));
    expect(error.extras.errors?.[0]?.path).to.equal('bind.request');
    expect(bind.request).to.equal(false);
  });

  it('sends tokens that were minted before', async () => {
    const urls = [1, 2, 3].map((number) => `${receiver.url}/invoices/${number}`);
    const orders = urls.map((url) => ({
      subject: 'shop',
      audience: 'billing',
      bind: { request: { method: 'GET', url } },
    }));
    const minted = await client.prefetch('service-call', orders);
    for (const [index, { token }] of minted.entries()) {
      expect((await client.fetch(urls[index] ?? '', { token })).status).to.equal(200);
    }
    expect(await client.prefetch('service-call', [])).to.deep.equal([]);
  });

  it('mints more than one request can ask for', async () => {
    const orders = Array.from({ length: 2001 }, (_, index) => ({ subject: `user-${index}` }));
    const minted = await client.prefetch('plain', orders);
    expect(minted.map(({ subject }) => subject)).to.deep.equal(orders.map(({ subject }) => subject));
  });

  describe('and a key', () => {
    it('proves it, to the service that redeems', async () => {
      const key = await createDpopKey();
      const order = { ...CALL, key, method: 'POST', body: 'a' };
      expect((await client.fetch(`${receiver.url}/pay?to=ada`, order)).status).to.equal(200);
      expect(lastReceived().headers.authorization).to.match(/^DPoP /);
      await expectRefused('token_burned', send(lastReceived()));
    });

    it('is of no use to a thief of the token', async () => {
      const [key, other] = [await createDpopKey(), await createDpopKey()];
      const path = `${receiver.url}/pay`;
      const stolen = await intercept(() => client.fetch(path, { ...CALL, key }));
      const [, token = ''] = stolen.headers.authorization?.split(' ') ?? [];
      await expectRefused('binding_mismatch', client.fetch(path, { token }));
      await expectRefused('binding_mismatch', client.fetch(path, { token, key: other }));
      const proof = await intercept(() => client.fetch(`${path}/2`, { token, key }));
      await expectRefused('binding_mismatch', send({ ...stolen, headers: { ...proof.headers } }));
      expect((await client.fetch(path, { token, key })).status).to.equal(200);
    });

    it('can bind to the key alone', async () => {
      const key = await createDpopKey();
      const stolen = await intercept(() =>
        client.fetch(receiver.url, { ...CALL, key, bind: { request: false } }),
      );
      const [, token = ''] = stolen.headers.authorization?.split(' ') ?? [];
      expect((await client.fetch(`${receiver.url}/anywhere`, { token, key })).status).to.equal(200);
    });
  });
});
