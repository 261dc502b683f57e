import { MatchstickError, requestInvalid } from '../errors.ts';
import { DEFAULT_HOLD_SECONDS } from './limits.ts';
import type { Matchstick, PurposeMap, Redemption } from './matchstick.ts';

/** `use`, for whatever can redeem with a hold, commit and release. */
export function useBy<P extends PurposeMap>(
  held: Pick<Matchstick<P>, 'redeem' | 'commit' | 'release'>,
): Matchstick<P>['use'] {
  return async (token, purpose, handler, options = {}) => {
    // The same attempt would get the same hold again. With a new attempt, each handler has its own hold.
    if ('attempt' in options) {
      throw requestInvalid([{ path: 'attempt', message: 'use draws its own: a handler never runs twice' }]);
    }
    const hold = options.hold ?? DEFAULT_HOLD_SECONDS;
    const redemption = await held.redeem(token, purpose, { ...options, hold });
    if (redemption.state !== 'held') {
      // The answer to a hold came after its deadline: the token is burned, and nothing may be done for it.
      const { redeemedAt } = redemption;
      throw new MatchstickError('token_burned', 'The hold was over before its handler could run.', {
        redeemedAt,
      });
    }
    return settleAfter(held, redemption, handler);
  };
}

type Settling = Pick<Matchstick, 'commit' | 'release'>;
type Handler<R, Result> = (redemption: R) => Promise<Result> | Result;

async function settleAfter<R extends Redemption, Result>(
  { commit, release }: Settling,
  redemption: R,
  handler: Handler<R, Result>,
): Promise<Result> {
  let result: Result;
  try {
    result = await handler(redemption);
  } catch (error) {
    // Its caller must hear what the handler threw, also when the hold cannot be given back just now.
    await release(redemption.redemptionId).catch(() => {});
    throw error;
  }
  // What the handler has done stands. A hold that could not be ended here is burned at its deadline anyway.
  await commit(redemption.redemptionId).catch(() => {});
  return result;
}
