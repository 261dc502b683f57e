import type { Facts, Finding } from './finding.ts';

/** The settings that are judged. Both names of those that older servers name differently. */
export const JUDGED_SETTINGS = [
  ...['appendfsync', 'repl-backlog-ttl', 'lazyfree-lazy-expire', 'save', 'stop-writes-on-bgsave-error'],
  ...['maxmemory', 'min-replicas-to-write', 'cluster-allow-reads-when-down'],
  ...[
    'hash-max-listpack-entries',
    'hash-max-ziplist-entries',
    'hash-max-listpack-value',
    'hash-max-ziplist-value',
  ],
];

/** What a server's settings, and what it says of itself, mean for the ledger. A setting that may not be read is unknown. */
export function examineSettings(facts: Facts, settings: Facts): readonly Finding[] {
  return [
    examineEviction(facts, settings),
    examinePersistence(facts, settings),
    examineReplicas(facts, settings),
    examineExpiry(settings),
    ...examineHashes(settings),
    ...examineDownReads(settings),
  ];
}

function examineEviction(facts: Facts, settings: Facts): Finding {
  const policy = facts.get('maxmemory_policy') ?? 'unknown';
  const limit = facts.get('maxmemory') ?? settings.get('maxmemory');
  if (policy === 'noeviction') {
    const unlimited = limit === '0' ? '; there is no maxmemory, so the machine sets the limit' : '';
    const detail = `maxmemory-policy is noeviction: full memory refuses${unlimited}`;
    return { check: 'eviction', level: 'good', detail };
  }
  const detail = `maxmemory-policy is ${policy}: one evicted record voids every outstanding token of its shard; set noeviction`;
  return { check: 'eviction', level: 'warn', detail };
}

function examinePersistence(facts: Facts, settings: Facts): Finding {
  const isAof = facts.get('aof_enabled') === '1';
  const how = isAof ? `AOF, fsync ${settings.get('appendfsync') ?? 'unknown'}` : 'no AOF';
  const mayStop = settings.get('save') && settings.get('stop-writes-on-bgsave-error') === 'yes';
  const stopping = mayStop ? '. While a save fails, Redis takes no writes (stop-writes-on-bgsave-error)' : '';
  const detail = `${how}: safe either way. A restart voids what is outstanding, unless it is frozen before (matchstick freeze)${stopping}`;
  return { check: 'persistence', level: 'note', detail };
}

function examineReplicas(facts: Facts, settings: Facts): Finding {
  const replicas = Number(facts.get('connected_slaves') ?? 0);
  const ttl = settings.get('repl-backlog-ttl');
  const least = Number(settings.get('min-replicas-to-write') ?? 0);
  if (replicas === 0) {
    const detail = 'none. Attaching the first one voids what is outstanding: attach replicas before use';
    return { check: 'replicas', level: 'note', detail };
  }
  if (ttl !== undefined && ttl !== '0') {
    const detail = `${replicas}, and repl-backlog-ttl is ${ttl}: losing the last one for that long voids what is outstanding; set 0`;
    return { check: 'replicas', level: 'warn', detail };
  }
  const stopping =
    least > 0 ? `; with fewer than ${least} nothing is minted or burned (min-replicas-to-write)` : '';
  return { check: 'replicas', level: 'good', detail: `${replicas}${stopping}` };
}

function examineExpiry(settings: Facts): Finding {
  const lazy = settings.get('lazyfree-lazy-expire');
  if (lazy !== 'no')
    return { check: 'expiry', level: 'good', detail: 'large buckets are freed in the background' };
  return {
    check: 'expiry',
    level: 'note',
    detail: 'lazyfree-lazy-expire is no: fine, the ledger frees its buckets itself',
  };
}

/** Of a list that is kept compact, every read goes through all of it. */
const LONG_LISTPACK = 2048;

function examineHashes(settings: Facts): readonly Finding[] {
  const entries = settings.get('hash-max-listpack-entries') ?? settings.get('hash-max-ziplist-entries');
  const value = settings.get('hash-max-listpack-value') ?? settings.get('hash-max-ziplist-value');
  if (entries === undefined) return [];
  const compact = `hashes of up to ${entries} fields of up to ${value ?? 'unknown'} octets are compact`;
  if (Number(entries) <= LONG_LISTPACK) return [{ check: 'hashes', level: 'good', detail: compact }];
  const detail = `${compact}, and every burn goes through all of one: set hash-max-listpack-entries to 512 or less`;
  return [{ check: 'hashes', level: 'warn', detail }];
}

function examineDownReads(settings: Facts): readonly Finding[] {
  if (settings.get('cluster-allow-reads-when-down') !== 'yes') return [];
  const detail =
    'cluster-allow-reads-when-down is yes: a node that is cut off goes on answering reads, and no script of the ledger is one';
  return [{ check: 'down reads', level: 'note', detail }];
}
