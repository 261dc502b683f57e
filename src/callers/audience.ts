import { MatchstickError, requestInvalid } from '../errors.ts';
import type { Purpose } from '../token/purpose.ts';
import type { Caller } from './caller.ts';

/** The audiences as which a caller redeems. Undefined: any, because the purpose has only one. */
export type RedeemingAs = ReadonlySet<string> | undefined;

/**
 * The audience that a request names, or the caller's own. Refuses a caller that names an audience which it is not
 * (`audience_mismatch`), and one that is none of several: whoever redeems must be the one for whom the token is.
 */
export function redeemingAs(
  named: string | undefined,
  { name, audiences: own }: Pick<Caller, 'name' | 'audiences'>,
  purpose: Purpose | undefined,
): RedeemingAs | MatchstickError {
  if (named !== undefined) {
    if (!own || own.has(named)) return new Set([named]);
    const detail = `The caller ${name} may redeem only tokens for ${[...own].join(', ')}.`;
    return new MatchstickError('audience_mismatch', detail);
  }
  if (own || !purpose || purpose.audiences.length === 1) return own;
  return requestInvalid([
    { path: 'audience', message: `is required: one of ${purpose.audiences.join(', ')}` },
  ]);
}
