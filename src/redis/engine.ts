import type { Facts, Finding } from './finding.ts';

const OLDEST_MAJOR = 7;

/** The versions on which the tests of the guarantee were run. */
const TRIED = { Redis: /^(7\.[024]|8\.[026])\./, Valkey: /^(8\.[01]|9\.1)\./ };

/** Servers of others that speak the protocol, by the field that tells their own version. */
const OTHERS: Readonly<Record<string, string>> = {
  dragonfly_version: 'Dragonfly',
  garnet_version: 'Garnet',
  kvrocks_version: 'Kvrocks',
  keydb_version: 'KeyDB',
};

/** Which engine it is, and whether it is one on which the guarantee was tried. */
export function examineEngine(facts: Facts): Finding {
  const check = 'version';
  const [field] = Object.keys(OTHERS).filter((name) => facts.has(name));
  if (field !== undefined) {
    const detail = `is ${OTHERS[field]} ${facts.get(field)}, on which the guarantee was not tried`;
    return { check, level: 'warn', detail };
  }
  // As its redis_version Valkey tells that of the Redis that it began from.
  const valkeyVersion = facts.get('valkey_version');
  const name = valkeyVersion === undefined ? 'Redis' : 'Valkey';
  const version = valkeyVersion ?? facts.get('redis_version') ?? 'unknown';
  const detail = `is ${name} ${version}`;
  if (Number(version.split('.')[0]) < OLDEST_MAJOR) {
    return { check, level: 'refuse', detail: `${detail}; the ledger needs Redis 7.0 or newer` };
  }
  if (TRIED[name].test(version)) return { check, level: 'good', detail };
  return { check, level: 'note', detail: `${detail}, on which the guarantee was not tried` };
}
