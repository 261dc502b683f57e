import { VISITOR } from '../burn/attempt.ts';

/** A person at a link. Nobody knows who it is: the link, and from where it is opened, is all that there is. */
export interface Visitor {
  readonly name: typeof VISITOR;
  /** Whose share of visits it is: an IPv4 address, or the /56 of an IPv6 one. */
  readonly address: string;
}

export function visitorAt(address: string): Visitor {
  return { name: VISITOR, address };
}
