import type { Matchstick } from '../contract/matchstick.ts';
import type { Ask } from './ask.ts';
import { isInspected, isPurposeList, isRevoked } from './is-answer.ts';
import { idSegment } from './paths.ts';

/** The calls that ask about tokens, and that end them. */
export function inspectWith(ask: Ask): Pick<Matchstick, 'inspect' | 'revoke' | 'purposes'> {
  return {
    inspect: async (token) =>
      typeof token === 'string'
        ? ask({
            method: 'POST',
            path: '/v1/tokens/inspect',
            body: { token },
            status: 200,
            isAnswer: isInspected,
          })
        : ask({
            method: 'GET',
            path: `/v1/tokens/${idSegment(token.jti, 'jti')}`,
            status: 200,
            isAnswer: isInspected,
          }),
    revoke: async (target) =>
      ask({ method: 'POST', path: '/v1/revocations', body: target, status: 200, isAnswer: isRevoked }),
    purposes: async () =>
      (await ask({ method: 'GET', path: '/v1/purposes', status: 200, isAnswer: isPurposeList })).purposes,
  };
}
