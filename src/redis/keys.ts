import { createHash } from 'node:crypto';
import { expiryMinute } from '../ledger/burn-ledger.ts';
import type { TokenId } from '../token/id.ts';
import { placeOf } from './places.ts';

/** The version of keys and records. Ledgers of different layouts share no key, so a new version starts empty beside an older one. */
const LAYOUT = 5;

/** Every key of the ledger. All keys of a shard share a hash tag, so one script may touch them in Cluster. */
export interface LedgerKeys {
  meta(shard: number): string;
  bucket(id: TokenId): string;
  /** The stream of what changed the shard, which its scripts record. */
  records(shard: number): string;
  /** The stream of everything else that happened. */
  notes(shard: number): string;
}

/**
 * The namespace carries a digest of the issuer: deployments that share a server by mistake, staging and
 * production say, never share a record. It carries the number of shards too: what is remembered about a
 * subject must be where its tokens are, so another number is another ledger. `records.lua` derives bucket names from the meta key the same way, and
 * refuses when they differ.
 */
export function ledgerKeys(namespace: string, issuer: string, shards: number): LedgerKeys {
  const start = `${namespace}:${deploymentOf(issuer)}.${shards}.${LAYOUT}`;
  const prefix = (shard: number) => `${start}:{${shard}}`;
  return {
    meta: (shard) => `${prefix(shard)}:m`,
    records: (shard) => `${prefix(shard)}:e`,
    notes: (shard) => `${prefix(shard)}:n`,
    bucket: (id) => `${prefix(id.shard)}:b:${id.epoch}:${expiryMinute(id)}${placeOf(id)}`,
  };
}

/** What the keys of limits begin with. They are no part of the ledger: what they forget lets somebody ask once more. */
export function limitPrefix(namespace: string, issuer: string): string {
  return `${namespace}:${deploymentOf(issuer)}:limit`;
}

/** Where instances that share their keys keep them. */
export function ringKey(namespace: string, issuer: string): string {
  return `${namespace}:${deploymentOf(issuer)}:keys`;
}

function deploymentOf(issuer: string): string {
  return createHash('sha256').update(issuer).digest('hex').slice(0, 8);
}

/** FNV-1a: spreads subjects and secrets evenly; no more hangs on it. */
export function shardOf(subject: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < subject.length; i++) hash = Math.imul(hash ^ subject.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}
