import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export interface Script {
  readonly source: string;
  readonly sha1: string;
}

export type ScriptName = 'burn' | 'inspect' | 'tell-epoch' | 'end-epoch';

/** Reads the scripts from beside this file. Called when a ledger is made, not at import. */
export function loadScripts(): Readonly<Record<ScriptName, Script>> {
  const shared = readScript('ledger');
  const load = (name: ScriptName): Script => {
    const source = `${shared}\n${readScript(name)}`;
    return { source, sha1: createHash('sha1').update(source).digest('hex') };
  };
  return {
    burn: load('burn'),
    inspect: load('inspect'),
    'tell-epoch': load('tell-epoch'),
    'end-epoch': load('end-epoch'),
  };
}

/** Runs a script by its digest. Only NOSCRIPT, which proves that nothing ran, makes it be sent again. */
export async function runScript(
  redis: Redis,
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
