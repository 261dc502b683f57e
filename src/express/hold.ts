import type { ServerResponse } from 'node:http';
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
 * Ends a hold by how the app answers: a status below 500 burns the token, any other gives it back. A
 * connection that closes before the app has answered says nothing about what the app did, and whoever holds
 * the token can close it at any moment: the hold is left, to be burned at its deadline.
 */
export function endWithAnswer(hold: Hold, response: ServerResponse): void {
  response.once('finish', () => hold.end(response.statusCode < 500 ? 'commit' : 'release'));
}
