import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { expect } from 'chai';
import { end } from '../main/start-main.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { programFile } from '../support/program.ts';
import { runMatchstick } from './run-matchstick.ts';

const KEY = `ms_ops_${'k'.repeat(43)}`;
/** Sets a title, clears the screen, reorders what follows, and looks like a line of the command. */
const EVIL = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e\u2028\r\nNext: rm -rf ~';
const AS_OPERATOR = { env: { MATCHSTICK_KEY: KEY, FORCE_COLOR: '1' }, input: 'x' };
const OWN_COLOURS = [1, 22, 31, 39].map((colour) => `\u001b[${colour}m`);
const OBEYED = /(?!\n)[\p{Cc}\u2028\u202e]|^Next: rm/mu;

describe('the command line of a service that lies', function () {
  this.timeout(PATIENCE_MS);
  const onTestEnd = cleanupAfter(afterEach);

  async function lying(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestEnd(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  const asked = (url: string, ...args: readonly string[]) =>
    runMatchstick([...args, '--url', url], AS_OPERATOR);

  it('shows what it says, and obeys nothing of it', async () => {
    const url = await lying(({ url: path = '' }, response) => {
      const isRefusal = path.startsWith('/v1/purposes');
      const body = path.startsWith('/v1/keys')
        ? { rotated: false, rotatesAt: EVIL, keys: [{ kid: EVIL, state: EVIL, since: [EVIL] }] }
        : path.startsWith('/v1/events')
          ? { events: [{ subject: EVIL }], keptSince: EVIL }
          : { url: EVIL, method: 'PUT', headers: { [EVIL]: EVIL } };
      const problem = {
        ...{ type: 'urn:matchstick:problem:caller_forbidden', title: 'No', status: 403, detail: EVIL },
        ...{ code: 'caller_forbidden', errors: [1, 2].map(() => ({ path: EVIL, message: EVIL })) },
      };
      response.writeHead(isRefusal ? 403 : path.startsWith('/v1/s3') ? 201 : 200, {
        'Content-Type': isRefusal ? 'application/problem+json' : 'application/json',
      });
      response.end(JSON.stringify(isRefusal ? problem : body));
    });
    const runs = await Promise.all([
      asked(url, 'keys', 'list'),
      asked(url, 'keys', 'rotate'),
      asked(url, 'events'),
      asked(url, 'purposes'),
    ]);
    for (const { out, err } of runs) {
      const text = OWN_COLOURS.reduce((all, colour) => all.replaceAll(colour, ''), `${out}${err}`);
      expect(text).to.include('\\u001b]0;owned\\u0007').and.include('\\u202e').and.not.match(OBEYED);
    }
    const { out } = await asked(url, 'events', '--json');
    expect(JSON.parse(out)).to.deep.equal({ events: [{ subject: EVIL }], keptSince: EVIL });
    expect(out).to.not.match(OBEYED);
    expect((await asked(url, 'sign', 's', 'put', 'k')).out).to.not.match(/(?!\n)\p{Cc}/u);
  });

  it('says so where something listens that speaks no HTTP, and answers or not', async () => {
    for (const words of ["-ERR unknown command 'GET'\r\n", '']) {
      const server = createTcpServer((socket) => {
        socket.once('data', () => socket.end(words));
        socket.on('error', () => {});
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      onTestEnd(() => server.close());
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const { code, err } = await asked(`http://127.0.0.1:${port}`, 'status');
      expect(err).to.include('it was cut, or what listens there does not speak HTTP');
      expect(code).to.equal(4);
    }
  });

  it('follows no stream of anything but events, and says where some may be missing', async () => {
    const from: unknown[] = [];
    const url = await lying(({ headers }, response) => {
      const streams = from.push(headers['last-event-id']);
      if (streams === 2) {
        const problem = { type: 'urn:matchstick:problem:rate_limited', title: 'Full', status: 429 };
        response.writeHead(429, { 'Content-Type': 'application/problem+json' });
        response.end(JSON.stringify({ ...problem, code: 'rate_limited', detail: 'Many follow.' }));
        return;
      }
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      if (streams === 1)
        response.write(`id: 1\ndata: {"n":"${'\u009b'}"}\n\nevent: gap\ndata: {}\n\ndata: ${EVIL}\n\n`);
      else response.write('x'.repeat(2_000_000));
    });
    const child = startChild(process.execPath, [programFile('assembly/command-line'), 'events', '--follow'], {
      env: { ...process.env, MATCHSTICK_URL: url, MATCHSTICK_KEY: KEY },
    });
    onTestEnd(() => end(child));
    await child.printed(/"n":"\\u009b"/);
    await child.printed(/may be missing/);
    await child.printed(/not an event\. It is asked again/);
    await child.printed(/Following again\..*not an event\. It is asked again/s);
    expect(child.output()).to.not.match(OBEYED).and.not.include('{}');
    expect(from.slice(0, 3)).to.deep.equal([undefined, '1', '1']);
  });

  it('reads no document without end, and quotes no password of a URL', async () => {
    const url = await lying((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const octets = Buffer.alloc(1_048_576, 32);
      const more = () => {
        while (response.write(octets));
        response.once('drain', more);
      };
      more();
    });
    const [endless, named] = await Promise.all([
      // The canary, which listens here, would take in all of it.
      runMatchstick(['openapi', '--url', url], { ...AS_OPERATOR, asProcess: true }),
      asked(url.replace('//', '//me:hunter2@'), 'openapi'),
    ]);
    expect(endless.code).to.equal(4);
    expect(endless.err).to.include('gave more than any answer has.');
    expect(named.code).to.equal(2);
    expect(named.err).to.include('must have no user name and no password').and.not.include('hunter2');
  });

  it('prints the attempt when nobody waits for the answer, and ends', async () => {
    let hear = () => {};
    const heard = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const url = await lying(() => hear());
    const args = ['redeem', 'reset', '--url', url];
    const child = startChild(process.execPath, [programFile('assembly/command-line'), ...args], {
      env: { ...process.env, MATCHSTICK_KEY: KEY, MATCHSTICK_TOKEN: 'x' },
    });
    onTestEnd(() => end(child));
    await heard;
    child.kill('SIGINT');
    expect(await child.exited()).to.equal(75);
    expect(child.output()).to.match(
      /^Nobody waited .*\nAsk again: .*(?:matchstick|command-line\.js) redeem reset --attempt \w{32} --url /,
    );
  });

  it('puts an argument that begins with - where it is not taken for an option', async () => {
    const url = await lying((_request, response) => response.destroy());
    const lost = await runMatchstick(['mint', 'reset', '--uses', '2', '--url', url, '--', '-5'], {
      env: { MATCHSTICK_KEY: KEY },
    });
    expect(lost.code).to.equal(75);
    expect(lost.err).to.include(`Ask again: matchstick mint reset --uses 2 --url ${url} -- -5\n`);
    const wrong = await asked(url, 'keys', 'revoke', '-kid');
    expect(wrong.err).to.include('comes last, after --');
  });
});
