import { MatchstickError } from '../errors.ts';
import type { Redemption } from './matchstick.ts';

/**
 * The redemption, if it is what was asked for. An attempt that took a hold before gets the hold again, even if it now asks
 * to burn. Granting on that could grant twice, because a hold can be released.
 */
export function requireBurned<R extends Redemption>(redemption: R, hold: number | undefined): R {
  const { state, heldUntil } = redemption;
  if (state === 'burned' || hold !== undefined) return redemption;
  throw new MatchstickError('token_held', 'This attempt holds the token: commit or release it.', {
    ...(heldUntil === undefined ? {} : { heldUntil }),
  });
}
