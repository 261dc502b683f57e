import { expect } from 'chai';
import type { LedgerConnection } from '../../src/redis/connection.ts';
import { addEvents } from '../../src/redis/event-writer.ts';
import { rejectionOf } from '../keys/stored-keys.ts';
import { answeringScripts } from '../support/answering-scripts.ts';
import { newEvent } from '../support/events.ts';

describe('events that are written to Redis', () => {
  it('are not written by a try that was given up, when it learns late what is there', async () => {
    const answers: (() => void)[] = [];
    const looks = { xrevrange: () => new Promise((resolve) => answers.push(() => resolve([]))) };
    const adds: number[] = [];
    let isLost = true;
    const redis = answeringScripts(looks, async (_script, _keys, ...rest) => {
      const added = (rest.length - 3) / 3;
      adds.push(added);
      if (isLost) throw new Error('the reply was lost');
      return added;
    });
    let isLate = false;
    const connection: Pick<LedgerConnection, 'answer'> = {
      answer: (ask) => (isLate ? Promise.race([ask(redis), Promise.reject(new Error('late'))]) : ask(redis)),
    };
    const add = addEvents(connection, () => 'key', 100);
    const events = [newEvent(), newEvent()];
    await rejectionOf(add(events));
    isLost = false;
    isLate = true;
    await rejectionOf(add(events));
    isLate = false;
    const again = add(events);
    for (const answer of answers) answer();
    await again;
    await new Promise((resolve) => setImmediate(resolve));
    expect(adds, 'the first, whose reply was lost, and the last').to.deep.equal([2, 2]);
  });
});
