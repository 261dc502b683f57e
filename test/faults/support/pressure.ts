import { IS_ALL } from './thorough.ts';
import { attemptsAt, burnedBy, type TriedToken } from './token.ts';
import { pause, type Workload } from './workload.ts';

/** Between two tries of a client. A fault takes its time, however many they are. */
const BREATH_MS = IS_ALL ? 1 : 4;

export interface Pressure {
  /** Resolves when the last try has ended. */
  stop(): Promise<void>;
}

/**
 * Clients that try the tokens again and again, in any order: mostly anew, sometimes as an attempt that was made before;
 * and now and then collect what was burned.
 */
export function pressOn(workload: Workload, tokens: readonly TriedToken[], clients: number): Pressure {
  let isOver = false;
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(Math.random() * from.length)];

  async function client(): Promise<void> {
    while (!isOver) {
      const token = pick(tokens);
      const instance = pick(workload.instances);
      if (!token || !instance) return;
      const burned = Math.random() < 0.2 ? pick(burnedBy(token)) : undefined;
      if (burned) await workload.collect(token, burned, instance);
      const before = Math.random() < 0.2 ? pick(attemptsAt(token)) : undefined;
      const outcome = await workload.redeem(token, { instance, ...(before ? { attempt: before } : {}) });
      await pause(outcome === 'no-answer' ? 10 : BREATH_MS);
    }
  }

  const ended = Promise.all(Array.from({ length: clients }, client));
  return {
    stop: async () => {
      isOver = true;
      await ended;
    },
  };
}
