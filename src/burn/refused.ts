import { asMatchstickError, MatchstickError } from '../errors.ts';
import type { About, Witness } from '../events/witness.ts';
import type { VerifiedToken } from '../token/verify.ts';

interface Refused {
  readonly about?: About;
  readonly attempt?: string;
  /** It asked about a use of its own: if that is burned, nobody tried a second one. */
  readonly isOwnUse?: true;
}

/** What events say of a token that was verified. */
export function aboutToken({ jti, purpose, sub: subject, aud: audience, kid }: VerifiedToken): About {
  return { jti, purpose, subject, audience, kid };
}

/** Tells that an attempt was refused, and why: with an error of ours, that it got no answer. */
export function tellRefused(witness: Witness, { code, status }: MatchstickError, of: Refused): void {
  const outcome = status >= 500 ? 'error' : 'refused';
  const { isOwnUse, ...told } = of;
  witness.tell('token.refused', { ...told, code, outcome, secondUse: code === 'token_burned' && !isOwnUse });
}

/** Does the work, and tells if it refused or gave no answer. */
export async function tellingRefusals<Answer>(
  witness: Witness,
  of: Refused,
  work: () => Promise<Answer | MatchstickError>,
): Promise<Answer | MatchstickError> {
  try {
    const answer = await work();
    if (answer instanceof MatchstickError) tellRefused(witness, answer, of);
    return answer;
  } catch (error) {
    tellRefused(witness, asMatchstickError(error), of);
    throw error;
  }
}
