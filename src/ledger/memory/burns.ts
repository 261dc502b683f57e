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
  type LedgerNote,
  type NewToken,
  type Reach,
  type SignedToken,
  type TokenSubject,
} from '../burn-ledger.ts';
import { memoryRecord } from './record.ts';
import type { MemoryRecord, Standing } from './remembered.ts';

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
  const liveTokens = new Map<string, readonly NewToken[]>();
  const revokedKeys = new Set<string>();
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

  const isRevoked = (id: TokenId, { kid, ...of }: SignedToken) =>
    revokedKeys.has(kid) || isSubjectRevoked(id, of);
  const isSubjectRevoked = (id: TokenId, { subject, purpose }: TokenSubject) =>
    [topicKey(subject), topicKey(subject, purpose)].some(
      (key) => id.generation < (revokedIn.get(key)?.generation ?? 0),
    );

  /** Undefined if something is recorded against a token for good; it may look expired. */
  function standingOf({ id }: NewToken, topic: TokenSubject): Standing | undefined {
    const record = find(id);
    return typeof record === 'string' || isSubjectRevoked(id, topic) ? undefined : record.standing(nowMs());
  }

  function supersede({ id }: NewToken, note: LedgerNote | undefined): void {
    const record = find(id);
    if (typeof record === 'string') return;
    const standing = record.standing(nowMs());
    record.supersede();
    if (standing?.isOpen || standing?.isUnfinished) note?.recorded('token.superseded', nowMs(), id);
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
      return record.settle(request, how, nowMs(), (token) => isRevoked(request.id, token));
    },
    collect: async (request) => {
      const record = find(request.id);
      if (typeof record === 'string') return { outcome: record === 'void' ? 'void' : 'unknown' };
      return record.collect(request, nowMs(), isRevoked(request.id, request));
    },
    revoke: async (id, burnableUntilMs, note) => {
      const record = find(id);
      if (typeof record === 'string') return { ...REACH, outcome: record === 'void' ? 'void' : 'expired' };
      keep(id, record);
      return { ...REACH, ...record.revoke(nowMs(), burnableUntilMs, note) };
    },
    revokeSubject: async (subject, purpose, note) => {
      forgetEnded();
      generation++;
      const mootMinute = Math.ceil(
        (latestMs / 1000 + MAX_LIFETIME_SECONDS + MAX_CLOCK_TOLERANCE_SECONDS) / 60,
      );
      revokedIn.set(topicKey(subject, purpose), { generation, mootMinute });
      note?.recorded('subject.revoked', nowMs());
      return REACH;
    },
    revokeKey: async (kid) => {
      revokedKeys.add(kid);
      return REACH;
    },
    register: async (tokens, topic, live, note) => {
      if (tokens.some(({ id }) => id.epoch !== epoch || find(id) === 'forgotten')) return false;
      const key = topicKey(topic.subject, topic.purpose);
      const registered = liveTokens.get(key) ?? [];
      const isRegistered = ({ id }: NewToken) => registered.some((each) => each.id.nonce === id.nonce);
      const added = tokens.filter((token) => !isRegistered(token));
      // One that is dead already, as on a late retry, takes no other's place.
      if (!added.some((token) => standingOf(token, topic)?.isOpen)) return true;
      const kept: NewToken[] = [];
      let living = 0;
      let over = 0;
      for (const token of [...registered, ...added].reverse()) {
        const standing = standingOf(token, topic);
        if (!standing) continue;
        const { isOpen, isUnfinished } = standing;
        // What looks expired takes no place, and must not come back when the clock goes back.
        const isExpired = !added.includes(token) && nowMs() >= token.burnableUntilMs;
        if (living < live && isOpen && !isExpired) living++;
        else if (living < live && over < live && (isUnfinished || !isOpen)) over++;
        else {
          supersede(token, note);
          continue;
        }
        kept.unshift(token);
      }
      liveTokens.set(key, kept);
      return true;
    },
    inspect: async (id, token) => {
      const record = find(id);
      if (record === 'void') return { state: 'void' };
      if (record === 'forgotten') return { state: 'unrecorded', usesLeft: id.uses };
      return record.state(nowMs(), token !== undefined && isRevoked(id, token));
    },
    mayHaveMinted: async (id) => {
      forgetEnded();
      const latest = latestMs / 1000 + MAX_LIFETIME_SECONDS + MAX_CLOCK_TOLERANCE_SECONDS;
      const lifetimeSeconds = id.expiresAt - id.issuedAt;
      if (id.shard !== 0 || lifetimeSeconds > MAX_LIFETIME_SECONDS || id.expiresAt > latest) return false;
      return id.epoch !== epoch || id.generation <= generation;
    },
    check: async () => {},
    close: async () => {},
  };
}

function topicKey(subject: string, purpose?: string): string {
  return JSON.stringify([subject, purpose]);
}
