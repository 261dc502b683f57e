import type { Call, NoAnswer } from './call.ts';
import { exchange } from './exchange.ts';
import type { ClientSettings } from './options.ts';
import { namingAttempt } from './revive-problem.ts';

/** Makes a call to the service, again while it gets no answer; throws a MatchstickError. */
export type Ask = <T>(call: Call<T>) => Promise<T>;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
/** One try may take this part of the time, so that a connection that hangs leaves time for another. */
const TRIES_IN_TIME = 3;

/**
 * Every call may be made again: redeeming and collecting go by the name of their attempt, ending a hold and
 * revoking are idempotent, and a token that was minted without anybody hearing of it is used by nobody.
 */
export function asker(settings: ClientSettings): Ask {
  const { timeoutMs, retries, web } = settings;
  const tryMs = timeoutMs / Math.min(retries + 1, TRIES_IN_TIME);
  return async <T>(call: Call<T>): Promise<T> => {
    const deadline = web.monotonicMs() + timeoutMs;
    for (let done = 0; ; done++) {
      const exchanged = await exchange(call, settings, Math.min(tryMs, deadline - web.monotonicMs()));
      if (exchanged.answered) return exchanged.answer;
      const pauseMs = pauseBefore(exchanged, done, web.randomFraction());
      if (!exchanged.again || done >= retries || web.monotonicMs() + pauseMs >= deadline) {
        throw namingAttempt(exchanged.error, call.attempt);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
}

/** Doubles each time, as long as the service says at least, and is different for each of many clients. */
function pauseBefore({ error }: NoAnswer, done: number, fraction: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** done, LONGEST_PAUSE_MS);
  const least = (error.extras.retryAfterSeconds ?? 0) * 1000;
  return least + pause * (0.5 + fraction / 2);
}
