import { expect } from 'chai';
import type { LedgerConnection } from '../../src/redis/connection.ts';
import { eventCursors } from '../../src/redis/event-cursors.ts';

const MOST_REMEMBERED = 10_000;

describe('where events stood that were told', () => {
  it('is remembered of the ten thousand that were told last', async () => {
    const nobody = {
      answer: async () => {
        throw new TypeError('nobody is asked');
      },
    } as unknown as LedgerConnection;
    // No stream has anything, so a place that is found is one that was remembered.
    const cursors = eventCursors(nobody, []);
    const place = (sequence: number) => ({ ms: 1, sequence, stream: 0 });
    for (let each = 0; each < MOST_REMEMBERED; each++) cursors.remember(`${each}`, place(each));
    cursors.remember('0', place(0));
    cursors.remember('another', place(MOST_REMEMBERED));
    expect(await cursors.find('0'), 'told again').to.deep.equal({ place: place(0), isGone: true });
    expect(await cursors.find('1'), 'told first').to.deep.equal({ isGone: true });
    expect(await cursors.find('2')).to.deep.equal({ place: place(2), isGone: true });
  });
});
