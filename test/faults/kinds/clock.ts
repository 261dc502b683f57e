import type { SeededRandom } from '../support/random.ts';
import type { NamedFault, Victims } from './fault.ts';
import type { FaultyServer } from './server.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
/** Past a hold; past a token, in the same epoch; just into and well into another epoch; past a subject bucket's period. */
const AHEAD_SECONDS = [MINUTE, 12 * MINUTE, 15 * MINUTE, 20 * MINUTE, 2 * HOUR, 3 * HOUR];
/** In the same epoch, by the most that it survives and by less; and in another. */
const BEHIND_SECONDS = [MINUTE, 5 * MINUTE, 776, 776, 14 * MINUTE, 20 * MINUTE, 2 * HOUR].map(
  (ahead) => -ahead,
);

export function clockFaults(victims: Victims<FaultyServer>): readonly NamedFault[] {
  return [
    { name: 'clock-ahead', steps: AHEAD_SECONDS },
    { name: 'clock-behind', steps: BEHIND_SECONDS },
  ].flatMap(({ name, steps }) => {
    let stepped: { readonly servers: readonly FaultyServer[]; readonly seconds: number } | undefined;
    const begin = async (random: SeededRandom): Promise<void> => {
      const servers = random.next() < 0.7 ? [victims.master(random)] : victims.all();
      stepped = { servers, seconds: random.pick(steps) };
      for (const server of servers) server.stepClock(stepped.seconds);
    };
    const end = async (): Promise<void> => {
      for (const server of stepped?.servers ?? []) server.stepClock(-(stepped?.seconds ?? 0));
      stepped = undefined;
    };
    return [
      { name, begin },
      { name: `${name}-and-back`, begin, end },
    ];
  });
}
