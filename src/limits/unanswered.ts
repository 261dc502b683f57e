import { MatchstickError } from '../errors.ts';

/** Whether this says that the ledger, or the limits beside it, gave no answer. */
export function isUnanswered(outcome: unknown): outcome is MatchstickError {
  return outcome instanceof MatchstickError && outcome.code === 'ledger_unavailable';
}

/**
 * Does what a share was taken for. If the ledger gives no answer, the share is given back: whoever asks again is not
 * limited for what did not happen. Nobody waits for that, and if it fails, the share stays taken.
 */
export async function orGiveBack<Outcome>(
  work: () => Promise<Outcome>,
  giveBack: () => Promise<void>,
): Promise<Outcome> {
  try {
    const outcome = await work();
    if (isUnanswered(outcome)) giveBack().catch(() => {});
    return outcome;
  } catch (error) {
    if (isUnanswered(error)) giveBack().catch(() => {});
    throw error;
  }
}
