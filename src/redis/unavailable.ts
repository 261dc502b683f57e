import { timestampOf } from '../contract/timestamp.ts';
import { MatchstickError } from '../errors.ts';
import { replyIn } from './error-reply.ts';

/** What every script says of a frozen ledger (scripts/ledger.lua): since when and until when, in unix milliseconds. */
const FROZEN = /^FROZEN .* since (\d{1,15}) until (\d{1,15})\b/;

/** A thaw can come at any moment, and usually comes before the freeze ends by itself. */
const FROZEN_RETRY_SECONDS = 5;

/** No answer: what the question did is unknown. It says so if the ledger is frozen. `cause` is for the log. */
export function unavailable(cause: unknown): MatchstickError {
  const frozen = frozenIn(cause);
  if (frozen !== undefined) {
    return new MatchstickError(
      'ledger_unavailable',
      `${frozen} Try again when it is thawed, with the same Idempotency-Key if the request had one.`,
      { retryAfterSeconds: FROZEN_RETRY_SECONDS, cause },
    );
  }
  return new MatchstickError(
    'ledger_unavailable',
    'The ledger gave no answer, so what became of the request is unknown. Try again, with the same Idempotency-Key if it had one.',
    { retryAfterSeconds: 1, cause },
  );
}

/** What an error says of a freeze, for people; undefined if it says something else. Redis is there then. */
export function frozenIn(error: unknown): string | undefined {
  const reply = replyIn(error instanceof MatchstickError ? error.cause : error);
  const [, sinceMs, untilMs] = FROZEN.exec(reply ?? '') ?? [];
  if (sinceMs === undefined || untilMs === undefined) return undefined;
  const [since, until] = [sinceMs, untilMs].map((ms) => timestampOf(Number(ms)));
  return `The ledger is frozen for a planned restart, since ${since} and until ${until} at the latest.`;
}
