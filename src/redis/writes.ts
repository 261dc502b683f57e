import type { LedgerClient } from './client.ts';
import { isForbidden } from './error-reply.ts';
import type { Finding } from './finding.ts';
import { UnexpectedReplyError } from './reply.ts';

/**
 * KEYS a key that nobody makes. Returns 'OK' or why Redis takes no writes. Redis decides that before it looks at the
 * key; XX writes nothing where nothing is.
 */
const TRY_WRITE = `
local reply = redis.pcall('SET', KEYS[1], '', 'XX')
return type(reply) == 'table' and reply.err or 'OK'`;

const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /^OOM /,
    'memory is full (OOM): nothing is minted or burned until maxmemory is raised or other data is gone',
  ],
  [
    /^MISCONF /,
    'a save to disk failed, so Redis takes no writes (MISCONF): mend the disk; the ledger itself needs no file (save "", appendonly no)',
  ],
  [
    /^NOREPLICAS /,
    'too few replicas are connected for min-replicas-to-write (NOREPLICAS): Redis takes no writes',
  ],
  [
    /^(READONLY|-?READONLY) /,
    'is a replica, which takes no writes (READONLY): set ledger.redis to its master',
  ],
];

/** Whether the masters of these keys take writes now. Rejects when one gives no answer. */
export async function examineWrites(client: LedgerClient, keys: readonly string[]): Promise<Finding> {
  for (const key of keys) {
    const reply = await client.eval(TRY_WRITE, 1, key).catch((error: unknown) => {
      if (isForbidden(error)) return 'OK';
      throw error;
    });
    if (typeof reply !== 'string') throw new UnexpectedReplyError();
    const [, detail] = REFUSALS.find(([pattern]) => pattern.test(reply)) ?? [];
    if (detail !== undefined) return { check: 'writes', level: 'refuse', detail, mayPass: true };
  }
  return { check: 'writes', level: 'good', detail: 'writes are taken' };
}
