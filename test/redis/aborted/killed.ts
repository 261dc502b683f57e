import type { Redis } from 'ioredis';
import type { Blow } from './blows.ts';

/** How a script ended that spun before one of its commands, while somebody tried to kill it. */
export type Ending = 'killed' | 'unkillable' | 'had no such command';

export interface Killing extends Blow {
  ending(): Ending;
}

/** The script spins before the command after so many, and `killer` asks SCRIPT KILL until there is an answer. */
export function killedAfter(commands: number, killer: Redis): Killing {
  let ending: Ending = 'had no such command';
  let isAsked = false;
  let killing = Promise.resolve();

  async function kill(): Promise<void> {
    while (!isAsked && ending === 'had no such command') {
      try {
        await killer.script('KILL');
        ending = 'killed';
      } catch (error) {
        const why = error instanceof Error ? error.message : '';
        if (why.startsWith('UNKILLABLE')) ending = 'unkillable';
        else if (!why.startsWith('NOTBUSY')) throw error;
      }
    }
  }

  return {
    name: `killed after ${commands} commands`,
    tampering: { spinAfter: commands },
    before: async () => {
      killing = kill();
    },
    after: async () => {
      isAsked = true;
      await killing;
    },
    ending: () => ending,
  };
}
