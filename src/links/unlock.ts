import type { Deployment } from '../burn/deployment.ts';
import type { MatchstickError } from '../errors.ts';
import { limitReached, limitSetting } from '../limits/setting.ts';
import { orGiveBack } from '../limits/unanswered.ts';
import { parseCode } from './code.ts';
import { type FoundLink, tryCode } from './link.ts';
import type { VerifiedLink } from './verified-link.ts';

export type Lock = NonNullable<FoundLink['lock']>;

/**
 * Tries the code that was typed. Wrong ones are counted by the subject and purpose of the token, over all its links: the
 * share is taken before the guess, so that no number of guesses at once gets through, and given back after a right one, and if
 * nobody answered whether it is.
 */
export async function unlock(
  lock: Lock,
  { genuine: { token } }: VerifiedLink,
  { reference, code: typed }: { readonly reference: string; readonly code: string | undefined },
  deployment: Deployment,
): Promise<Lock | MatchstickError> {
  const code = parseCode(typed);
  if (code === undefined || lock.triesLeft === 0) return lock;
  const { limits, quotas, log, witness } = deployment;
  const key = JSON.stringify([token.purpose, token.sub]);
  const by = { limit: 'code-per-subject', quota: quotas.code, key } as const;
  const taken = await limits.take(by);
  if (!taken.allowed) {
    const met = { limit: by.limit, purpose: token.purpose };
    if (taken.isFirst) {
      log.warn({ event: 'limit.exceeded', ...met, setting: limitSetting(met) });
      witness.tell('limit.reached', {
        about: { purpose: token.purpose },
        code: met.limit,
        outcome: 'refused',
      });
    }
    return limitReached(by, met, taken);
  }
  const tried = await orGiveBack(
    () => tryCode(reference, code, deployment),
    () => limits.giveBack(by),
  );
  if (tried.isOpen) await limits.giveBack(by);
  else
    log.warn({
      event: 'link.wrong-code',
      purpose: token.purpose,
      jti: token.jti,
      triesLeft: tried.triesLeft,
    });
  return tried;
}
