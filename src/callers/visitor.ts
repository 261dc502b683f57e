import { VISITOR } from '../burn/attempt.ts';

/** A person at a link. Nobody knows who it is: the link is all that they have. */
export interface Visitor {
  readonly name: typeof VISITOR;
}

export const visitor: Visitor = { name: VISITOR };
