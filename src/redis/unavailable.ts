import { MatchstickError } from '../errors.ts';

/** No answer: what the question did is unknown. `cause` is for the log. */
export function unavailable(cause: unknown): MatchstickError {
  return new MatchstickError(
    'ledger_unavailable',
    'The ledger gave no answer, so what became of the request is unknown. Try again, with the same Idempotency-Key if it had one.',
    { retryAfterSeconds: 1, cause },
  );
}
