import type { MatchstickEvent } from './event.ts';
import type { EventQuery } from './store.ts';

/** Whether an event is one of those that are meant, wherever it stands. */
export function isMeant(event: MatchstickEvent, query: EventQuery): boolean {
  const { types, purpose, outcome, jti, subject, requestId } = query;
  return (
    (types === undefined || types.has(event.type)) &&
    (purpose === undefined || event.token?.purpose === purpose) &&
    (outcome === undefined || event.outcome === outcome) &&
    (jti === undefined || event.token?.jti === jti) &&
    (subject === undefined || event.token?.subject === subject) &&
    (requestId === undefined || event.requestId === requestId)
  );
}
