import type { Matchstick } from '../contract/matchstick.ts';
import { MatchstickError } from '../errors.ts';

/** A use that is held while the app does its work. */
export interface Hold {
  /** The first call decides. Never rejects: a hold that cannot be ended becomes burned at its deadline. */
  end(how: 'commit' | 'release'): Promise<void>;
}

type Settles = Pick<Matchstick, 'commit' | 'release'>;

export function holdOn(
  settles: Settles,
  redemptionId: string,
  onFailure: (error: MatchstickError) => void,
): Hold {
  let ending: Promise<void> | undefined;
  return {
    end: (how) => {
      ending ??= endHold(settles, redemptionId, how).catch((cause) => {
        onFailure(new MatchstickError('internal', `A hold was not ended by a ${how}.`, { cause }));
      });
      return ending;
    },
  };
}

async function endHold(settles: Settles, redemptionId: string, how: 'commit' | 'release'): Promise<void> {
  await settles[how](redemptionId);
}

/**
 * Ends a hold by the app's answer: a status below 500 burns the token, any other gives it back. Call it only once the
 * app has answered. A connection that closes before says nothing about what the app did, and anybody who holds the
 * token can close it at any moment: that hold is left, to be burned at its deadline.
 */
export function endByStatus(hold: Hold, status: number): Promise<void> {
  return hold.end(status < 500 ? 'commit' : 'release');
}
