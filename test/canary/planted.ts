// Run by suite.test.ts with the canary: a file of tests that pass, and that leave behind what LEAKS names.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startChild } from '../support/child.ts';
import { startRedis } from '../support/redis-server.ts';

const LEAKS = (process.env.LEAKS ?? '').split(' ');
const secret = {
  token: `eyJhbGciOiJFUzI1NiJ9.${'cGF5bG9hZC0'.repeat(3)}.${'c2lnbmF0dXJl'.repeat(4)}`,
  key: `ms_main_${'k'.repeat(43)}`,
  reference: 'r'.repeat(22),
  signature: 'ab'.repeat(32),
  code: '482915',
};

describe('tests that pass', () => {
  it('and leave something behind', async () => {
    const answer = JSON.stringify({
      url: `https://cap.example.test/l/${secret.reference}`,
      s3: `https://s3.example.test/o?X-Amz-Signature=${secret.signature}`,
      code: secret.code,
      token: secret.token,
    });
    const server = createServer((_request, response) => response.end(answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const redis = await startRedis();
    try {
      await fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${secret.key}` } });
      for (const leak of LEAKS) {
        const [place, name = ''] = leak.split(':');
        const part = Object.entries(secret).find(([each]) => each === name)?.[1];
        if (place === 'report') await fetch(`http://127.0.0.1:${port}/metrics`);
        if (place === 'print') {
          await startChild('/bin/echo', [`at ${JSON.stringify({ seen: part })}`]).exited();
        }
        if (place === 'redis') await redis.command('HSET', 'some', 'field', part ?? '');
      }
    } finally {
      await redis.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
