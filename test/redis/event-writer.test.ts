import { expect } from 'chai';
import type { MatchstickEvent } from '../../src/events/event.ts';
import type { LedgerConnection } from '../../src/redis/connection.ts';
import { addEvents } from '../../src/redis/event-writer.ts';
import { rejectionOf } from '../keys/stored-keys.ts';
import { answeringScripts } from '../support/answering-scripts.ts';
import { newEvent } from '../support/events.ts';

describe('events that are written to Redis', () => {
  it('come to a script a hundred at most, in their order, each stream by itself', async () => {
    const calls: { readonly key: unknown; readonly ids: readonly string[] }[] = [];
    const redis = answeringScripts({}, async (_script, _keys, key, _most, _unusedMs, ...entries) => {
      const notes = entries.filter((_entry, index) => index % 3 === 2);
      calls.push({ key, ids: notes.map((note) => JSON.parse(String(note)).id) });
      return notes.length;
    });
    const events = Array.from({ length: 530 }, (_, index) =>
      newEvent({ purpose: index % 3 === 0 ? 'a' : 'b' }),
    );
    const keyOf = ({ token }: MatchstickEvent) => String(token?.purpose);
    await addEvents({ answer: (ask) => ask(redis) }, keyOf, 1000)(events);
    for (const { ids } of calls) expect(ids.length).to.be.within(1, 100);
    for (const key of ['a', 'b']) {
      expect(calls.flatMap((call) => (call.key === key ? call.ids : []))).to.deep.equal(
        events.flatMap((event) => (keyOf(event) === key ? [event.id] : [])),
      );
    }
  });

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

  it('are looked for after a try without an answer, whatever an earlier one hears meanwhile, and not again', async () => {
    let looks = 0;
    const look = async () => {
      looks++;
      return [];
    };
    const sent: { readonly answer: () => void; readonly lose: () => void }[] = [];
    const redis = answeringScripts(
      { xrevrange: look },
      (_script, _keys, ...rest) =>
        new Promise((resolve, reject) => {
          sent.push({
            answer: () => resolve((rest.length - 3) / 3),
            lose: () => reject(new Error('the reply was lost')),
          });
        }),
    );
    let isLate = true;
    const connection: Pick<LedgerConnection, 'answer'> = {
      answer: (ask) => (isLate ? Promise.race([ask(redis), Promise.reject(new Error('late'))]) : ask(redis)),
    };
    const add = addEvents(connection, () => 'key', 100);
    const events = [newEvent()];
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await rejectionOf(add(events));
    isLate = false;
    const second = add(events);
    await turn();
    sent[0]?.answer();
    await turn();
    sent[1]?.lose();
    await rejectionOf(second);
    for (const at of [2, 3]) {
      const again = add(events);
      await turn();
      sent[at]?.answer();
      await again;
    }
    expect(looks).to.equal(2);
  });
});
