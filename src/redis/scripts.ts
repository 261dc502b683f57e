import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LedgerClient } from './client.ts';

export interface Script {
  readonly source: string;
  readonly sha1: string;
}

/** Each script, and the files that are put in front of it. */
const SHARED = {
  burn: ['ledger', 'buckets', 'records', 'subjects'],
  settle: ['ledger', 'buckets', 'records'],
  collect: ['ledger', 'buckets', 'records'],
  revoke: ['ledger', 'buckets', 'records'],
  'revoke-subject': ['ledger', 'buckets', 'subjects'],
  register: ['ledger', 'buckets', 'records', 'subjects'],
  inspect: ['ledger', 'buckets', 'records', 'subjects'],
  'deposit-put': ['ledger', 'buckets', 'deposits'],
  'deposit-find': ['ledger', 'deposits'],
  'deposit-guess': ['ledger', 'buckets', 'deposits'],
  'tell-epoch': ['ledger'],
  'look-epoch': ['ledger'],
  'end-epoch': ['ledger'],
  freeze: ['ledger', 'buckets'],
  thaw: ['ledger', 'buckets'],
} as const satisfies Record<string, readonly string[]>;

export type ScriptName = keyof typeof SHARED;

/** Reads a script from beside this file. Called when a ledger is made, not at import. */
export function loadScript(name: ScriptName): Script {
  const source = [...SHARED[name], name].map(readScript).join('\n');
  return { source, sha1: createHash('sha1').update(source).digest('hex') };
}

/** Runs a script by its digest. Only NOSCRIPT, which proves that nothing ran, makes it be sent again. */
export async function runScript(
  redis: LedgerClient,
  script: Script,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.eval(script.source, keys.length, ...keys, ...args);
  }
}

function readScript(name: string): string {
  return readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');
}
