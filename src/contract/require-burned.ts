import { MatchstickError } from '../errors.ts';
import type { Redemption } from './matchstick.ts';

/**
 * The redemption, if it is what was asked for. A hold that the same attempt has taken before is told to it again,
 * also where it asks to burn now; whoever grants upon that could grant twice, since a hold may be given back.
 */
export function requireBurned<R extends Redemption>(redemption: R, hold: number | undefined): R {
  const { state, heldUntil } = redemption;
  if (state === 'burned' || hold !== undefined) return redemption;
  throw new MatchstickError('token_held', 'This attempt holds the token: commit or release it.', {
    ...(heldUntil === undefined ? {} : { heldUntil }),
  });
}
