import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { connect, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { readBody } from '../../src/http/read-body.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { CLAIMING_PURPOSES } from '../support/deployment.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectProblem } from './expect-answer.ts';
import { jsonHeaders, type RawAnswer, type RawRequest, requestOctets, sendRaw } from './raw-http.ts';
import { runService } from './run-service.ts';

const order = '{"purpose":"password-reset","subject":"u"}';

describe('the body of a request', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let headers: readonly string[];
  let authorization: string;

  before(async () => {
    service = await runService(onClose, { purposes: CLAIMING_PURPOSES });
    headers = jsonHeaders(service);
    authorization = headers[0] ?? '';
  });

  const post = (request: RawRequest): Promise<RawAnswer> =>
    sendRaw(service, requestOctets({ path: '/v1/tokens', headers, ...request }));

  for (const type of [
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
  ]) {
    it(`is taken as ${type}`, async () => {
      const answer = await post({ headers: [authorization, `Content-Type: ${type}`], body: order });
      expect(answer.status, answer.text).to.equal(201);
    });
  }

  for (const type of [
    undefined,
    '',
    'json',
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'application/problem+json',
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=utf-16le',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-8; charset=utf-7',
    'application/json; charset="utf-8',
    'application/json; charset=utf-80',
  ]) {
    it(`is answered 415 as ${type ?? 'nothing'}, whatever is in it`, async () => {
      const sent = type === undefined ? [authorization] : [authorization, `Content-Type: ${type}`];
      for (const body of [order, '', '\u0000']) {
        expectProblem(await post({ headers: sent, body }), 'media_type_unsupported', {
          detail: /application\/json.*UTF-8/,
        });
      }
    });
  }

  for (const encoding of ['gzip', 'deflate', 'br', 'x-gzip', 'gzip, gzip', 'compress', 'nonsense']) {
    it(`is answered 415 when it is encoded as ${encoding}`, async () => {
      const sent = [...headers, `Content-Encoding: ${encoding}`];
      for (const body of [gzipSync(order), order]) {
        expectProblem(await post({ headers: sent, body }), 'media_type_unsupported', {
          detail: /Content-Encoding/,
        });
      }
    });
  }

  it('is not unpacked when it is a bomb', async () => {
    const bomb = gzipSync(Buffer.alloc(12_000_000, '['));
    expect(bomb.length).to.be.below(16_384);
    expectProblem(
      await post({ headers: [...headers, 'Content-Encoding: gzip'], body: bomb }),
      'media_type_unsupported',
    );
    expectProblem(await post({ body: bomb }), 'request_invalid', {
      errors: [{ path: '', message: 'the body is not UTF-8' }],
    });
  });

  for (const [what, body, message] of [
    ['nothing', '', 'is empty; send a JSON object'],
    ['only blanks', ' \r\n\t', 'is empty; send a JSON object'],
    ['a byte order mark and nothing else', '\ufeff', 'is empty; send a JSON object'],
    ['half of an object', '{"purpose":"password-reset"', 'is not valid JSON'],
    ['two objects', '{}{}', 'is not valid JSON'],
    ['two byte order marks', `\ufeff\ufeff${order}`, 'is not valid JSON'],
    ['2,500 values', `[${'1,'.repeat(2500)}1]`, 'has more than 2,000 values'],
    ['a long name', `{"${'n'.repeat(300)}":1}`, 'has a member whose name is longer than 256 characters'],
    ['a form', 'purpose=password-reset&subject=u', 'is not valid JSON'],
    ['invalid UTF-8', Buffer.from('{"subject":"\xff"}', 'latin1'), 'is not UTF-8'],
    ['UTF-16', Buffer.from(`\ufeff${order}`, 'utf16le'), 'is not UTF-8'],
    ['a member that comes twice', '{"subject":"a","subject":"b"}', 'has two members of the same name'],
    [
      'an escaped member that comes twice',
      '{"subject":"a","s\\u0075bject":"b"}',
      'has two members of the same name',
    ],
    [
      'a claim that comes twice',
      '{"purpose":"file-download","subject":"u","claims":{"key":"a","key":"b"}}',
      'has two members of the same name',
    ],
    ['a lone surrogate', '{"subject":"\\ud83d"}', 'has a lone surrogate in a string'],
    ['a lone surrogate in a claim name', '{"claims":{"\\udc00":1}}', 'has a lone surrogate in a string'],
    [
      'an order with a __proto__',
      `${order.slice(0, -1)},"__proto__":{"expiresIn":1}}`,
      'has a member named __proto__',
    ],
    ['nine levels', '[[[[[[[[[]]]]]]]]]', 'is nested deeper than 8'],
    ['7,000 levels', `${'['.repeat(7000)}${']'.repeat(7000)}`, 'is nested deeper than 8'],
  ] as const) {
    it(`is answered 400 when it is ${what}`, async () => {
      const answer = await post({ body });
      expectProblem(answer, 'request_invalid', {
        detail: new RegExp(message.replaceAll(/[^\w ]/g, '.')),
        errors: [{ path: '', message: `the body ${message}` }],
      });
    });
  }

  it('may begin with a byte order mark, as some programs write it', async () => {
    expect((await post({ body: `\ufeff${order}` })).status).to.equal(201);
  });

  it('may be 16,384 octets long and not one more', async () => {
    const padded = (length: number) => order + ' '.repeat(length - order.length);
    expect((await post({ body: padded(16_384) })).status).to.equal(201);
    expectProblem(await post({ body: padded(16_385) }), 'request_too_large', {
      detail: /16384/,
    });
  });

  it('may be 2,097,152 octets long for a batch and not one more', async () => {
    const path = '/v1/tokens/batch';
    const padded = (length: number) => `{"tokens":[${order}]}`.padEnd(length);
    expect((await post({ path, body: padded(2_097_152) })).status).to.equal(201);
    expectProblem(await post({ path, body: padded(2_097_153) }), 'request_too_large', {
      detail: /2097152/,
    });
  });

  it('is counted in octets when it comes in chunks', async () => {
    const chunks = (length: number) => {
      const body = order.padEnd(length);
      return `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    };
    const sent = [...headers, 'Transfer-Encoding: chunked'];
    const send = (length: number) => post({ headers: sent, body: chunks(length), contentLength: null });
    expect((await send(16_384)).status).to.equal(201);
    expectProblem(await send(16_385), 'request_too_large');
  });

  it('may come octet by octet up to its usual size, and no longer one in more pieces', async () => {
    const sent = [...headers, 'Transfer-Encoding: chunked'];
    const inOctets = (body: string) => `${[...body].map((octet) => `1\r\n${octet}\r\n`).join('')}0\r\n\r\n`;
    const send = (path: string, body: string) =>
      post({ path, headers: sent, body: inOctets(body), contentLength: null });
    expect((await send('/v1/tokens', order.padEnd(16_384))).status).to.equal(201);
    const batch = `{"tokens":[${order}]}`;
    expect((await send('/v1/tokens/batch', batch.padEnd(16_384))).status).to.equal(201);
    expectProblem(await send('/v1/tokens/batch', batch.padEnd(16_385)), 'request_invalid', {
      detail: /more than 16384 pieces/,
    });
  });

  it('is refused for its Content-Length alone, before it is sent', async () => {
    const answer = await post({ body: '{', contentLength: 1_000_000_000 });
    expectProblem(answer, 'request_too_large', { detail: /16384/ });
  });

  it('of 20 MB is refused without harm', async () => {
    const body = Buffer.alloc(20_000_000, 'x');
    const answer = await call(service, 'POST', '/v1/tokens', { body });
    expectProblem(answer, 'request_too_large');
  });

  it('of a stranger is not read, however long it claims to be', async () => {
    for (const path of ['/v1/tokens', '/v1/tokens/batch', '/v1/redemptions', '/v1/tokens/inspect']) {
      const sent = ['Content-Type: application/json'];
      const answer = await post({ path, headers: sent, body: '{', contentLength: 1_000_000_000 });
      expectProblem(answer, 'caller_unknown', {});
    }
  });

  it('is asked for where a client waits for that, and never by HTTP/1.0, which knows no such answer', async () => {
    for (const version of ['1.1', '1.0']) {
      const octets = requestOctets({
        path: '/v1/tokens',
        headers: [...headers, 'Expect: 100-continue'],
        body: order,
      }).toString();
      const { everything } = await sendRaw(service, octets.replace('HTTP/1.1', `HTTP/${version}`));
      const answers = everything.match(/^HTTP\/1\.1 \d{3}/gm);
      const [asked, answered] = ['HTTP/1.1 100', 'HTTP/1.1 201'];
      expect(answers, version).to.deep.equal(version === '1.1' ? [asked, answered] : [answered]);
    }
  });

  it('that ends before its Content-Length burns nothing and is answered 400', async () => {
    const token = await mintToken(service);
    const body = JSON.stringify({ token, purpose: 'password-reset' });
    const octets = requestOctets({ headers, body, contentLength: body.length + 1 });
    const answer = await sendRaw(service, octets, { hangUp: true });
    expect([answer.status, answer.json?.code]).to.deep.equal([400, 'request_invalid']);
    expect((await redeemToken(service, token)).status).to.equal(200);
  });

  it('of a client that is cut off takes nothing down', async () => {
    const { hostname, port } = new URL(service.url);
    const client = connect(Number(port), hostname);
    await once(client, 'connect');
    client.write(requestOctets({ path: '/v1/tokens', headers, body: order, contentLength: 5000 }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await call(service, 'GET', '/healthz')).status).to.equal(200);
    expect(service.process.output()).to.not.include('unforeseen');
  });

  it('has no fields where a call takes none', async () => {
    const paths = ['commit', 'release', 'collect'].map((what) => `/v1/redemptions/some-id/${what}`);
    for (const path of [...paths, '/v1/keys/rotate', '/v1/keys/some-kid/revoke']) {
      const answer = await post({ path, body: '{"hold":5,"ttl":1}' });
      expect(answer.status, path).to.equal(400);
      expect(answer.json.errors.map((each: { path: string }) => each.path)).to.deep.equal(['hold', 'ttl']);
      const chunked = await post({
        path,
        ...{ headers: [...headers, 'Transfer-Encoding: chunked'], contentLength: null },
        body: '7\r\n{"a":1}\r\n0\r\n\r\n',
      });
      expect(chunked.status, `${path}, chunked`).to.equal(400);
      for (const body of ['{', '[]', 'null']) {
        expect((await post({ path, body })).json.code, body).to.equal('request_invalid');
      }
      const asText = [authorization, 'Content-Type: text/plain'];
      expect((await post({ path, headers: asText, body: '{}' })).json.code).to.equal(
        'media_type_unsupported',
      );
      for (const body of ['{}', '\ufeff{ }', '']) {
        expect((await post({ path, body })).status, body).to.be.oneOf([403, 404]);
      }
      expect((await post({ path, headers: [authorization], body: '' })).status).to.be.oneOf([403, 404]);
    }
  });

  it('of a GET is not looked at', async () => {
    const answer = await post({ method: 'GET', path: '/healthz', headers: [], body: '\ufeff{not json' });
    expect(answer.status).to.equal(200);
  });

  it('is refused without harm, whatever came before', async () => {
    const bodies = ['{', '[[[[[[[[[]]]]]]]]]', '\u0000', '{"a":1,"a":1}', 'x'.repeat(20_000)];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        call(service, 'POST', '/v1/tokens', { body: bodies[index % bodies.length] }),
      ),
    );
    for (const { status } of answers) expect([400, 413]).to.include(status);
    expect((await redeemToken(service, await mintToken(service))).status).to.equal(200);
  });
});

describe('the body of a client that has gone', () => {
  it('is not waited for', async () => {
    const request = new IncomingMessage(new Socket());
    request.destroy();
    await once(request, 'close');
    const failure = await readBody(request, 100, () => {}).catch((error: unknown) => error);
    expect(failure).to.include({ code: 'request_invalid', message: 'The body ended early.' });
  });
});
