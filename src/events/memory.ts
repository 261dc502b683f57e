import type { MatchstickEvent } from './event.ts';
import { isMeant } from './find.ts';
import { type EventStore, NOW } from './store.ts';

/** The newest `keep` events, in the memory of this process. */
export function memoryEvents(keep: number): EventStore {
  let kept: MatchstickEvent[] = [];
  return {
    add: async (events) => {
      kept.push(...events);
      // Cut in larger pieces than one: cutting copies what is left.
      if (kept.length > keep + Math.max(100, keep / 10)) kept = kept.slice(-keep);
    },
    find: async (query) => {
      const { after, before, limit } = query;
      const all = kept.slice(-keep);
      const placeOf = (id: string) => all.findIndex((event) => event.id === id);
      const from = after === undefined ? 0 : placeOf(after) + 1;
      const to = before === undefined || before === NOW ? all.length : placeOf(before);
      if ((after !== undefined && from === 0) || to === -1) return undefined;
      const meant = all.slice(from, to).filter((event) => isMeant(event, query));
      const events = before === undefined ? meant.slice(0, limit) : meant.slice(-limit);
      const [oldest] = all;
      const since = oldest ? { keptSince: oldest.time } : {};
      return { events, more: meant.length > events.length, ...since };
    },
  };
}
