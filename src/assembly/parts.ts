import type { connectStores, s3Openers, urlSigner } from '../s3/stores.ts';
import type { ledgerInRedis } from './redis-ledger.ts';

/**
 * Large parts that only some deployments need. A service loads them when its settings do. The library has them in any
 * case: some of those who load a library, such as Jest, know no import at run time, or load what is imported so a second
 * time, and its errors are of other classes then.
 */
export interface Parts {
  readonly redis: () => Promise<{ readonly ledgerInRedis: typeof ledgerInRedis }>;
  readonly stores: () => Promise<StoresPart>;
}

interface StoresPart {
  readonly connectStores: typeof connectStores;
  readonly s3Openers: typeof s3Openers;
  readonly urlSigner: typeof urlSigner;
}
