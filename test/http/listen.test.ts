import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { listen } from '../../src/http/listen.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type RawAnswer, requestOctets, sendRaw } from './raw-http.ts';
import { sleep } from './run-service.ts';

const HOST = '127.0.0.1';

describe('a server that listens', () => {
  const onClose = cleanupAfter(after);
  /** Begins with the first test, so that the others pass the time until it is cut off. */
  let slow: Promise<RawAnswer>;

  before(async () => {
    const service = await listen((_request, response) => response.end('here'), {
      host: HOST,
      port: 0,
      newRequestId: randomUUID,
    });
    onClose(() => service.drain(0));
    const url = `http://${HOST}:${service.port}`;
    slow = sendRaw({ url }, 'GET / HTTP/1.1\r\nHost: service\r\nX-A: ');
  });

  it('tells the port that it got', async () => {
    const service = await listen((_request, response) => response.end('here'), {
      host: HOST,
      port: 0,
      newRequestId: randomUUID,
    });
    onClose(() => service.drain(0));
    expect(service.host).to.equal(HOST);
    const answer = await fetch(`http://${HOST}:${service.port}`);
    expect(await answer.text()).to.equal('here');
  });

  it('rejects when the port is taken, and says which', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, HOST, resolve));
    onClose(() => taken.close());
    const address = taken.address();
    if (!address || typeof address === 'string') throw new Error('no port');
    const error: unknown = await listen(() => {}, {
      host: HOST,
      port: address.port,
      newRequestId: randomUUID,
    }).catch((reason: unknown) => reason);
    expect(error).to.be.an('error').with.property('message').that.includes(`${HOST}:${address.port}`);
  });

  it('lets a request under way finish when it drains, and says that the connection ends', async () => {
    let finish = () => {};
    const service = await listen(
      (_request, response) => {
        finish = () => response.end('finished');
      },
      { host: HOST, port: 0, newRequestId: randomUUID },
    );
    const url = `http://${HOST}:${service.port}`;
    const asked = sendRaw({ url }, requestOctets({ method: 'GET', connection: 'keep-alive' }));
    await sleep(50);
    let drained = false;
    const draining = service.drain(60_000).then(() => {
      drained = true;
    });
    await sleep(150);
    expect(drained).to.equal(false);
    finish();
    const answer = await asked;
    await draining;
    expect(answer.status).to.equal(200);
    expect(answer.text).to.include('finished');
    expect(answer.headers.get('connection')).to.equal('close');
  });

  it('cuts what is left when the grace is over', async () => {
    const service = await listen(() => {}, { host: HOST, port: 0, newRequestId: randomUUID });
    const url = `http://${HOST}:${service.port}`;
    const asked = sendRaw({ url }, requestOctets({ method: 'GET' }));
    await sleep(50);
    await service.drain(100);
    expect((await asked).status).to.equal(0);
  });

  it('does not wait for a connection that is kept alive', async () => {
    const service = await listen((_request, response) => response.end('here'), {
      host: HOST,
      port: 0,
      newRequestId: randomUUID,
    });
    await (await fetch(`http://${HOST}:${service.port}`)).text();
    await service.drain(60_000);
  });

  it('does not wait for a connection that never asked anything', async () => {
    const service = await listen((_request, response) => response.end('here'), {
      host: HOST,
      port: 0,
      newRequestId: randomUUID,
    });
    const silent = connect(service.port, HOST);
    silent.on('error', () => {});
    onClose(() => silent.destroy());
    await new Promise((resolve) => silent.on('connect', resolve));
    const drained = service.drain(60_000).then(() => 'drained');
    expect(await Promise.race([drained, sleep(3000).then(() => 'waiting')])).to.equal('drained');
  });

  it('ends a request whose headers do not come to their end, and says why', async () => {
    const answer = await slow;
    expect(answer.closed, 'nothing came within three times the time-out').to.equal(true);
    expect(answer.json).to.include({ code: 'request_invalid', status: 400 });
    expect(answer.json.detail).to.include('in time');
  });
});
