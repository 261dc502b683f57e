import { expect } from 'chai';
import { connectLedger } from '../../src/redis/connection.ts';
import { sendScript } from '../../src/redis/named-command.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { startRedis } from '../support/redis-server.ts';
import { startReplyProxy } from '../support/reply-proxy.ts';

const TIMEOUT_MS = 1000;
/** One such answer comes in time, and a second one after it does not. */
const LATE_MS = 600;
const SENT = { name: 'slow', by: 'eval', script: "return 'done'", keys: [], args: [] } as const;

describe('a Redis that answers, but always too late', () => {
  const onClose = cleanupAfter(after);

  it('is left with what waits for it, and answers what is asked then', async () => {
    const server = await startRedis();
    onClose(server.close);
    const proxy = await startReplyProxy(server.port);
    onClose(proxy.close);
    const monotonicMs = () => performance.now();
    const connection = connectLedger({ url: proxy.url }, { timeoutMs: TIMEOUT_MS, monotonicMs });
    onClose(() => connection.close());
    const ask = () =>
      connection.answer((redis) => sendScript(redis, SENT)).catch((error: unknown) => String(error));
    expect(await ask()).to.equal('done');
    let connected = 0;
    connection.redis.on('ready', () => connected++);
    // Each of them after those before it: fifty take half a minute.
    proxy.decide((request) => (request.includes(SENT.script) ? { lateByMs: LATE_MS } : 'pass'));
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    expect(answers.filter((answer) => answer === 'done')).to.have.length(1);
    // Late answers are looked at for half a second more.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(connected).to.equal(1);
    expect(await ask()).to.equal('done');
  });
});
