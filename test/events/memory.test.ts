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

  it('are none where none are to be kept', async () => {
    const store = memoryEvents(0);
    await store.add([newEvent()]);
    expect((await store.find({ limit: 10 })).events).to.deep.equal([]);
  });
});
