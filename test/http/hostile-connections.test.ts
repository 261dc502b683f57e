import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import fc from 'fast-check';
import { httpServer } from '../../src/http/server.ts';
import { assertProperty } from '../model/replay.ts';
import { sleep } from './run-service.ts';

const RUNS = 60;
const SLOW_MS = 20;
/** Clients that come while somebody else is up to something, and how often each asks. */
const OTHERS = 3;
const QUESTIONS = 3;

/** The beginning of a request and its headers, as a client may put them one after another on one connection. */
const head = fc
  .tuple(
    fc.constantFrom(
      ...[
        'GET /quick',
        'GET /slow',
        'POST /slow',
        'HEAD /quick',
        'OPTIONS *',
        'TRACE /quick',
        'GET http://a/slow',
      ],
      ...['CONNECT a:1', 'CONNECT a:1', 'CONNECT /slow', 'SOURCE /quick', 'PRI *'],
    ),
    fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'RTSP/1.0'),
    fc.subarray([
      'Host: a',
      'Upgrade: websocket\r\nConnection: Upgrade',
      'Connection: close',
      'Expect: 100-continue',
      'Content-Length: 5',
      'Transfer-Encoding: chunked',
      `Fill: ${'x'.repeat(960)}`,
      `Fill: ${'x'.repeat(1500)}`,
    ]),
  )
  .map(([line, version, headers]) => `${[`${line} ${version}`, ...headers].join('\r\n')}\r\n\r\n`);
const body = fc.constantFrom('', '12345', '5\r\n12345\r\n0\r\n\r\n', '\0\0', 'no HTTP\r\n\r\n');
const stream = fc
  .array(fc.tuple(head, body), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.flat().join(''));
/** Where the stream is cut into pieces, and what becomes of the connection after the last one. */
const visit = fc.record({
  stream,
  cuts: fc.array(fc.nat(4000), { maxLength: 2 }),
  end: fc.constantFrom('stay', 'end', 'reset', 'read nothing'),
});
type Visit = typeof visit extends fc.Arbitrary<infer Value> ? Value : never;

describe('a client that sends anything on its connection', () => {
  it('disturbs nobody else, whoever comes after it', async () => {
    const { server, drain } = httpServer(
      (request, response) => {
        const answer = () => response.end(request.url);
        request.resume().on('end', () => (request.url === '/slow' ? setTimeout(answer, SLOW_MS) : answer()));
      },
      { newRequestId: () => 'r' },
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const visits = fc.asyncProperty(fc.array(visit, { minLength: 1, maxLength: 3 }), async (all) => {
      const leave = await Promise.all(all.map((one) => sendAll(one, port)));
      await Promise.all(Array.from({ length: OTHERS }, (_, index) => askPolitely(`/other/${index}`, port)));
      for (const socket of leave) socket.destroy();
    });
    await assertProperty(visits, { runs: RUNS });
    await drain(0, async () => {});
  });
});

async function sendAll({ stream: octets, cuts, end }: Visit, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  if (end === 'read nothing') socket.pause();
  else socket.resume();
  await once(socket, 'connect');
  const places = [0, ...cuts.map((cut) => cut % octets.length).sort((a, b) => a - b), octets.length];
  for (const [index, place] of places.slice(1).entries()) {
    if (socket.writable) socket.write(octets.slice(places[index], place));
    await sleep(1);
  }
  if (end === 'end') socket.end();
  if (end === 'reset') socket.resetAndDestroy();
  return socket;
}

/** Asks one question after another on one connection, and expects the answer to each. */
async function askPolitely(path: string, port: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (let question = 0; question < QUESTIONS; question++) {
      const request = get({ agent, port, host: '127.0.0.1', path: `${path}/${question}` });
      const [response] = await once(request, 'response');
      expect(await text(response)).to.equal(`${path}/${question}`);
      await sleep(SLOW_MS / 2);
    }
  } finally {
    agent.destroy();
  }
}
