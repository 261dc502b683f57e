import { expect } from 'chai';
import type { MatchstickEvent } from '../../src/events/event.ts';
import { memoryEvents } from '../../src/events/memory.ts';
import { eventQueue } from '../../src/events/queue.ts';
import type { EventStore } from '../../src/events/store.ts';
import { until } from '../faults/support/replication.ts';
import { idsOf, newEvent } from '../support/events.ts';

const MOST_WAITING = 10_000;
const MOST_AT_ONCE = 500;

/** A store that hears batches, answers when it is told, and counts how many it is asked to keep at once. */
function slowStore() {
  const batches: (readonly MatchstickEvent[])[] = [];
  let underWay = 0;
  let mostUnderWay = 0;
  let answer: (error?: Error) => void = () => {};
  const store: Pick<EventStore, 'add'> = {
    add: (events) => {
      batches.push(events);
      mostUnderWay = Math.max(mostUnderWay, ++underWay);
      return new Promise((resolve, reject) => {
        answer = (error) => {
          underWay--;
          if (error) reject(error);
          else resolve();
        };
      });
    },
  };
  return {
    batches,
    mostUnderWay: () => mostUnderWay,
    answer: (error?: Error) => answer(error),
    store: { ...memoryEvents(0), ...store },
  };
}

describe('events that wait to be kept', () => {
  let dropped = 0;
  beforeEach(() => {
    dropped = 0;
  });
  const queueOf = () =>
    eventQueue((count) => {
      dropped += count;
    });
  const hearMany = (queue: ReturnType<typeof queueOf>, count: number) => {
    const events = Array.from({ length: count }, () => newEvent());
    for (const event of events) queue.hear(event);
    return events;
  };

  it('are kept soon, in order, in batches one after the other', async () => {
    const { store, batches, answer, mostUnderWay } = slowStore();
    const queue = queueOf();
    queue.keepIn(store);
    const events = hearMany(queue, 1200);
    for (let batch = 1; batch <= 3; batch++) {
      await until(async () => batches.length === batch);
      answer();
    }
    expect(batches.map(({ length }) => length)).to.deep.equal([MOST_AT_ONCE, MOST_AT_ONCE, 200]);
    expect(idsOf(batches.flat())).to.deep.equal(idsOf(events));
    expect(mostUnderWay()).to.equal(1);
    await queue.close();
    expect(dropped).to.equal(0);
  });

  it('wait for a store, and for one that does not answer, and are kept then', async () => {
    const queue = queueOf();
    const before = hearMany(queue, 3);
    const { store, batches, answer } = slowStore();
    queue.keepIn(store);
    await until(async () => batches.length === 1);
    answer(new Error('away'));
    const meanwhile = hearMany(queue, 2);
    await until(async () => batches.length === 2);
    answer();
    expect(idsOf(batches[1] ?? [])).to.deep.equal(idsOf([...before, ...meanwhile]));
    await queue.close();
    expect(dropped).to.equal(0);
  });

  it('are so many at most: what comes then is dropped, and counted, and nobody waits', async () => {
    const { store, batches, answer } = slowStore();
    const queue = queueOf();
    queue.keepIn(store);
    const events = hearMany(queue, MOST_WAITING + 7);
    expect(dropped).to.equal(7);
    for (let batch = 1; batch <= MOST_WAITING / MOST_AT_ONCE; batch++) {
      await until(async () => batches.length === batch);
      answer();
    }
    expect(idsOf(batches.flat())).to.deep.equal(idsOf(events.slice(0, MOST_WAITING)));
    await queue.close();
  });

  it('are kept at the end, all of them, or dropped and counted if the store says no', async () => {
    const kept = memoryEvents(MOST_WAITING);
    const good = queueOf();
    good.keepIn(kept);
    const events = hearMany(good, 1700);
    await good.close();
    expect(idsOf((await kept.find({ limit: MOST_WAITING })).events)).to.deep.equal(idsOf(events));
    hearMany(good, 1);
    expect(dropped, 'after the end').to.equal(1);

    const bad = queueOf();
    bad.keepIn({ ...kept, add: async () => Promise.reject(new Error('away')) });
    hearMany(bad, 30);
    await bad.close();
    expect(dropped).to.equal(31);
  });

  it('keep nobody waiting at the end whose store never answers', async () => {
    const { store, batches } = slowStore();
    const queue = queueOf();
    queue.keepIn(store);
    hearMany(queue, 5);
    await until(async () => batches.length === 1);
    await queue.close();
    expect(dropped).to.equal(5);
  });

  it('are kept by one at a time, whatever comes meanwhile, and at the end too', async () => {
    const { store, batches, answer, mostUnderWay } = slowStore();
    const queue = queueOf();
    queue.keepIn(store);
    const events = hearMany(queue, 1);
    await until(async () => batches.length === 1);
    events.push(...hearMany(queue, 2));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const closed = queue.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches, 'while the first is kept').to.have.length(1);
    answer();
    await until(async () => batches.length === 2);
    answer();
    await closed;
    expect(idsOf(batches.flat())).to.deep.equal(idsOf(events));
    expect(mostUnderWay()).to.equal(1);
    expect(dropped).to.equal(0);
  });

  it('are kept soon again once the store answers again', async () => {
    const { store, batches, answer } = slowStore();
    const queue = queueOf();
    queue.keepIn(store);
    hearMany(queue, 1);
    for (const error of [...Array<Error>(3).fill(new Error('away')), undefined]) {
      const before = batches.length;
      await until(async () => batches.length > before);
      answer(error);
    }
    await new Promise((resolve) => setImmediate(resolve));
    const startedMs = performance.now();
    hearMany(queue, 1);
    await until(async () => batches.length === 5);
    expect(performance.now() - startedMs).to.be.below(700);
    answer();
    await queue.close();
  });
});
