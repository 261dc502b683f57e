import type { SeededRandom } from '../support/random.ts';

/** Something that befalls servers, connections or instances. One object strikes at most once at a time. */
export interface NamedFault {
  readonly name: string;
  /** Strikes. Rejects when it cannot, as things are. */
  begin(random: SeededRandom): Promise<unknown>;
  /** Its "and back", or its second half. Absent: it is over as soon as it has begun. */
  readonly end?: (random: SeededRandom) => Promise<unknown>;
  /** While it is in force, two memories may serve side by side, or one goes and comes back. */
  readonly twoMemories?: true;
  /**
   * Its end puts an older state back in place. Only an instance that has heard of something newer can tell, so
   * that every one must have before.
   */
  readonly putsBackOlder?: true;
  /** The moment of Redis's clock at which it is over without its end, if there is one. Unix milliseconds. */
  readonly isOverAtMs?: () => number | undefined;
}

/** Whom a fault can befall. */
export interface Victims<Server> {
  /** One that is a master now. */
  master(random: SeededRandom): Server;
  all(): readonly Server[];
}
