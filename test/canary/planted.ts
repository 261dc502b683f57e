// Run by suite.test.ts with the canary: a file of tests that pass, and that leave behind what LEAK names.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startChild } from '../support/child.ts';
import { startRedis } from '../support/redis-server.ts';

const LEAK = process.env.LEAK ?? '';
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
    const redis = LEAK.startsWith('redis:') ? await startRedis() : undefined;
    try {
      await fetch(`http://127.0.0.1:${port}/`, { headers: { Authorization: `Bearer ${secret.key}` } });
      if (LEAK.startsWith('report:')) {
        await fetch(`http://127.0.0.1:${port}/metrics`);
      }
      if (LEAK.startsWith('print:')) {
        const text = `at ${JSON.stringify({ seen: partOf(LEAK) })}`;
        await startChild(process.execPath, ['-e', `console.log(${JSON.stringify(text)})`]).exited();
      }
      await redis?.command('HSET', 'some', 'field', partOf(LEAK));
    } finally {
      await redis?.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

function partOf(leak: string): string {
  const [, name = ''] = leak.split(':');
  const found = Object.entries(secret).find(([each]) => each === name);
  return found ? found[1] : 'nothing';
}
