import type { Refusal } from '../burn/refusal.ts';
import { MatchstickError } from '../errors.ts';
import { timestampOf } from './routes/fields.ts';

/** An expected no as the problem that the caller reads. */
export function refusalProblem({ code, detail, redeemedAtMs, heldUntilMs }: Refusal): MatchstickError {
  return new MatchstickError(code, detail, {
    ...(redeemedAtMs === undefined ? {} : { redeemedAt: timestampOf(redeemedAtMs) }),
    ...(heldUntilMs === undefined ? {} : { heldUntil: timestampOf(heldUntilMs) }),
  });
}
