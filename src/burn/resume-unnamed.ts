import type { Asked, RetriedAttempts } from '../contract/retried-attempts.ts';
import { MatchstickError } from '../errors.ts';

type Answer<Grant> = Asked &
  (
    | { readonly answer: Grant | MatchstickError }
    | { readonly ended: 'unanswered'; readonly failure: unknown }
  );

/**
 * Asks under the attempts that requests for the same thing left without an answer, or else under `fresh`. Resolves to the
 * grant or the refusal; throws if there was no answer, and then the next request asks under that attempt again.
 */
export async function resumeUnnamed<Grant>(
  key: string,
  fresh: string,
  retried: RetriedAttempts,
  ask: (secret: string) => Promise<Grant | MatchstickError>,
): Promise<Grant | MatchstickError> {
  const asked = await retried.resume(key, async (kept): Promise<Answer<Grant>> => {
    const left = kept ?? fresh;
    try {
      const answer = await ask(left);
      return { ended: answer instanceof MatchstickError ? 'spent' : 'done', answer };
    } catch (failure) {
      return { ended: 'unanswered', left, failure };
    }
  });
  if ('answer' in asked) return asked.answer;
  throw asked.failure;
}
