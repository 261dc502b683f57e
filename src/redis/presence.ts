import { type Away, AwayError, awayFor, NO_ANSWER, NO_TLS_ANSWER } from './away.ts';
import type { LedgerClient } from './client.ts';
import { AWAY } from './guarded-cluster.ts';

/** That Redis is there, or why it is not. A reason is told once, and again after a minute if it is still the reason. */
export type PresenceReport = (
  now: { readonly here: true } | { readonly here: false; readonly reason: string },
) => void;

export interface Presence {
  /** Why there is no connection, as far as is known. */
  error(): AwayError;
  /** From now on nothing is reported: the connection is being closed here. */
  stop(): void;
}

const REPEATED_MS = 60_000;
/** A connection that lived so long is not one of a row that come and go: what it ends with is told at once. */
const STEADY_MS = 10_000;
const CLOSED: Away = { reason: 'it closed the connection', isLasting: false };

/** Listens to why a client has no connection. ioredis tells it in several ways, and most of its errors say nothing. */
export function watchPresence(
  client: LedgerClient,
  monotonicMs: () => number,
  report: PresenceReport = () => {},
): Presence {
  const reportedMs = new Map<string, number>();
  const noAnswer = usesTls(client) ? NO_TLS_ANSWER : NO_ANSWER;
  let newest = new AwayError({ reason: noAnswer, isLasting: false }, undefined);
  let isStopped = false;
  let hereSinceMs: number | undefined;
  /** What is heard while there is a connection may be the reason of its end. */
  let heardWhileHere: AwayError | undefined;
  let wasReportedAway = false;
  let wasEverHere = false;

  function away(error: AwayError): void {
    if (isStopped) return;
    newest = error;
    const nowMs = monotonicMs();
    if (nowMs - (reportedMs.get(error.message) ?? Number.NEGATIVE_INFINITY) < REPEATED_MS) return;
    reportedMs.set(error.message, nowMs);
    wasReportedAway = true;
    report({ here: false, reason: error.message });
  }

  function heard(error: unknown): void {
    const told = awayFor(error);
    if (!told) return;
    const reason = new AwayError(told.reason === NO_ANSWER ? { ...told, reason: noAnswer } : told, error);
    if (hereSinceMs === undefined) away(reason);
    else heardWhileHere = reason;
  }

  client.on(AWAY, heard);
  client.on('ready', () => {
    hereSinceMs = monotonicMs();
    heardWhileHere = undefined;
    if (wasReportedAway || !wasEverHere) report({ here: true });
    wasReportedAway = false;
    wasEverHere = true;
  });
  client.on('close', () => {
    if (hereSinceMs === undefined) return;
    if (monotonicMs() - hereSinceMs >= STEADY_MS) reportedMs.clear();
    hereSinceMs = undefined;
    away(heardWhileHere ?? new AwayError(CLOSED, undefined));
  });
  return {
    error: () => newest,
    stop: () => {
      isStopped = true;
    },
  };
}

function usesTls({ options }: LedgerClient): boolean {
  const access: unknown = options && 'redisOptions' in options ? options.redisOptions : options;
  return typeof access === 'object' && access !== null && 'tls' in access && access.tls !== undefined;
}
