import type { JWK } from 'jose';
import type { Algorithm } from '../token/key.ts';
import { type SigningKey, verificationKeys } from '../token/key.ts';
import {
  derivedSubjectKey,
  isSigningKey,
  type PublishedKeyRing,
  parseKeyAt,
  publicJwk,
  storedKeys,
} from './key-ring.ts';
import { type RingKey, UnfitKeyError } from './parse-key.ts';
import { kidOf } from './ring-states.ts';
import { adoptedRing, type Jwk, type KeyState, parseStoredRing, type StoredRing } from './stored-ring.ts';

/** Whether the JWK Set has the keys of a state. */
const PUBLISHED: Readonly<Record<KeyState, boolean>> = {
  next: true,
  signing: true,
  verifying: true,
  retired: false,
  revoked: false,
};

/** A stored ring with its keys made ready. */
export interface RingInUse {
  readonly stored: StoredRing;
  readonly ring: PublishedKeyRing;
  /** Whether the states of its keys are stored. */
  readonly hasStates: boolean;
}

/** Makes keys ready. One that was made ready before is not made again: that costs more than a token. */
export function keyMaker(): (jwk: unknown, index: number) => Promise<RingKey> {
  let known = new Map<string, RingKey>();
  return async (jwk, index) => {
    const text = JSON.stringify(jwk);
    const key = known.get(text) ?? (await parseKeyAt(jwk, index));
    known.set(text, key);
    // More than a ring ever has: what was there before is gone.
    if (known.size > 100) known = new Map([[text, key]]);
    return key;
  };
}

/** The ring in a text in the clear. Throws an UnfitKeyError, quoting no key material. */
export async function ringInUse(
  text: string,
  algorithm: Algorithm,
  make: (jwk: unknown, index: number) => Promise<RingKey>,
  nowMs: number,
): Promise<RingInUse> {
  const stored = parseStoredRing(text);
  if (stored) return { stored, ring: await publishedRing(stored, make), hasStates: true };
  const made = await Promise.all(
    storedKeys(text).keys.map(async (jwk, index) => ({ jwk, key: await make(jwk, index) })),
  );
  const keys = made.flatMap(({ jwk, key }) => (isJwk(jwk) ? [{ jwk, key }] : []));
  const oldest = keys
    .map(({ key }) => key)
    .filter(isSigningKey)
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs)[0];
  const subjectKey = oldest ? derivedSubjectKey(oldest) : new Uint8Array(32);
  const adopted = adoptedRing(keys, algorithm, subjectKey, nowMs);
  return { stored: adopted, ring: await publishedRing(adopted, make), hasStates: false };
}

async function publishedRing(
  { keys, subjectKey }: StoredRing,
  make: (jwk: unknown, index: number) => Promise<RingKey>,
): Promise<PublishedKeyRing> {
  const made = await Promise.all(
    keys.map(async (kept, index) => ({ kept, key: await make(kept.jwk, index) })),
  );
  const kids = keys.map(kidOf);
  if (new Set(kids).size < kids.length) throw new UnfitKeyError('two keys have the same kid');
  const signing = made.filter(({ kept }) => kept.state === 'signing').map(({ key }) => key);
  const [signer] = signing;
  if (!signer || signing.length > 1 || !isSigningKey(signer)) {
    throw new UnfitKeyError('there must be exactly one private key that signs');
  }
  if (keys.filter(({ state }) => state === 'next').length > 1) {
    throw new UnfitKeyError('there must be at most one key that is next');
  }
  const published = made.filter(({ kept }) => PUBLISHED[kept.state]).map(({ key }) => key);
  const all = made.map(({ key }) => key);
  return {
    signing: signer,
    verification: verificationKeys(all),
    sealing: new Map(all.filter(isSigningKey).map(({ kid, sealingKey }: SigningKey) => [kid, sealingKey])),
    revoked: new Set(made.filter(({ kept }) => kept.state === 'revoked').map(({ key }) => key.kid)),
    subjectKey,
    jwks: { keys: (await Promise.all(published.map(publicJwk))) satisfies readonly JWK[] },
  };
}

function isJwk(value: unknown): value is Jwk {
  return typeof value === 'object' && value !== null;
}
