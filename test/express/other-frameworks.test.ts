import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type AppRequest, requireCapability } from '../../src/express/index.ts';
import { createMatchstick } from '../../src/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';

/** A request of another framework, given to the guard in spite of its type. */
function asGiven(request: IncomingMessage): AppRequest {
  return Object.assign(request, JSON.parse('{}'));
}

describe('a request that is not of Express', () => {
  const onClose = cleanupAfter(after);

  it('gets its developer a TypeError that says what is needed, and redeems nothing', async () => {
    const matchstick = await createMatchstick({
      issuer: 'https://cap.example.test',
      purposes: { ticket: { audience: 'app', lifetime: '5m' } },
    });
    onClose(matchstick.close);
    const required = requireCapability({ redeem: matchstick, purpose: 'ticket' });
    const passed: unknown[] = [];
    const server = createServer((request, response) => {
      required(asGiven(request), response, (error) => {
        passed.push(error);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onClose(async () => void server.close());
    const { token } = await matchstick.mint('ticket', { subject: 'user-42' });
    const { port } = server.address() as AddressInfo;
    await fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${token}` } });
    expect(passed).to.have.length(1);
    expect(passed[0])
      .to.be.instanceOf(TypeError)
      .with.property('message')
      .that.matches(/Express/);
    expect((await matchstick.inspect(token)).state).to.equal('live');
  });
});
