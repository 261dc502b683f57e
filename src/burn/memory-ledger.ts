import { base64url } from 'jose';
import { EPOCH_BYTES, type TokenId } from '../token/token-id.ts';
import {
  type BurnAnswer,
  type BurnLedger,
  type BurnRequest,
  expiryMinute,
  type LivingEpoch,
  REMEMBERED_SECONDS,
  type RecordedState,
} from './ledger.ts';

type Burned = Extract<RecordedState, { state: 'burned' }>;

export interface MemoryLedgerOptions {
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
}

/**
 * A real ledger for one process: its epoch is drawn when it is made and ends with it, so whatever a
 * restart forgets is void, and nothing can be used twice.
 */
export function memoryLedger({ nowMs, randomBytes }: MemoryLedgerOptions): BurnLedger {
  const epoch = base64url.encode(randomBytes(EPOCH_BYTES));
  const buckets = new Map<number, Map<string, Burned>>();
  /** No burn of this expiry minute or an earlier one is remembered, and none is accepted. */
  let forgottenMinute = 0;

  function openBucket(minute: number): Map<string, Burned> {
    const bucket = new Map<string, Burned>();
    const endedMinute = Math.floor((nowMs() / 1000 - REMEMBERED_SECONDS) / 60) - 1;
    for (const old of buckets.keys()) if (old <= endedMinute) buckets.delete(old);
    forgottenMinute = Math.max(forgottenMinute, endedMinute);
    buckets.set(minute, bucket);
    return bucket;
  }

  function burnNow({ id, attempt, caller, burnableUntilMs }: BurnRequest): BurnAnswer {
    const minute = expiryMinute(id);
    if (id.epoch !== epoch) return { outcome: 'void' };
    if (nowMs() >= burnableUntilMs || minute <= forgottenMinute) return { outcome: 'expired' };
    const bucket = buckets.get(minute) ?? openBucket(minute);
    const first = bucket.get(id.nonce);
    if (!first) {
      const redeemedAtMs = nowMs();
      bucket.set(id.nonce, { state: 'burned', attempt, redeemedAtMs, redeemedBy: caller });
      return { outcome: 'burned', redeemedAtMs, repeated: false };
    }
    const { redeemedAtMs, redeemedBy } = first;
    return first.attempt === attempt
      ? { outcome: 'burned', redeemedAtMs, repeated: true }
      : { outcome: 'already-burned', redeemedAtMs, redeemedBy };
  }

  return {
    nowMs,
    living: async (): Promise<LivingEpoch> => ({ shard: 0, epoch, nowMs: nowMs() }),
    burn: async (request) => burnNow(request),
    inspect: async (id: TokenId) =>
      id.epoch === epoch
        ? (buckets.get(expiryMinute(id))?.get(id.nonce) ?? { state: 'unrecorded' })
        : { state: 'void' },
    check: async () => {},
    close: async () => {},
  };
}
