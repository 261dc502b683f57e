import { concealOpens } from '../contract/conceal.ts';
import type { ClaimsOf, Matchstick, PurposeMap, Redemption, Settled } from '../contract/matchstick.ts';
import { requireBurned } from '../contract/require-burned.ts';
import type { Ask } from './ask.ts';
import { isRedemption, isSettled } from './is-answer.ts';
import { checkAttempt, idSegment } from './paths.ts';
import type { Web } from './web.ts';

/** The calls that redeem, and that end a hold. */
export function redeemWith<P extends PurposeMap>(
  ask: Ask,
  { randomId }: Pick<Web, 'randomId'>,
): Pick<Matchstick<P>, 'redeem' | 'commit' | 'release' | 'collect'> {
  const settle = async (redemptionId: string, how: 'commit' | 'release') =>
    ask({
      method: 'POST',
      path: `/v1/redemptions/${idSegment(redemptionId, 'redemption')}/${how}`,
      status: 200,
      isAnswer: (answer: unknown): answer is Settled =>
        isSettled(answer) &&
        answer.redemptionId === redemptionId &&
        answer.state === (how === 'commit' ? 'burned' : 'released'),
    });
  return {
    redeem: async <Name extends keyof P & string>(
      token: string,
      purpose: Name,
      options: Parameters<Matchstick<P>['redeem']>[2] = {},
    ) => {
      // Drawn once for all tries, so that a lost answer comes again, and to nobody else.
      const { attempt = randomId(), ...rest } = options;
      const redemption = await ask({
        method: 'POST',
        path: '/v1/redemptions',
        body: { ...rest, token, purpose },
        attempt: checkAttempt(attempt),
        status: 200,
        isAnswer: isRedemptionFor<ClaimsOf<P[Name]>>(purpose, rest.audience),
      });
      return concealOpens(requireBurned(redemption, rest.hold));
    },
    commit: (redemptionId) => settle(redemptionId, 'commit'),
    release: (redemptionId) => settle(redemptionId, 'release'),
    collect: async (redemptionId, { attempt = randomId() } = {}) => {
      const redemption = await ask({
        method: 'POST',
        path: `/v1/redemptions/${idSegment(redemptionId, 'redemption')}/collect`,
        attempt: checkAttempt(attempt),
        status: 200,
        isAnswer: (answer: unknown): answer is Redemption =>
          isRedemption<object>(answer) && answer.redemptionId === redemptionId,
      });
      return concealOpens(redemption);
    },
  };
}

/** An answer about another purpose or audience than was asked for is not an answer. */
function isRedemptionFor<Claims>(purpose: string, audience: string | undefined) {
  return (answer: unknown): answer is Redemption<Claims> =>
    isRedemption<Claims>(answer) &&
    answer.purpose === purpose &&
    (audience === undefined || answer.audience === audience);
}
