import type { Redis } from 'ioredis';
import { ClosedEarlyError, isReset } from './away.ts';

/** Tells every error of a connection, and when one ends before it has answered anything and without an error. */
export function watchAttempts(redis: Redis, tell: (error: Error) => void): void {
  let stage: 'idle' | 'connected' | 'answered' | 'told' = 'idle';
  redis.on('connecting', () => {
    stage = 'idle';
  });
  redis.on('connect', () => {
    stage = 'connected';
  });
  redis.on('ready', () => {
    stage = 'answered';
  });
  redis.on('error', (error: Error) => {
    hearMore(redis);
    tell(stage !== 'answered' && isReset(error) ? new ClosedEarlyError() : error);
    stage = stage === 'answered' ? stage : 'told';
  });
  redis.on('close', () => {
    if (stage === 'connected') tell(new ClosedEarlyError());
  });
}

/** ioredis listens to one error of a socket. TLS has a second one after some, and nobody to hear it would end the process. */
function hearMore({ stream }: Redis): void {
  if (stream?.listenerCount('error') === 0) stream.on('error', () => {});
}
