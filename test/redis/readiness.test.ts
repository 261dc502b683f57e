import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import type { LedgerClient } from '../../src/redis/client.ts';
import { watchReadiness } from '../../src/redis/readiness.ts';
import { heapInUse } from '../support/heap.ts';

const TIMEOUT_MS = 1000;
/** Longer than this test may take: whoever waits for it would be seen to wait. */
const FAR_MS = 3_600_000;

describe('waiting for a connection to Redis', () => {
  function watched() {
    let nowMs = 0;
    const redis = new EventEmitter();
    const { wait, stop } = watchReadiness(redis as unknown as LedgerClient, {
      timeoutMs: TIMEOUT_MS,
      monotonicMs: () => nowMs,
    });
    /** How a question that may take that long fares: at once, or once something has happened. */
    const outcome = async (happening: () => void = () => {}): Promise<string> => {
      const waited = wait(nowMs + FAR_MS).then(
        () => 'goes on',
        (error: unknown) => (error instanceof MatchstickError ? error.code : String(error)),
      );
      await new Promise((resolve) => setImmediate(resolve));
      happening();
      const later = new Promise<string>((resolve) => setImmediate(() => resolve('waits')));
      const first = await Promise.race([waited, later]);
      stop();
      return first;
    };
    return { redis, wait, stop, outcome, later: (ms: number) => (nowMs += ms) };
  }

  it('ends when the connection is ready', async () => {
    const { redis, outcome } = watched();
    expect(await outcome()).to.equal('waits');
    expect(await outcome(() => redis.emit('ready'))).to.equal('goes on');
  });

  it('ends when the connection is closed on purpose', async () => {
    const { stop, outcome } = watched();
    expect(await outcome(stop)).to.equal('goes on');
  });

  it('keeps nothing of the questions that waited in vain', async () => {
    const { wait, stop } = watched();
    const waitInVain = (count: number) =>
      Promise.allSettled(Array.from({ length: count }, () => wait(1))).then(() => {});
    await waitInVain(1000);
    const before = heapInUse();
    await waitInVain(10_000);
    expect(heapInUse() - before).to.be.below(4_000_000);
    stop();
  });

  it('is not done for a server that never came within the time of a question', async () => {
    const { outcome, later } = watched();
    later(TIMEOUT_MS);
    expect(await outcome()).to.equal('waits');
    later(1);
    expect(await outcome()).to.equal('ledger_unavailable');
  });

  it('is not done for a server that has been gone that long, counted from when it went', async () => {
    const { redis, outcome, later } = watched();
    redis.emit('ready');
    later(10 * TIMEOUT_MS);
    redis.emit('close');
    later(TIMEOUT_MS / 2);
    redis.emit('close');
    expect(await outcome()).to.equal('waits');
    later(TIMEOUT_MS / 2 + 1);
    expect(await outcome()).to.equal('ledger_unavailable');
    redis.emit('ready');
    expect(await outcome()).to.equal('waits');
  });
});
