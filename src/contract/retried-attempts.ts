/**
 * Attempts that got no answer, so that the next request resumes the same one.
 *
 * A burn whose reply never came may have happened. A caller that named its attempt asks again under that name. One
 * that did not name it would hear "already redeemed", because of its own lost request. So that attempt is kept here, and
 * the next request for the same thing asks under it. The request that left it was not served, and those that resume it
 * go one after another: at most one request ever succeeds by it. If the one that asks gets no answer, those that wait for
 * it get none either: otherwise each would wait longer than the one before.
 */
export interface RetriedAttempts {
  /**
   * Asks under every attempt that was kept for this key, oldest first, until one of them has another answer than that it
   * is spent; under a fresh one (undefined) if none was kept. Resolves to the last answer. Throws the `failure` of
   * a request that it waited for, if that request got no answer.
   */
  resume<Answer extends Asked>(
    key: string,
    ask: (attempt: string | undefined) => Promise<Answer>,
  ): Promise<Answer>;
}

/** How asking under one attempt ended. */
export interface Asked {
  /**
   * `done`: it was served. `spent`: whoever decides refused it, and will again. `untried`: it was refused before that,
   * so it may still be resumed. `unanswered`: nobody knows.
   */
  readonly ended: 'done' | 'spent' | 'untried' | 'unanswered';
  /** The attempt that may be resumed, if it is unanswered. */
  readonly left?: string | undefined;
  /** Why it is unanswered. */
  readonly failure?: unknown;
}

/** More than so many of one key are not kept: each costs a question. */
const MOST_OF_ONE_KEY = 4;

/** Keeps attempts of the newest `capacity` keys. One that falls out costs a retry its answer, never safety. */
export function retriedAttempts(capacity = 10_000): RetriedAttempts {
  const attempts = new Map<string, readonly string[]>();
  /** By key, while somebody resumes its attempts: how that ends, or undefined if it throws. */
  const turns = new Map<string, Promise<Asked | undefined>>();

  function keep(key: string, more: readonly string[]): void {
    const all = [...(attempts.get(key) ?? []), ...more].slice(0, MOST_OF_ONE_KEY);
    if (all.length > 0) attempts.set(key, all);
    const oldest = attempts.size > capacity ? attempts.keys().next().value : undefined;
    if (oldest !== undefined) attempts.delete(oldest);
  }

  async function resumeAll<Answer extends Asked>(
    key: string,
    [attempt, ...others]: readonly [string, ...string[]],
    ask: (attempt: string) => Promise<Answer>,
  ): Promise<Answer> {
    const answer = await ask(attempt).catch((failure: unknown) => {
      keep(key, [attempt, ...others]);
      throw failure;
    });
    const [next, ...rest] = others;
    if (answer.ended === 'spent' && next !== undefined) return resumeAll(key, [next, ...rest], ask);
    if (answer.ended === 'untried' || answer.ended === 'unanswered') keep(key, [attempt, ...others]);
    return answer;
  }

  return {
    async resume(key, ask) {
      for (let others = turns.get(key); others; others = turns.get(key)) {
        const answered = await others;
        if (answered?.ended === 'unanswered') throw answered.failure;
      }
      const [first, ...more] = attempts.get(key) ?? [];
      if (first === undefined) {
        const answer = await ask(undefined);
        if (answer.ended === 'unanswered' && answer.left !== undefined) keep(key, [answer.left]);
        return answer;
      }
      attempts.delete(key);
      const turn = resumeAll(key, [first, ...more], ask);
      const over = turn.catch(() => undefined).finally(() => turns.delete(key));
      turns.set(key, over);
      return turn;
    },
  };
}
