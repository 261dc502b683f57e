import type { Cluster, Redis } from 'ioredis';
import type { LedgerClient } from './client.ts';

/** What one look at a server found. `refuse`: it cannot hold the ledger. `warn`: it can, at a stated cost. */
export interface Finding {
  readonly check: string;
  readonly level: 'good' | 'note' | 'warn' | 'refuse';
  readonly detail: string;
}

const OLDEST_MAJOR = 7;

/** Looks at every master that holds a part of the ledger. Rejects when one does not answer. */
export async function examineRedis(client: LedgerClient): Promise<readonly Finding[]> {
  const servers = isCluster(client) ? client.nodes('master') : [client];
  const findings = await Promise.all(servers.map(examineServer));
  const seen = new Map(findings.flat().map((finding) => [`${finding.check} ${finding.detail}`, finding]));
  return [...seen.values()];
}

async function examineServer(server: Redis): Promise<readonly Finding[]> {
  const info = await server.info().catch((error: unknown) => {
    if (error instanceof Error && /^NOPERM /.test(error.message)) return undefined;
    throw error;
  });
  if (info === undefined) return [HIDDEN_IDENTITY];
  const facts = parseInfo(info);
  const settings = await configOf(server, ['appendfsync', 'repl-backlog-ttl', 'lazyfree-lazy-expire']);
  return [
    examineVersion(facts),
    examineRole(facts),
    await examineIdentity(server),
    examineEviction(facts),
    examinePersistence(facts, settings),
    examineReplicas(facts, settings),
    examineExpiry(settings),
  ];
}

type Facts = ReadonlyMap<string, string>;

function examineVersion(facts: Facts): Finding {
  const version = facts.get('redis_version') ?? 'unknown';
  const name = facts.get('server_name') ?? 'redis';
  if (Number(version.split('.')[0]) < OLDEST_MAJOR) {
    return {
      check: 'version',
      level: 'refuse',
      detail: `is ${version}; the ledger needs Redis 7.0 or newer`,
    };
  }
  const tried = name === 'redis' && version.startsWith('7.');
  const detail = `is ${name} ${version}`;
  if (tried) return { check: 'version', level: 'good', detail };
  return { check: 'version', level: 'note', detail: `${detail}; the guarantee was tried on Redis 7 only` };
}

function examineRole(facts: Facts): Finding {
  const role = facts.get('role') ?? 'unknown';
  if (role === 'master') return { check: 'role', level: 'good', detail: 'is a master' };
  return {
    check: 'role',
    level: 'warn',
    detail: `is a ${role}: nothing is minted or burned until it is a master`,
  };
}

async function examineIdentity(server: Redis): Promise<Finding> {
  const script = "return string.find(redis.call('INFO', 'replication'), '\\nmaster_replid:%x+') and 1 or 0";
  const told = await server.eval(script, 0).catch(() => 0);
  if (told === 1) return { check: 'identity', level: 'good', detail: 'tells scripts its master_replid' };
  return HIDDEN_IDENTITY;
}

const HIDDEN_IDENTITY: Finding = {
  check: 'identity',
  level: 'refuse',
  detail:
    'hides its master_replid from scripts, so a lost memory could not be noticed (an ACL user needs +info)',
};

function examineEviction(facts: Facts): Finding {
  const policy = facts.get('maxmemory_policy') ?? 'unknown';
  if (policy === 'noeviction') {
    return {
      check: 'eviction',
      level: 'good',
      detail: 'maxmemory-policy is noeviction: full memory refuses',
    };
  }
  const detail = `maxmemory-policy is ${policy}: one evicted record voids every outstanding token of its shard; set noeviction`;
  return { check: 'eviction', level: 'warn', detail };
}

function examinePersistence(facts: Facts, settings: Facts): Finding {
  const isAof = facts.get('aof_enabled') === '1';
  const how = isAof ? `AOF, fsync ${settings.get('appendfsync') ?? 'unknown'}` : 'no AOF';
  const detail = `${how}: safe either way. A restart voids what is outstanding, unless it is sealed before (matchstick seal)`;
  return { check: 'persistence', level: 'note', detail };
}

function examineReplicas(facts: Facts, settings: Facts): Finding {
  const replicas = Number(facts.get('connected_slaves') ?? 0);
  const ttl = settings.get('repl-backlog-ttl');
  if (replicas === 0) {
    const detail = 'none. Attaching the first one voids what is outstanding: attach replicas before use';
    return { check: 'replicas', level: 'note', detail };
  }
  if (ttl !== undefined && ttl !== '0') {
    const detail = `${replicas}, and repl-backlog-ttl is ${ttl}: losing the last one for that long voids what is outstanding; set 0`;
    return { check: 'replicas', level: 'warn', detail };
  }
  return { check: 'replicas', level: 'good', detail: `${replicas}` };
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

function parseInfo(text: string): Facts {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/** Settings that the server lets this user read; managed servers let none be read. */
async function configOf(server: Redis, names: readonly string[]): Promise<Facts> {
  const found = new Map<string, string>();
  for (const name of names) {
    const answer = await server.config('GET', name).catch(() => []);
    if (Array.isArray(answer) && typeof answer[1] === 'string') found.set(name, answer[1]);
  }
  return found;
}

function isCluster(client: LedgerClient): client is Cluster {
  return client.isCluster;
}
