import type { MatchstickEvent } from './event.ts';
import { isMeant } from './find.ts';
import { type EventQuery, type EventStore, NOW } from './store.ts';

/** The newest `keep` events, in the memory of this process. */
export function memoryEvents(keep: number): EventStore {
  let kept: MatchstickEvent[] = [];
  const newest = () => (keep === 0 ? [] : kept.slice(-keep));
  return {
    add: async (events) => {
      kept.push(...events);
      // Cut in larger pieces than one: cutting copies what is left.
      if (kept.length > keep + Math.max(100, keep / 10)) kept = newest();
    },
    find: async (query) => {
      const { before, limit } = query;
      const all = newest();
      const { from, to, isGone } = placesIn(all, query);
      const meant = all.slice(from, to).filter((event) => isMeant(event, query));
      const events = before === undefined ? meant.slice(0, limit) : meant.slice(-limit);
      const [oldest] = all;
      return {
        events,
        more: meant.length > events.length,
        ...(oldest ? { keptSince: oldest.time } : {}),
        ...(isGone ? { gap: true } : {}),
      };
    },
  };
}

/** Between which places of a list a question looks, and whether one of the events that it names is not in it. */
function placesIn(all: readonly MatchstickEvent[], { after, before }: EventQuery) {
  const placeOf = (id: string) => all.findIndex((event) => event.id === id);
  const from = after === undefined ? 0 : placeOf(after) + 1;
  const to = before === undefined || before === NOW ? all.length : placeOf(before);
  return { from, to: Math.max(0, to), isGone: (after !== undefined && from === 0) || to === -1 };
}
