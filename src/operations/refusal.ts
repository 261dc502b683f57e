import type { Refusal } from '../burn/refusal.ts';
import { MatchstickError } from '../errors.ts';
import { timestampOf } from './fields.ts';

/** An expected no as the error that the caller gets. */
export function refusalError({ code, detail, redeemedAtMs, heldUntilMs }: Refusal): MatchstickError {
  return new MatchstickError(code, detail, {
    ...(redeemedAtMs === undefined ? {} : { redeemedAt: timestampOf(redeemedAtMs) }),
    ...(heldUntilMs === undefined ? {} : { heldUntil: timestampOf(heldUntilMs) }),
  });
}
