import type { Redis } from 'ioredis';
import { ClosedEarlyError } from './away.ts';

/** Tells every error of a connection, and when one ends before it has answered anything and without an error. */
export function watchAttempts(redis: Redis, tell: (error: Error) => void): void {
  let isAnswered = false;
  let isTold = false;
  redis.on('connecting', () => {
    isAnswered = false;
    isTold = false;
  });
  redis.on('error', (error: Error) => {
    isTold = true;
    tell(!isAnswered && isReset(error) ? new ClosedEarlyError() : error);
  });
  redis.on('ready', () => {
    isAnswered = true;
  });
  redis.on('close', () => {
    if (!isAnswered && !isTold) tell(new ClosedEarlyError());
  });
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
