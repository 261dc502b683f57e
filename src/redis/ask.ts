import { base64url } from 'jose';
import type { LedgerConnection } from './connection.ts';
import { type LedgerKeys, ledgerKeys } from './keys.ts';
import { type LedgerClock, ledgerClock } from './ledger-clock.ts';
import { parseReply, type ScriptReply, understood } from './reply.ts';
import { loadScript, runScript, type Script, type ScriptName } from './scripts.ts';
import { type Heard, rememberShards } from './shards.ts';

export interface ShardsOptions {
  readonly connection: LedgerConnection;
  /** Begins every key, together with a digest of the issuer. */
  readonly namespace: string;
  readonly issuer: string;
  /** How many independent memories the ledger is spread over, 1 to 256. */
  readonly shards: number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly monotonicMs: () => number;
}

const SEED_BYTES = 12;

/** One script at one shard, asked until it answers. `args` gets a random seed of its own for every try. */
export type AskShard = (
  name: ScriptName,
  shard: number,
  scriptKeys: readonly string[],
  args: (seed: string) => readonly (string | number)[],
) => Promise<ScriptReply>;

/** One clock and one memory of what was heard, for everything that one process asks. */
export interface AskedShards {
  readonly ask: AskShard;
  readonly keys: LedgerKeys;
  readonly clock: LedgerClock;
}

/**
 * How the shards are asked. An epoch with fewer changes than were heard of before the question has
 * forgotten some in place: it is ended, and the reply says `void`.
 */
export function askShards(options: ShardsOptions): AskedShards {
  const { connection, monotonicMs } = options;
  const keys = ledgerKeys(options.namespace, options.issuer, options.shards);
  const clock = ledgerClock(monotonicMs);
  const shards = rememberShards();
  const scripts = new Map<ScriptName, Script>();

  function scriptNamed(name: ScriptName): Script {
    const script = scripts.get(name) ?? loadScript(name);
    scripts.set(name, script);
    return script;
  }

  const ask: AskShard = async (name, shard, scriptKeys, args) => {
    const script = scriptNamed(name);
    const heardBefore = shards.last(shard);
    let sentAtMs = 0;
    const raw = await connection.answer((redis) => {
      sentAtMs = monotonicMs();
      const seed = base64url.encode(options.randomBytes(SEED_BYTES));
      return runScript(redis, script, scriptKeys, args(seed));
    });
    const reply = understood(() => parseReply(raw));
    clock.heard({ sentAtMs, receivedAtMs: monotonicMs(), serverMs: reply.nowMs });
    shards.heard(shard, reply);
    if (!heardBefore || !wentBack(reply, heardBefore)) return reply;
    const told = await ask('end-epoch', shard, [keys.meta(shard)], (seed) => [seed, reply.epoch]);
    return { ...told, word: name === 'tell-epoch' ? told.word : 'void' };
  };

  return { ask, keys, clock };
}

/** Every change is counted, so a call that changed something must be told more than all that was heard before it. */
function wentBack({ epoch, changes, changed }: ScriptReply, heardBefore: Heard): boolean {
  if (epoch !== heardBefore.epoch) return false;
  return changed ? changes <= heardBefore.changes : changes < heardBefore.changes;
}
