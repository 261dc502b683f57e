import { timestampOf } from '../contract/timestamp.ts';
import { MatchstickError } from '../errors.ts';
import { replyIn } from './error-reply.ts';

/** What every script says of a frozen ledger (scripts/ledger.lua): until when, in unix milliseconds. */
const FROZEN = /^FROZEN .* until (\d{1,15})\b/;

/** A thaw can come at any moment, and usually comes before the freeze ends by itself. */
const FROZEN_RETRY_SECONDS = 5;

/** No answer: what the question did is unknown. It says so if the ledger is frozen. `cause` is for the log. */
export function unavailable(cause: unknown): MatchstickError {
  const [, frozenUntilMs] = FROZEN.exec(replyIn(cause) ?? '') ?? [];
  if (frozenUntilMs !== undefined) {
    return new MatchstickError(
      'ledger_unavailable',
      `The ledger is frozen for a planned restart, until ${timestampOf(Number(frozenUntilMs))} at the latest. Try again when it is thawed, with the same Idempotency-Key if the request had one.`,
      { retryAfterSeconds: FROZEN_RETRY_SECONDS, cause },
    );
  }
  return new MatchstickError(
    'ledger_unavailable',
    'The ledger gave no answer, so what became of the request is unknown. Try again, with the same Idempotency-Key if it had one.',
    { retryAfterSeconds: 1, cause },
  );
}

/** Whether it has no answer because the ledger is frozen: then Redis is there. */
export function isFrozen(error: unknown): boolean {
  return error instanceof MatchstickError && FROZEN.test(replyIn(error.cause) ?? '');
}
