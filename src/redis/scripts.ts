import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LedgerClient } from './client.ts';

export interface Script {
  readonly source: string;
  readonly sha1: string;
}

/** Each script, and the files that are put in front of it. */
const SHARED = {
  burn: ['ledger', 'records', 'subjects'],
  settle: ['ledger', 'records'],
  collect: ['ledger', 'records'],
  revoke: ['ledger', 'records'],
  'revoke-subject': ['ledger', 'subjects'],
  register: ['ledger', 'records', 'subjects'],
  inspect: ['ledger', 'records', 'subjects'],
  'deposit-put': ['ledger', 'deposits'],
  'deposit-find': ['ledger', 'deposits'],
  'deposit-guess': ['ledger', 'deposits'],
  'tell-epoch': ['ledger'],
  'look-epoch': ['ledger'],
  'end-epoch': ['ledger'],
  freeze: ['ledger'],
  thaw: ['ledger'],
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
