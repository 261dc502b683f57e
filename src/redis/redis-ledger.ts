import { base64url } from 'jose';
import {
  type BurnAnswer,
  type BurnLedger,
  type BurnRequest,
  expiryMinute,
  type LivingEpoch,
  type RecordedState,
} from '../burn/ledger.ts';
import { EPOCH_BYTES, type TokenId } from '../token/token-id.ts';
import { type LedgerConnection, unavailable } from './connection.ts';
import { ledgerKeys, shardOf } from './keys.ts';
import { ledgerClock } from './ledger-clock.ts';
import { countAt, parseReply, type ScriptReply, textAt, UnexpectedReplyError } from './reply.ts';
import { loadScripts, runScript, type ScriptName } from './scripts.ts';
import { type Heard, rememberShards } from './shards.ts';

export interface RedisLedgerOptions {
  readonly connection: LedgerConnection;
  /** Begins every key, together with a digest of the issuer. */
  readonly namespace: string;
  readonly issuer: string;
  /** How many independent memories the ledger is spread over, 1 to 256. */
  readonly shards: number;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
}

/** The ledger in Redis. docs/ledger.md tells the protocol; the scripts beside this file are its core. */
export function redisLedger(options: RedisLedgerOptions): BurnLedger {
  const { connection, monotonicMs } = options;
  const scripts = loadScripts();
  const keys = ledgerKeys(options.namespace, options.issuer);
  const clock = ledgerClock(monotonicMs);
  const shards = rememberShards();
  const asking = new Map<number, Promise<string>>();

  /**
   * One script, asked until it answers. `args` gets an epoch id of its own for every try. An epoch whose
   * total is less than was heard before the question has forgotten burns in place, and is ended.
   */
  async function ask(
    name: ScriptName,
    shard: number,
    scriptKeys: readonly string[],
    args: (freshEpoch: string) => readonly (string | number)[],
  ): Promise<ScriptReply> {
    const heardBefore = shards.last(shard);
    let sentAtMs = 0;
    const raw = await connection.answer((redis) => {
      sentAtMs = monotonicMs();
      const freshEpoch = base64url.encode(options.randomBytes(EPOCH_BYTES));
      return runScript(redis, scripts[name], scriptKeys, args(freshEpoch));
    });
    const reply = understood(() => parseReply(raw));
    clock.heard({ sentAtMs, receivedAtMs: monotonicMs(), serverMs: reply.nowMs });
    shards.heard(shard, reply);
    if (heardBefore && wentBack(reply, heardBefore)) {
      const freshReply = await ask('end-epoch', shard, [keys.meta(shard)], (fresh) => [fresh, reply.epoch]);
      return { ...freshReply, word: name === 'tell-epoch' ? freshReply.word : 'void' };
    }
    return reply;
  }

  /** The shard's living epoch. Whoever asks while the question is under way shares its answer. */
  function askEpoch(shard: number): Promise<string> {
    const underWay = asking.get(shard);
    if (underWay) return underWay;
    const asked = ask('tell-epoch', shard, [keys.meta(shard)], (freshEpoch) => [freshEpoch])
      .then(({ epoch }) => epoch)
      .finally(() => asking.delete(shard));
    asking.set(shard, asked);
    return asked;
  }

  async function living(subject: string): Promise<LivingEpoch> {
    const shard = shardOf(subject, options.shards);
    const epoch = await askEpoch(shard);
    return { shard, epoch, nowMs: Math.floor(clock.atLeastMs() ?? options.nowMs()) };
  }

  async function burn({ id, attempt, caller, burnableUntilMs }: BurnRequest): Promise<BurnAnswer> {
    const { shard, epoch, nonce } = id;
    const scriptKeys = [keys.meta(shard), keys.bucket(id)];
    const reply = await ask('burn', shard, scriptKeys, (freshEpoch) => [
      freshEpoch,
      epoch,
      expiryMinute(id),
      burnableUntilMs,
      nonce,
      attempt,
      caller,
    ]);
    return understood(() => parseBurnAnswer(reply, attempt));
  }

  async function inspect(id: TokenId): Promise<RecordedState> {
    const scriptKeys = [keys.meta(id.shard), keys.bucket(id)];
    const reply = await ask('inspect', id.shard, scriptKeys, () => [id.epoch, expiryMinute(id), id.nonce]);
    return understood(() => parseRecordedState(reply));
  }

  return {
    living,
    burn,
    inspect,
    nowMs: () => clock.atMostMs() ?? options.nowMs(),
    check: async () => {
      await Promise.all(Array.from({ length: options.shards }, (_, shard) => askEpoch(shard)));
    },
    close: () => connection.close(),
  };
}

/** Each burn is counted, so a first burn must be told a total above all that was heard before it was asked. */
function wentBack({ word, epoch, total }: ScriptReply, heardBefore: Heard): boolean {
  if (epoch !== heardBefore.epoch) return false;
  return word === 'burned-now' ? total <= heardBefore.total : total < heardBefore.total;
}

function parseBurnAnswer(reply: ScriptReply, attempt: string): BurnAnswer {
  switch (reply.word) {
    case 'burned-now':
    case 'burned-before': {
      if (textAt(reply, 0) !== attempt) throw new UnexpectedReplyError();
      const repeated = reply.word === 'burned-before';
      return { outcome: 'burned', redeemedAtMs: repeated ? countAt(reply, 1) : reply.nowMs, repeated };
    }
    case 'already-burned':
      return { outcome: 'already-burned', redeemedAtMs: countAt(reply, 1), redeemedBy: textAt(reply, 2) };
    case 'expired':
      return { outcome: 'expired' };
    case 'void':
      return { outcome: 'void' };
    default:
      throw new UnexpectedReplyError();
  }
}

function parseRecordedState(reply: ScriptReply): RecordedState {
  switch (reply.word) {
    case 'burned':
      return {
        state: 'burned',
        attempt: textAt(reply, 0),
        redeemedAtMs: countAt(reply, 1),
        redeemedBy: textAt(reply, 2),
      };
    case 'unrecorded':
      return { state: 'unrecorded' };
    case 'void':
      return { state: 'void' };
    default:
      throw new UnexpectedReplyError();
  }
}

/** A reply that nobody understands is no answer. */
function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw unavailable(error);
  }
}
