import type { LedgerClient } from './client.ts';

const WATCH_EVERY_MS = 1000;

/**
 * Looks after shards whose epoch was replaced lately, once a second and with every new connection. A memory that has
 * missed a revocation is ended as soon as the connection leads to it, not only when somebody asks.
 */
export function watchReplaced(redis: LedgerClient, look: () => void): () => void {
  const timer = setInterval(() => {
    if (redis.status === 'ready') look();
  }, WATCH_EVERY_MS);
  timer.unref();
  redis.on('ready', look);
  return () => {
    clearInterval(timer);
    redis.removeListener('ready', look);
  };
}
