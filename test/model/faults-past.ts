/** What a memory has been through, as those who were told of it know: each copy of it goes on with its own. */
export interface Past {
  /** The answers that this memory gave, and what it said to have recorded. */
  readonly records: Set<Mark>;
  /** Epochs that an instance met here which knew better: it has to have ended them. */
  readonly ended: Set<string>;
  /** Keys that this memory said to have revoked. Whatever ends its epochs, it knows them while its own record is there. */
  readonly revokedKeys: Set<string>;
}

/** One thing that an answer told. */
export type Mark = object;

export function newPast(): Past {
  return { records: new Set(), ended: new Set(), revokedKeys: new Set() };
}

export function copyOf({ records, ended, revokedKeys }: Past): Past {
  return { records: new Set(records), ended: new Set(ended), revokedKeys: new Set(revokedKeys) };
}
