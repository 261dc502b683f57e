import { expect } from 'chai';
import type { EventType, MatchstickEvent } from '../../src/events/event.ts';
import { type EventQuery, type EventStore, NOW } from '../../src/events/store.ts';
import { idsOf, jtiIn, newEvent, pagedIds } from '../support/events.ts';

/** What every place keeps that events are kept in. `open` opens an empty one for about so many. */
export function eventStoreContract(open: (keep: number) => EventStore | Promise<EventStore>): void {
  const KEEP = 10_000;

  async function filled(count: number): Promise<[EventStore, readonly MatchstickEvent[]]> {
    const store = await open(KEEP);
    const jtis = Array.from({ length: 4 }, (_, shard) => jtiIn(shard));
    const events = Array.from({ length: count }, (_, at) =>
      newEvent(
        { jti: jtis[at % 4] ?? '', purpose: at % 2 ? 'odd' : 'even', subject: `s${at % 5}` },
        at % 3 ? 'token.minted' : 'token.refused',
        { outcome: at % 3 ? 'ok' : 'refused', requestId: `request-${at}` },
      ),
    );
    // One at a time, so that their order is known in every place.
    for (const event of events) {
      await store.add([event]);
      if (count < 50) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return [store, events];
  }

  it('gives back what was kept, whole and in order', async () => {
    const [store, events] = await filled(12);
    const { events: found, more } = await store.find({ limit: 100 });
    expect(found).to.deep.equal(events);
    expect(more).to.equal(false);
  });

  it('finds by type, purpose, outcome, token, subject and request, alone and together', async () => {
    const [store, events] = await filled(24);
    const [, second] = events;
    const types: ReadonlySet<EventType> = new Set(['token.refused', 'link.opened']);
    const questions: readonly [Omit<EventQuery, 'limit'>, (event: MatchstickEvent) => boolean][] = [
      [{ types }, ({ type }) => types.has(type)],
      [{ purpose: 'odd' }, ({ token }) => token?.purpose === 'odd'],
      [{ outcome: 'refused' }, ({ outcome }) => outcome === 'refused'],
      [{ jti: second?.token?.jti ?? '' }, ({ token }) => token?.jti === second?.token?.jti],
      [{ subject: 's3' }, ({ token }) => token?.subject === 's3'],
      [{ requestId: 'request-7' }, ({ requestId }) => requestId === 'request-7'],
      [{ subject: 's1', purpose: 'odd' }, ({ token }) => token?.subject === 's1' && token.purpose === 'odd'],
      [{ jti: jtiIn(2) }, () => false],
      [{ jti: 'nothing that could be one' }, () => false],
    ];
    for (const [query, isMeant] of questions) {
      const expected = idsOf(events.filter(isMeant));
      expect(idsOf((await store.find({ ...query, limit: 100 })).events)).to.deep.equal(expected);
      expect(await pagedIds(store, query, 2)).to.deep.equal(expected);
    }
  });

  it('goes forwards from the oldest and backwards from now, page by page', async () => {
    const [store, events] = await filled(23);
    expect(await pagedIds(store, {}, 5)).to.deep.equal(idsOf(events));
    const backwards: string[] = [];
    for (let before: string = NOW; ; before = backwards[0] ?? '') {
      const page = await store.find({ before, limit: 5 });
      backwards.unshift(...idsOf(page.events));
      if (!page.more) break;
    }
    expect(backwards).to.deep.equal(idsOf(events));
  });

  it('goes on after an event and before one, without it', async () => {
    const [store, events] = await filled(9);
    const fifth = events[4]?.id ?? '';
    expect(idsOf((await store.find({ after: fifth, limit: 2 })).events)).to.deep.equal(
      idsOf(events.slice(5, 7)),
    );
    expect(await store.find({ after: fifth, limit: 4 })).to.include({ more: false });
    expect(await store.find({ after: fifth, limit: 3 })).to.include({ more: true });
    expect(idsOf((await store.find({ before: fifth, limit: 2 })).events)).to.deep.equal(
      idsOf(events.slice(2, 4)),
    );
    expect((await store.find({ after: events[8]?.id ?? '', limit: 1 })).events).to.deep.equal([]);
  });

  it('shows while new ones come each of those that were there, once', async () => {
    const [store, events] = await filled(30);
    const seen: string[] = [];
    for (let after: string | undefined; seen.length < 30; after = seen.at(-1)) {
      await store.add([newEvent({ jti: jtiIn(seen.length % 4) })]);
      const page = await store.find({ ...(after === undefined ? {} : { after }), limit: 4 });
      seen.push(...idsOf(page.events));
    }
    expect(seen.slice(0, 30)).to.deep.equal(idsOf(events));
  });

  it('tells of a gap when the event that it is to go on after is not kept: then the oldest come', async () => {
    const [store, events] = await filled(3);
    for (const gone of [newEvent().id, 'A'.repeat(16), 'anything']) {
      const found = await store.find({ after: gone, limit: 2 });
      expect(found.gap, gone).to.equal(true);
      expect(idsOf(found.events)).to.deep.equal(idsOf(events.slice(0, 2)));
      expect(await store.find({ before: gone, limit: 2 })).to.deep.include({ events: [], gap: true });
    }
    expect(await store.find({ after: events[0]?.id ?? '', limit: 2 })).to.not.have.property('gap');
  });

  it('says since when everything is kept, and nothing of that while it is empty', async () => {
    const store = await open(KEEP);
    expect(await store.find({ limit: 1 })).to.deep.equal({ events: [], more: false });
    const beganMs = Date.now();
    await store.add([newEvent()]);
    const since = Date.parse((await store.find({ purpose: 'none', limit: 1 })).keptSince ?? '');
    expect(since).to.be.within(beganMs - 5, Date.now() + 5);
  });
}
