import type { Openers, UrlSigner } from '../burn/opening.ts';
import type { Log } from '../contract/log.ts';
import { requestInvalid } from '../errors.ts';
import type { Settings } from '../settings/parse.ts';
import { withPeers } from '../settings/peers.ts';
import type { Parts } from './parts.ts';

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

/** What an operator should know who has just started without credentials: why, what fails meanwhile, where to read on. */
function noCredentials(error: unknown, purposes: readonly string[]): string {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  const why = cause instanceof Error ? ` ${cause.message.slice(0, 500).replace(/\.?$/, '.')}` : '';
  const tokens = purposes.length === 0 ? '' : `, and so does redeeming a token of ${purposes.join(', ')}`;
  return `${message}${why} Until they are found, signing for it answers 500${tokens}. Nothing is burned by that. See docs/s3.md, "Credentials".`;
}

/**
 * The stores of a configuration. The AWS SDK is only loaded when there is one: it is as large as all the rest.
 * Rejects if the address of a store cannot be worked out. If credentials cannot be found, it only warns, because
 * they may come later.
 */
export async function openStores(
  { stores, opens }: Pick<Settings, 'stores' | 'opens'>,
  log: Log,
  nowMs: () => number,
  parts: Pick<Parts, 'stores'>,
): Promise<OpenStores> {
  if (stores.size === 0) return NO_STORES;
  const { connectStores, s3Openers, urlSigner } = await parts.stores();
  const connected = await withPeers('stores', () => connectStores(stores, { nowMs }));
  for (const [name, store] of connected) {
    const purposes = [...opens].filter(([, rules]) => rules.store === name).map(([purpose]) => purpose);
    store.authorize().catch((error: unknown) => {
      log.warn({ event: 'store.no-credentials', store: name, purposes }, noCredentials(error, purposes));
    });
  }
  return { signer: urlSigner(connected), openers: s3Openers(opens, connected) };
}
