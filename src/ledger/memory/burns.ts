import { base64url } from 'jose';
import {
  MAX_CLOCK_TOLERANCE_SECONDS,
  MAX_LIFETIME_SECONDS,
  REMEMBERED_SECONDS,
} from '../../contract/limits.ts';
import { EPOCH_BYTES, type TokenId } from '../../token/id.ts';
import {
  type BurnLedger,
  type BurnRequest,
  expiryMinute,
  type Reach,
  type TokenSubject,
} from '../burn-ledger.ts';
import { type MemoryRecord, memoryRecord } from './record.ts';

export interface ProcessLedgerOptions {
  readonly nowMs: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** The epoch that lives as long as this ledger. Default: one that is drawn. */
  readonly epoch?: string;
}

export function drawEpoch(randomBytes: (size: number) => Uint8Array): string {
  return base64url.encode(randomBytes(EPOCH_BYTES));
}

/**
 * A real ledger for one process: its epoch is drawn when it is made and ends with it, so whatever a
 * restart forgets is void, and nothing can be used twice.
 */
export function memoryLedger({
  nowMs,
  randomBytes,
  epoch = drawEpoch(randomBytes),
}: ProcessLedgerOptions): BurnLedger {
  const buckets = new Map<number, Map<string, MemoryRecord>>();
  /** By topic: the generation in which it was revoked, and the tokens of it that live, oldest first. */
  const revokedIn = new Map<string, { readonly generation: number; readonly mootMinute: number }>();
  const liveTokens = new Map<string, readonly LiveToken[]>();
  let generation = 0;
  /** The clock may go back: tokens that were minted before live by the time that it was then. */
  let latestMs = 0;
  /** No burn of this expiry minute or an earlier one is remembered, and none is accepted. */
  let forgottenMinute = 0;

  function forgetEnded(): void {
    latestMs = Math.max(latestMs, nowMs());
    const endedMinute = Math.floor((nowMs() / 1000 - REMEMBERED_SECONDS) / 60) - 1;
    if (endedMinute <= forgottenMinute) return;
    forgottenMinute = endedMinute;
    for (const minute of buckets.keys()) if (minute <= endedMinute) buckets.delete(minute);
    for (const [topic, tokens] of liveTokens) {
      if (tokens.every(({ id }) => expiryMinute(id) <= endedMinute)) liveTokens.delete(topic);
    }
    for (const [topic, { mootMinute }] of revokedIn) if (mootMinute <= endedMinute) revokedIn.delete(topic);
  }

  /** The record of a token of this epoch, or why there is none. */
  function find(id: TokenId): MemoryRecord | 'void' | 'forgotten' {
    forgetEnded();
    if (id.epoch !== epoch) return 'void';
    const minute = expiryMinute(id);
    if (minute <= forgottenMinute) return 'forgotten';
    return buckets.get(minute)?.get(id.nonce) ?? memoryRecord(id.uses);
  }

  function keep(id: TokenId, record: MemoryRecord): void {
    const minute = expiryMinute(id);
    const bucket = buckets.get(minute) ?? new Map<string, MemoryRecord>();
    buckets.set(minute, bucket.set(id.nonce, record));
  }

  const REACH: Reach = { epoch, elsewhere: false };

  const isRevoked = (id: TokenId, { subject, purpose }: TokenSubject) =>
    [topicKey(subject), topicKey(subject, purpose)].some(
      (key) => id.generation < (revokedIn.get(key)?.generation ?? 0),
    );

  /** Whether nothing is recorded against a token for good; it may look expired. */
  function isOpen({ id }: LiveToken, topic: TokenSubject): boolean {
    const record = find(id);
    return typeof record !== 'string' && record.mayStillBeRedeemed(nowMs()) && !isRevoked(id, topic);
  }

  function supersede({ id }: LiveToken): void {
    const record = find(id);
    if (typeof record === 'string') return;
    record.mark('superseded');
    keep(id, record);
  }

  return {
    nowMs,
    living: async () => {
      forgetEnded();
      return { shard: 0, epoch, generation, nowMs: nowMs() };
    },
    burn: async (request: BurnRequest) => {
      const record = find(request.id);
      if (record === 'void') return { outcome: 'void' };
      if (record === 'forgotten') return { outcome: 'expired' };
      keep(request.id, record);
      return record.take(request, nowMs(), isRevoked(request.id, request));
    },
    settle: async (request, how) => {
      const record = find(request.id);
      if (typeof record === 'string') return { outcome: record === 'void' ? 'void' : 'unknown' };
      return record.settle(request, how, nowMs());
    },
    collect: async (request) => {
      const record = find(request.id);
      if (typeof record === 'string') return { outcome: record === 'void' ? 'void' : 'unknown' };
      return record.collect(request, nowMs());
    },
    revoke: async (id, burnableUntilMs) => {
      const record = find(id);
      if (typeof record === 'string') return { ...REACH, outcome: record === 'void' ? 'void' : 'expired' };
      keep(id, record);
      return { ...REACH, ...record.revoke(nowMs(), burnableUntilMs) };
    },
    revokeSubject: async (subject, purpose) => {
      forgetEnded();
      generation++;
      const mootMinute = Math.ceil(
        (latestMs / 1000 + MAX_LIFETIME_SECONDS + MAX_CLOCK_TOLERANCE_SECONDS) / 60,
      );
      revokedIn.set(topicKey(subject, purpose), { generation, mootMinute });
      return REACH;
    },
    register: async (id, topic, live, burnableUntilMs) => {
      if (id.epoch !== epoch) return false;
      const key = topicKey(topic.subject, topic.purpose);
      const registered = liveTokens.get(key) ?? [];
      const token = { id, burnableUntilMs };
      if (find(id) === 'forgotten') return false;
      // One that is dead already, as on a late retry, takes no other's place.
      const isRegistered = registered.some((each) => each.id.nonce === id.nonce);
      if (isRegistered || !isOpen(token, topic)) return true;
      const open = registered.filter((each) => isOpen(each, topic));
      // What looks expired takes no place, and must not come back when the clock goes back.
      const expired = open.filter((each) => nowMs() >= each.burnableUntilMs);
      const living = [...open.filter((each) => !expired.includes(each)), token];
      for (const each of [...expired, ...living.slice(0, -live)]) supersede(each);
      liveTokens.set(key, living.slice(-live));
      return true;
    },
    inspect: async (id, topic) => {
      const record = find(id);
      if (record === 'void') return { state: 'void' };
      if (record === 'forgotten') return { state: 'unrecorded', usesLeft: id.uses };
      const state = record.state(nowMs());
      return state.state === 'unrecorded' && topic && isRevoked(id, topic) ? { state: 'revoked' } : state;
    },
    check: async () => {},
    close: async () => {},
  };
}

interface LiveToken {
  readonly id: TokenId;
  readonly burnableUntilMs: number;
}

function topicKey(subject: string, purpose?: string): string {
  return JSON.stringify([subject, purpose]);
}
