import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { exchangeOf } from '../../src/http/exchange.ts';
import { cleanupAfter } from '../support/cleanup.ts';

describe('the client of a request', () => {
  const onClose = cleanupAfter(after);

  it('is its own, whoever else came through the same connection of a proxy', async () => {
    const server = createServer((request, response) => {
      const routed = { requestId: 'r', params: {}, query: undefined, proxyHops: 1 };
      const { address, clientAddress } = exchangeOf(request, response, routed);
      expect(clientAddress).to.equal(address);
      response.end(address);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onClose(async () => {
      agent.destroy();
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    let connections = 0;
    server.on('connection', () => connections++);
    for (const client of [undefined, '203.0.113.7', '203.0.113.8', undefined, '203.0.113.7']) {
      const headers = client === undefined ? {} : { 'X-Forwarded-For': client };
      const request = get({ host: '127.0.0.1', port, agent, headers });
      const [response] = await once(request, 'response');
      expect(await text(response)).to.equal(client ?? '127.0.0.1');
    }
    expect(connections).to.equal(1);
  });
});
