/**
 * Things that come and go all the time, in no order. Each time a Map or a Set is rebuilt, its former table points to the
 * next; the first that is old enough keeps all after it, with whatever they held, until the next full garbage collection.
 */
export interface Crowd<Member> {
  /** Lets one in. What it returns lets that one out; a second time, it does nothing. */
  enter(member: Member): () => void;
  /** All that are in now. */
  members(): readonly Member[];
}

export function crowd<Member>(): Crowd<Member> {
  const places: { readonly member: Member; at: number }[] = [];
  return {
    enter(member) {
      const place = { member, at: places.length };
      places.push(place);
      return () => {
        if (places[place.at] !== place) return;
        const last = places.pop();
        if (!last || last === place) return;
        places[place.at] = last;
        last.at = place.at;
      };
    },
    members: () => places.map(({ member }) => member),
  };
}
