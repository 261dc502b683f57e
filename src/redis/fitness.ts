import type { Cluster, Redis } from 'ioredis';
import type { LedgerClient } from './client.ts';
import { isForbidden } from './error-reply.ts';
import { UnexpectedReplyError } from './reply.ts';

/** What one look at a server found. `refuse`: it cannot hold the ledger. `warn`: it can, at a stated cost. */
export interface Finding {
  readonly check: string;
  readonly level: 'good' | 'note' | 'warn' | 'refuse';
  readonly detail: string;
}

const OLDEST_MAJOR = 7;

/**
 * Looks at every master that holds a part of the ledger. Rejects when one gives no answer, or one that says
 * nothing about its fitness: only what Redis really answered makes it unfit.
 */
export async function examineRedis(client: LedgerClient): Promise<readonly Finding[]> {
  const servers = isCluster(client) ? client.nodes('master') : [client];
  if (servers.length === 0) throw new Error('no master of the cluster is known');
  const findings = await Promise.all(servers.map(examineServer));
  const seen = new Map(findings.flat().map((finding) => [`${finding.check} ${finding.detail}`, finding]));
  return [...seen.values()];
}

async function examineServer(server: Redis): Promise<readonly Finding[]> {
  const identity = await examineIdentity(server);
  const info = await unlessForbidden(server.info());
  if (info === undefined) return [identity];
  if (typeof info !== 'string' || !info.includes('redis_version:')) throw new UnexpectedReplyError();
  const facts = parseInfo(info);
  const settings = await configOf(server, ['appendfsync', 'repl-backlog-ttl', 'lazyfree-lazy-expire']);
  return [
    examineVersion(facts),
    examineRole(facts),
    identity,
    examineEviction(facts),
    examinePersistence(facts, settings),
    examineReplicas(facts, settings),
    examineExpiry(settings),
  ];
}

type Facts = ReadonlyMap<string, string>;

/** The versions on which the tests of the guarantee were run. */
const TRIED = { Redis: /^(7\.0|7\.4|8\.[02])\./, Valkey: /^8\.0\./ };

function examineVersion(facts: Facts): Finding {
  // As its redis_version Valkey tells that of the Redis that it began from.
  const valkeyVersion = facts.get('valkey_version');
  const name = valkeyVersion === undefined ? 'Redis' : 'Valkey';
  const version = valkeyVersion ?? facts.get('redis_version') ?? 'unknown';
  const detail = `is ${name} ${version}`;
  if (Number(version.split('.')[0]) < OLDEST_MAJOR) {
    return { check: 'version', level: 'refuse', detail: `${detail}; the ledger needs Redis 7.0 or newer` };
  }
  if (TRIED[name].test(version)) return { check: 'version', level: 'good', detail };
  return { check: 'version', level: 'note', detail: `${detail}, on which the guarantee was not tried` };
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

/** 1 when scripts see both halves of the identity. */
const SEES_IDENTITY = `
local facts = redis.call('INFO', 'server', 'replication')
return string.find(facts, '\\nrun_id:%x+') and string.find(facts, '\\nmaster_replid:%x+') and 1 or 0`;

async function examineIdentity(server: Redis): Promise<Finding> {
  const sees = await server.eval(SEES_IDENTITY, 0).catch((error: unknown) => {
    if (isForbidden(error)) return 0;
    throw error;
  });
  if (sees === 1) {
    return { check: 'identity', level: 'good', detail: 'tells scripts its run_id and master_replid' };
  }
  if (sees !== 0) throw new UnexpectedReplyError();
  return {
    check: 'identity',
    level: 'refuse',
    detail:
      'hides its run_id or master_replid from scripts, so a lost memory could not be noticed (an ACL user needs +eval +info; docs/ledger.md lists everything, +pttl for limits included)',
  };
}

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
  const detail = `${how}: safe either way. A restart voids what is outstanding, unless it is frozen before (matchstick freeze)`;
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
    const answer = await unlessForbidden(server.config('GET', name));
    if (Array.isArray(answer) && typeof answer[1] === 'string') found.set(name, answer[1]);
  }
  return found;
}

/** Undefined when Redis says that it does not let this user ask, or does not know the command. */
async function unlessForbidden<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

function isCluster(client: LedgerClient): client is Cluster {
  return client.isCluster;
}
