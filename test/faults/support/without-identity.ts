import type { LedgerClient } from '../../../src/redis/client.ts';
import type { LedgerConnection } from '../../../src/redis/connection.ts';
import { answeringScripts, isDigest } from '../../support/answering-scripts.ts';

/** The line of ledger.lua that ends an epoch on any server but its own. */
const COMPARISON = 'elseif lives_on ~= identity then';

/**
 * The same connection, for a ledger whose scripts take every server for the epoch's own: it shows
 * which faults nothing but the identity of the server withstands.
 */
export function withoutIdentity(connection: LedgerConnection): LedgerConnection {
  return {
    ...connection,
    answer: (ask) => connection.answer((redis) => ask(withScripts(redis, ignoreIdentity))),
  };
}

/** A client that knows no script by its digest, so that each is sent as it is, and changed on the way. */
function withScripts(redis: LedgerClient, change: (source: string) => string): LedgerClient {
  return answeringScripts(redis, async (script, keys, ...rest) => {
    if (isDigest(script)) throw new Error('NOSCRIPT scripts are changed here before they are run');
    return redis.eval(change(script), keys, ...rest);
  });
}

function ignoreIdentity(source: string): string {
  if (!source.includes(COMPARISON)) throw new Error(`a script of the ledger without "${COMPARISON}"`);
  return source.replace(COMPARISON, 'elseif false then');
}
