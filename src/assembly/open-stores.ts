import type { Openers, UrlSigner } from '../burn/opening.ts';
import type { Log } from '../contract/log.ts';
import { requestInvalid } from '../errors.ts';
import type { Settings } from '../settings/parse.ts';
import { withPeers } from '../settings/peers.ts';

/** What the configured stores are for. */
export interface OpenStores {
  readonly signer: UrlSigner;
  readonly openers: Openers;
}

const NO_STORES: OpenStores = {
  signer: {
    stores: new Set(),
    sign: async () => requestInvalid([{ path: 'store', message: 'no stores are configured' }]),
  },
  openers: new Map(),
};

/**
 * The stores of a configuration. The AWS SDK is only loaded when there is one: it is as large as all the rest.
 * Rejects if the address of a store cannot be worked out. If credentials cannot be found, it only warns, because
 * they may come later.
 */
export async function openStores(
  { stores, opens }: Pick<Settings, 'stores' | 'opens'>,
  log: Log,
  nowMs: () => number,
): Promise<OpenStores> {
  if (stores.size === 0) return NO_STORES;
  const { connectStores, s3Openers, urlSigner } = await withPeers('stores', () => import('../s3/stores.ts'));
  const connected = await connectStores(stores, { nowMs });
  for (const [name, store] of connected) {
    store.authorize().catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      log.warn({ event: 'store.no-credentials', store: name }, message);
    });
  }
  return { signer: urlSigner(connected), openers: s3Openers(opens, connected) };
}
