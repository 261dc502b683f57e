import { MatchstickError } from '../errors.ts';
import type { LedgerClient } from './client.ts';
import type { LedgerConnection } from './connection.ts';
import { ringKey } from './keys.ts';
import { sendScript } from './named-command.ts';

export interface RedisRingOptions {
  readonly connection: LedgerConnection;
  readonly namespace: string;
  readonly issuer: string;
  /** What Redis is called in errors. */
  readonly where?: string;
}

/**
 * KEYS ring; ARGV the text that is stored, '' for none, and the one to store in its place. Returns 1 if it was stored, 0
 * if something else is there.
 */
const REPLACE_RING = `
local stored = redis.call('GET', KEYS[1]) or ''
if stored == ARGV[2] then return 1 end
if stored ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1`;

/**
 * The ring of keys that every instance on one Redis shares. What is stored there is sealed by whoever stores it. Both
 * throw `ledger_unavailable` if Redis gives no answer.
 */
export function redisRing({ connection, namespace, issuer, where = 'Redis' }: RedisRingOptions) {
  const key = ringKey(namespace, issuer);
  const ask = <T>(question: (redis: LedgerClient) => Promise<T>) =>
    connection.answer(question).catch((error: unknown) => {
      throw noAnswer(where, error instanceof MatchstickError ? error.cause : error);
    });
  return {
    name: 'the ring in Redis',
    read: async (): Promise<string | undefined> => {
      const text = await ask((redis) => redis.get(key));
      return text ?? undefined;
    },
    /** Asked again after a lost answer, it answers the same. */
    replace: async (former: string | undefined, text: string): Promise<boolean> => {
      const replaced = await ask((redis) =>
        sendScript(redis, {
          ...{ name: 'replace-ring', by: 'eval', script: REPLACE_RING },
          keys: [key],
          args: [former ?? '', text],
        }),
      );
      return replaced === 1;
    },
  };
}

function noAnswer(where: string, cause: unknown): MatchstickError {
  const reason = cause instanceof Error ? cause.message : 'it does not say why';
  return new MatchstickError('ledger_unavailable', `${where} has the keys, and gives no answer: ${reason}`, {
    retryAfterSeconds: 1,
    cause,
  });
}
