import type { Cluster, Redis } from 'ioredis';
import type { LedgerClient } from './client.ts';
import { examineEngine } from './engine.ts';
import { isForbidden, replyIn } from './error-reply.ts';
import type { Facts, Finding } from './finding.ts';
import { ledgerKeys, limitPrefix } from './keys.ts';
import { UnexpectedReplyError } from './reply.ts';
import { examineRights } from './rights.ts';
import { examineSettings, JUDGED_SETTINGS } from './server-settings.ts';
import { examineWrites } from './writes.ts';

export type { Finding };

/** Where in Redis the ledger is. */
export interface LedgerPlace {
  readonly namespace: string;
  readonly issuer: string;
  readonly shards: number;
}

/**
 * Looks at every master that holds a part of the ledger. Rejects when one gives no answer, or one that says
 * nothing about its fitness: only what Redis really answered makes it unfit. Writes nothing.
 */
export async function examineRedis(client: LedgerClient, place: LedgerPlace): Promise<readonly Finding[]> {
  const servers = isCluster(client) ? client.nodes('master') : [client];
  if (servers.length === 0) throw new Error('no master of the cluster is known');
  const findings = (await Promise.all(servers.map((server) => examineServer(server, place)))).flat();
  const writes = findings.some(({ level }) => level === 'refuse')
    ? []
    : [await examineWrites(client, probeKeys(place, isCluster(client)))];
  const seen = new Map(
    [...findings, ...writes].map((finding) => [`${finding.check} ${finding.detail}`, finding]),
  );
  return [...seen.values()];
}

/** Names that nothing has, beside the keys of the ledger; in a Cluster, one on each node that has a shard. */
function probeKeys({ namespace, issuer, shards }: LedgerPlace, isOfCluster: boolean): readonly string[] {
  const keys = ledgerKeys(namespace, issuer, shards);
  const probed = Array.from({ length: isOfCluster ? shards : 1 }, (_, shard) => shard);
  return probed.map((shard) => keys.meta(shard).replace(/m$/, 'probe'));
}

async function examineServer(server: Redis, place: LedgerPlace): Promise<readonly Finding[]> {
  const identity = await examineIdentity(server);
  const info = await unlessForbidden(server.info());
  if (info === undefined) return [identity];
  if (typeof info !== 'string' || !info.includes('redis_version:')) throw new UnexpectedReplyError();
  const facts = parseInfo(info);
  const engine = examineEngine(facts);
  const keys = [...probeKeys(place, false), `${limitPrefix(place.namespace, place.issuer)}:probe`];
  const isTooOld = engine.level === 'refuse';
  const rights =
    isTooOld || identity.level === 'refuse' ? [] : [await examineRights(server, place.namespace, keys)];
  return [
    engine,
    examineRole(facts),
    identity,
    ...rights,
    ...examineSettings(facts, isTooOld ? new Map() : await configOf(server)),
  ];
}

function examineRole(facts: Facts): Finding {
  const role = facts.get('role') ?? 'unknown';
  if (role === 'master') return { check: 'role', level: 'good', detail: 'is a master' };
  return {
    check: 'role',
    level: 'refuse',
    detail: `is a ${role === 'slave' ? 'replica' : role}: nothing is minted or burned until it is a master; set ledger.redis to its master`,
    mayPass: true,
  };
}

/** 1 when scripts see both halves of the identity. */
const SEES_IDENTITY = `
local facts = redis.call('INFO', 'server', 'replication')
return string.find(facts, '\\nrun_id:%x+') and string.find(facts, '\\nmaster_replid:%x+') and 1 or 0`;

async function examineIdentity(server: Redis): Promise<Finding> {
  let right = '';
  const sees = await server.eval(SEES_IDENTITY, 0).catch((error: unknown) => {
    if (!isForbidden(error)) throw error;
    right = /'eval'/.test(replyIn(error) ?? '') ? '+eval' : '+info';
    return 0;
  });
  if (sees === 1) {
    return { check: 'identity', level: 'good', detail: 'tells scripts its run_id and master_replid' };
  }
  if (sees !== 0) throw new UnexpectedReplyError();
  const what = right === '' ? 'hides its run_id or master_replid from scripts' : `the user lacks ${right}`;
  return {
    check: 'identity',
    level: 'refuse',
    detail: `${what}, so a lost memory could not be noticed; docs/redis.md has everything that a user needs`,
  };
}

function parseInfo(text: string): Facts {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

/** Settings that the server lets this user read; managed servers let none be read. */
async function configOf(server: Redis): Promise<Facts> {
  const found = new Map<string, string>();
  const answer: unknown = await unlessForbidden(server.config('GET', ...JUDGED_SETTINGS));
  if (!Array.isArray(answer)) return found;
  for (let at = 0; at + 1 < answer.length; at += 2) found.set(String(answer[at]), String(answer[at + 1]));
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
