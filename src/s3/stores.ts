import type { Openers } from '../burn/opening.ts';
import { s3Opener } from './opener.ts';
import type { OpeningRules } from './opening-rules.ts';
import { connectStore, type Store, type StoreSurroundings } from './store.ts';
import type { StorePolicies } from './store-policy.ts';

export { urlSigner } from './url-signer.ts';

/** By name. */
export type Stores = ReadonlyMap<string, Store>;

/** Every store of a deployment. Rejects with `internal` when the SDK cannot tell where one is. */
export async function connectStores(
  policies: StorePolicies,
  surroundings: StoreSurroundings,
): Promise<Stores> {
  const stores = [...policies.values()].map((policy) => connectStore(policy, surroundings));
  return new Map((await Promise.all(stores)).map((store) => [store.policy.name, store]));
}

/** The opener of each purpose that opens something. Throws a TypeError for a store that is not there. */
export function s3Openers(policies: ReadonlyMap<string, OpeningRules>, stores: Stores): Openers {
  return new Map(
    [...policies].map(([purpose, policy]) => {
      const store = stores.get(policy.store);
      if (!store) throw new TypeError(`the purpose ${purpose} opens a store that is not connected`);
      return [purpose, s3Opener(policy, store)];
    }),
  );
}
