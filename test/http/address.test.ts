import { createServer } from 'node:net';
import { expect } from 'chai';
import { ListenError, listenOn } from '../../src/http/address.ts';

describe('the address of the service', () => {
  const saidOf = async (host: string) => {
    const server = createServer();
    try {
      await listenOn(server, { host, port: 0 });
      server.close();
      return 'nothing';
    } catch (error) {
      return error instanceof ListenError ? error.message : String(error);
    }
  };

  it('is refused in words, with what to do', async () => {
    const thenWhat = 'Set PORT or HOST to use another address.';
    expect(await saidOf('192.0.2.1')).to.equal(
      `Cannot listen on 192.0.2.1:0: this machine has no such address. ${thenWhat}`,
    );
    const forbidden = Object.assign(new Error('listen EACCES: permission denied ::1:80'), { code: 'EACCES' });
    expect(new ListenError('::1', 80, forbidden).message).to.equal(
      `Cannot listen on [::1]:80: the user that runs this may not use this port; most systems keep those below 1024 for root. ${thenWhat}`,
    );
    const other = Object.assign(new Error('listen EWHAT: what'), { code: 'EWHAT' });
    expect(new ListenError('a', 1, other).message).to.equal(
      `Cannot listen on a:1: listen EWHAT: what. ${thenWhat}`,
    );
  });

  it('leaves out the port that http has anyway, as the issuer does that is made of it', async () => {
    const server = createServer();
    Reflect.set(server, 'listen', (_address: unknown, listening: () => void) => listening());
    Reflect.set(server, 'address', () => ({ address: '::1', family: 'IPv6', port: 80 }));
    expect(await listenOn(server, { host: '::1', port: 80 })).to.deep.equal({
      host: '::1',
      port: 80,
      url: 'http://[::1]',
    });
  });
});
