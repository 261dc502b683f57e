import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import fc from 'fast-check';
import { httpServer } from '../../src/http/server.ts';
import { assertProperty } from '../model/replay.ts';
import { sleep } from './run-service.ts';

const RUNS = 120;
const SLOW_MS = 20;
/** Clients that come while somebody else is up to something, and how often each asks. */
const OTHERS = 3;
const QUESTIONS = 3;

/** What the service parses of a connection at once: what comes behind it is read by whatever reads the next piece. */
const PIECE_BYTES = 1024;

const head = fc.record({
  line: fc.constantFrom(
    ...[
      'GET /quick',
      'GET /slow',
      'POST /slow',
      'HEAD /quick',
      'OPTIONS *',
      'TRACE /quick',
      'GET http://a/slow',
    ],
    ...['CONNECT a:1', 'CONNECT a:1', 'CONNECT a:1', 'CONNECT /slow', 'SOURCE /quick', 'PRI *'],
  ),
  version: fc.constantFrom(...Array<string>(7).fill('HTTP/1.1'), 'HTTP/1.0', 'HTTP/2.0', 'RTSP/1.0'),
  headers: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.subarray([
        'Upgrade: websocket\r\nConnection: Upgrade',
        'Connection: close',
        'Expect: 100-continue',
        'Content-Length: 5',
        'Transfer-Encoding: chunked',
      ]),
    },
  ),
  hasHost: fc.integer({ min: 0, max: 9 }).map((drawn) => drawn > 0),
});
const part = fc.record({
  head,
  body: fc.constantFrom('', '', '', '12345', '5\r\n12345\r\n0\r\n\r\n', '\0\0', 'no HTTP\r\n\r\n'),
  /** Whether the head is as long as to end with a piece. */
  endsPiece: fc.boolean(),
  /** Whether the rest comes later. */
  pauses: fc.boolean(),
});
/** What a client puts on its connection, one after another, and what becomes of that in the end. */
const visit = fc.record({
  parts: fc.array(part, { minLength: 1, maxLength: 5 }),
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

async function sendAll({ parts, end }: Visit, port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  if (end === 'read nothing') socket.pause();
  else socket.resume();
  await once(socket, 'connect');
  let waiting = '';
  for (const { head: of, body, endsPiece, pauses } of parts) {
    waiting += headText(of, endsPiece ? waiting.length : undefined) + body;
    if (!pauses || !socket.writable) continue;
    socket.write(waiting);
    waiting = '';
    await sleep(1);
  }
  if (socket.writable) socket.write(waiting);
  if (end === 'end') socket.end();
  if (end === 'reset') socket.resetAndDestroy();
  return socket;
}

/** The head of a request, filled up to the end of a piece where it is known how many octets are before it. */
function headText(
  { line, version, headers, hasHost }: Visit['parts'][number]['head'],
  before?: number,
): string {
  const lines = [`${line} ${version}`, ...(hasHost ? ['Host: a'] : []), ...headers].join('\r\n');
  const end = '\r\n\r\n';
  if (before === undefined) return lines + end;
  const filled = `${lines}\r\nFill: `;
  const room = PIECE_BYTES - ((before + filled.length + 1 + end.length) % PIECE_BYTES);
  return `${filled}x${'x'.repeat(room % PIECE_BYTES)}${end}`;
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
