import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { memoryEvents } from '../../src/events/memory.ts';
import { idsOf, newEvent } from '../support/events.ts';
import { eventStoreContract } from './store.contract.ts';

describe('events in memory', () => {
  eventStoreContract(memoryEvents);

  it('are the newest so many', async () => {
    const store = memoryEvents(10);
    const events = Array.from({ length: 500 }, () => newEvent());
    for (const event of events) {
      await store.add([event]);
      expect((await store.find({ limit: 1000 })).events.length).to.be.at.most(10);
    }
    const { events: found, keptSince } = await store.find({ limit: 1000 });
    expect(idsOf(found)).to.deep.equal(idsOf(events.slice(-10)));
    expect(keptSince).to.equal(found[0]?.time);
  });

  it('take no memory once they are no longer among those', async () => {
    const store = memoryEvents(10);
    const add = async () => {
      const event = newEvent();
      await store.add([event]);
      return new WeakRef(event);
    };
    const added = await Promise.all(Array.from({ length: 500 }, add));
    setFlagsFromString('--expose-gc');
    // What a WeakRef was made of in this turn is held until its end.
    await new Promise((resolve) => setImmediate(resolve));
    runInNewContext('gc')();
    expect(added.filter((each) => each.deref() !== undefined).length).to.be.within(10, 10 + 100);
  });

  it('are none where none are to be kept', async () => {
    const store = memoryEvents(0);
    await store.add([newEvent()]);
    expect((await store.find({ limit: 10 })).events).to.deep.equal([]);
  });
});
