/** Where a ring is stored. Throws a SecretFileError, or `ledger_unavailable`, if it cannot be asked. */
export interface RingStore {
  /** The text that is stored; undefined if there is none. */
  read(): Promise<string | undefined>;
  /** Stores another text in place of this one. Resolves to false if something else is stored, or somebody is storing. */
  replace(former: string | undefined, text: string): Promise<boolean>;
  /** Throws a FixedRingError if it is known that nothing can be stored, so that nobody learns it when something must be. */
  requireWritable?(): Promise<void>;
  /** What it is, for people: what is wrong with it begins so. Absent where that says nothing. */
  readonly name?: string;
}

/** The ring can be read and not changed, by the way in which it was given to this process. */
export class FixedRingError extends Error {
  override readonly name = 'FixedRingError';
}

/** In the memory of this process. */
export function ringInMemory(): RingStore {
  let stored: string | undefined;
  return {
    name: 'the memory of this process',
    read: async () => stored,
    replace: async (former, text) => {
      if (former !== stored) return false;
      stored = text;
      return true;
    },
  };
}

/** Keys that the application has given. It knows best which there are, so none is made. */
export function givenRing(text: string): RingStore {
  return {
    read: async () => text,
    replace: async () => {
      throw new FixedRingError('the application gives its keys itself, so they are changed there');
    },
  };
}
