import { NO_TRACING, type Tracing } from '../contract/tracing.ts';
import { toBase64url } from '../token/base64url.ts';
import type { LedgerClient } from './client.ts';
import { type LedgerClock, ledgerClock } from './clock.ts';
import type { LedgerConnection } from './connection.ts';
import { type LedgerKeys, ledgerKeys } from './keys.ts';
import { type ObserveScript, observed } from './observe.ts';
import { parseReply, type ScriptReply, understood } from './reply.ts';
import {
  composeScripts,
  runScript,
  type ScriptInput,
  type ScriptName,
  type Scripts,
  scriptCall,
} from './scripts.ts';
import { type Heard, type Relapse, rememberShards, type Shards } from './shards.ts';
import { unavailable } from './unavailable.ts';

export interface ShardsOptions {
  readonly connection: LedgerConnection;
  /** Begins every key, together with a digest of the issuer. */
  readonly namespace: string;
  readonly issuer: string;
  /** How many independent memories the ledger is spread over, 1 to 256. */
  readonly shards: number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly monotonicMs: () => number;
  /** Absent: the product's own. */
  readonly scripts?: Scripts;
  /** Hears what becomes of epochs. */
  readonly onEpoch?: (event: EpochEvent) => void;
  readonly observe?: ObserveScript | undefined;
  /** The name of this process, in the events that the scripts record. */
  readonly instance?: string;
  readonly tracing?: Tracing | undefined;
  /** About how many events each shard keeps of those that change the ledger. Absent: none. */
  readonly keepPerShard?: number;
}

export type EpochEvent = { readonly shard: number } & (
  | /** A shard's epoch was replaced by another; an earlier memory answered and was ended. */
  { readonly what: 'replaced' | Relapse }
  /** A script that this process asked began an epoch. */
  | { readonly what: 'began'; readonly epoch: string; readonly reason: string; readonly atMs: number }
);

export const TAG_BYTES = 12;
/** How often in a row. Somebody who ends an epoch may be led to yet another memory. */
const MOST_RELAPSES = 3;

/**
 * Asks one script at one shard until it answers, and decodes its reply. The tag is drawn anew for every try. Rejects
 * with `ledger_unavailable` if there was no answer, or none that the script's contract knows.
 */
export type AskShard = <Name extends ScriptName, Answer>(
  name: Name,
  shard: number,
  input: ScriptInput<Name>,
  decode: (reply: ScriptReply) => Answer,
) => Promise<Answer>;

/** One clock per shard and one memory of what was heard, for everything that one process asks. */
export interface AskedShards {
  readonly ask: AskShard;
  readonly keys: LedgerKeys;
  readonly clock: LedgerClock;
  readonly memory: Pick<Shards, 'condemn' | 'heardPrevious' | 'wasReplacedLately'>;
}

/**
 * How the shards are asked. An epoch with fewer changes than were heard of before the question has
 * forgotten some in place, and one that had been replaced by another belongs to another memory. It is
 * ended, and the question is asked anew: whatever was recorded in the ended epoch counts for nothing.
 */
export function askShards(options: ShardsOptions): AskedShards {
  const { connection, monotonicMs, onEpoch = () => {}, instance = '', keepPerShard: keep = 0 } = options;
  const keys = ledgerKeys(options.namespace, options.issuer, options.shards);
  const clock = ledgerClock(monotonicMs);
  const memory = rememberShards(monotonicMs, (shard) => onEpoch({ shard, what: 'replaced' }));
  const scripts = options.scripts ?? composeScripts();
  const asked = observed(monotonicMs, options.observe);
  const { tracing = NO_TRACING } = options;

  /** Asks whichever memory answers, and says whether it is an earlier one. */
  async function askAnyMemory<Name extends ScriptName>(
    name: Name,
    shard: number,
    input: ScriptInput<Name>,
  ): Promise<{ reply: ScriptReply; relapse: Relapse | undefined }> {
    const script = scripts(name);
    let heardBefore: Heard | undefined;
    const answered = async (redis: LedgerClient) => {
      const sentAtMs = monotonicMs();
      heardBefore = memory.last(shard);
      const tag = toBase64url(options.randomBytes(TAG_BYTES));
      const call = scriptCall(script, keys.meta(shard), { tag, instance, keep }, input);
      const answer = parseReply(await runScript(redis, script, call), tag);
      clock.heard(shard, { sentAtMs, receivedAtMs: monotonicMs(), serverMs: answer.nowMs });
      return answer;
    };
    const facts = {
      'db.system.name': 'redis',
      'db.operation.name': 'evalsha',
      'db.stored_procedure.name': name,
    };
    const reply = await tracing.span(`matchstick.script ${name}`, facts, () =>
      asked(name, () => connection.answer(answered)),
    );
    const { began: reason, epoch, nowMs: atMs } = reply;
    if (reason !== '') onEpoch({ shard, what: 'began', epoch, reason, atMs });
    return { reply, relapse: memory.heard(shard, reply, heardBefore) };
  }

  const ask: AskShard = async (name, shard, input, decode) => {
    for (let relapses = 0; relapses < MOST_RELAPSES; relapses++) {
      const { reply, relapse } = await askAnyMemory(name, shard, input);
      if (!relapse) return understood(() => decode(reply));
      onEpoch({ shard, what: relapse });
      await askAnyMemory('end-epoch', shard, { endedEpoch: reply.epoch, reason: relapse });
    }
    throw unavailable(new Error('memories of the ledger come and go'));
  };

  return { ask, keys, clock, memory };
}
