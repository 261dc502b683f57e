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

/**
 * Tells a ledger which keys are revoked, again and again: a memory that is new knows of none, and who asks nothing of it
 * does not hear that it is new.
 */
export function revokedTeller(ring: Pick<LiveRing, 'revoked'>, ledger: Pick<BurnLedger, 'revokeKey'>) {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  function tell(): void {
    clearTimeout(timer);
    const told = [...ring.revoked].slice(-MOST_TOLD).map((kid) => ledger.revokeKey(kid));
    void Promise.allSettled(told).then(() => {
      if (isStopped) return;
      clearTimeout(timer);
      timer = setTimeout(tell, AGAIN_MS);
      timer.unref();
    });
  }
  return {
    tell,
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
