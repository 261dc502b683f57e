import type { ListedKeys } from '../contract/key-replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import type { Witness } from '../events/witness.ts';
import type { LiveRing } from '../keys/ring-options.ts';
import {
  algorithmOf,
  endOf,
  type KeyChange,
  kidOf,
  type RingPolicy,
  rotationOf,
  type ShownKey,
  shownKeys,
} from '../keys/ring-states.ts';
import type { StoredRing } from '../keys/stored-ring.ts';
import type { BurnLedger } from '../ledger/burn-ledger.ts';
import type { KeyOffice } from '../operations/keys.ts';

/**
 * The signing keys as operators change them. A key is revoked in the ring first, so that whatever comes between, every
 * instance that reads the ring tells the ledger of it.
 */
export function keyOffice(ring: LiveRing, ledger: Pick<BurnLedger, 'revokeKey'>): KeyOffice {
  const list = (stored: StoredRing) => listed(stored, ring.policy);
  return {
    list: () => list(ring.stored),
    rotate: async (witness) => {
      let rotated = false;
      const stored = await ring.rotate((change) => {
        rotated ||= change.what === 'promoted';
        tellChange(change, witness);
      });
      return { rotated, ...list(stored) };
    },
    revoke: async (kid, witness) => {
      const stored = await ring.revoke(kid, (change) => tellChange(change, witness));
      if (!stored) return undefined;
      const { elsewhere } = await ledger.revokeKey(kid);
      return { revoked: true, kid, ...(elsewhere ? { elsewhere } : {}), ...list(stored) };
    },
  };
}

const AGAIN_MS = 1000;
/** More are not remembered by a memory. */
const MOST_TOLD = 64;

export interface SharedRevocations {
  readonly ring: Pick<LiveRing, 'stored' | 'revoked' | 'revoke'>;
  readonly ledger: Pick<BurnLedger, 'revokeKey'>;
  /** The kids of the keys that the ledger remembers as revoked. */
  readonly revokedKeys: () => Promise<readonly string[]>;
  /** Hears once of each key that the ledger remembers as revoked and the ring cannot. */
  readonly onUnrevoked: (kid: string, reason: string) => void;
}

/**
 * Lets ring and ledger know the same revoked keys, again and again: a memory that is new knows of none, and who asks nothing
 * of it does not hear that it is new; a ring that was restored from a backup has forgotten those that came after it.
 */
export function shareRevocations({ ring, ledger, revokedKeys, onUnrevoked }: SharedRevocations) {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  /** Told of. Each is tried again all the same: what failed may only have been away. */
  const unrevoked = new Set<string>();

  async function hear(): Promise<void> {
    const kids = new Set(await revokedKeys());
    for (const key of ring.stored.keys) {
      const kid = kidOf(key);
      if (isStopped || key.state === 'revoked' || !kids.has(kid)) continue;
      await ring.revoke(kid).catch((error: unknown) => {
        if (!unrevoked.has(kid))
          onUnrevoked(kid, error instanceof Error ? error.message : 'for an unknown reason');
        unrevoked.add(kid);
      });
    }
  }

  async function share(): Promise<void> {
    clearTimeout(timer);
    const told = [...ring.revoked].slice(-MOST_TOLD).map((kid) => ledger.revokeKey(kid));
    await Promise.allSettled([...told, hear()]);
    if (isStopped) return;
    clearTimeout(timer);
    timer = setTimeout(share, AGAIN_MS);
    timer.unref();
  }

  return {
    /** Never rejects. Resolves when both have said what they know, or do not answer. */
    share,
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Tells of a change to a key. */
export function tellChange({ what, kid }: KeyChange, witness: Witness): void {
  witness.tell(`key.${what}`, { about: { kid } });
}

function listed(ring: StoredRing, policy: RingPolicy): ListedKeys {
  const rotatesMs = rotationOf(ring, policy);
  return {
    keys: shownKeys(ring).map((key) => listedKey(key, policy)),
    ...(rotatesMs === undefined ? {} : { rotatesAt: timestampOf(rotatesMs) }),
  };
}

function listedKey(key: ShownKey, policy: RingPolicy): ListedKeys['keys'][number] {
  const endMs = endOf(key, policy);
  return {
    kid: kidOf(key),
    algorithm: algorithmOf(key) === 'Ed25519' ? 'Ed25519' : 'ES256',
    state: key.state,
    createdAt: String(key.jwk.createdAt),
    since: timestampOf(key.sinceMs),
    ...(key.state === 'next' ? { readyAt: timestampOf(key.readyMs) } : {}),
    ...(endMs === undefined ? {} : { endsAt: timestampOf(endMs) }),
  };
}
