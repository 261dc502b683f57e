import { base64url } from 'jose';
import { z } from 'zod';
import type { Algorithm } from '../token/key.ts';
import { storedKeys } from './key-ring.ts';
import { type RingKey, UnfitKeyError } from './parse-key.ts';

export const KEY_STATES = ['next', 'signing', 'verifying', 'retired', 'revoked'] as const;

/**
 * What a key is for: `next` is published and signs nothing yet, `signing` signs, `verifying` did and its tokens may still
 * live. `retired` is published no longer, since all its tokens have expired: an attempt that burned one of them in time is
 * still answered again. `revoked` is refused.
 */
export type KeyState = (typeof KEY_STATES)[number];

export type Jwk = Readonly<Record<string, unknown>>;

/** A key of a ring as it is stored, and what becomes of it. */
export interface KeptKey {
  /** The JWK as it is stored: what `parseKey` takes. */
  readonly jwk: Jwk;
  readonly state: KeyState;
  /** Since when it has this state. Unix milliseconds. */
  readonly sinceMs: number;
  /** The first moment at which every cache of the JWK Set has it, so that it may sign. */
  readonly readyMs: number;
}

/** A ring as it is stored. */
export interface StoredRing {
  /** Grows with each change. */
  readonly version: number;
  /** 32 octets: what events hash subjects with. */
  readonly subjectKey: Uint8Array;
  readonly keys: readonly KeptKey[];
  /** Somebody asked for a rotation that waits until `next` is ready. */
  readonly isRotationAsked: boolean;
}

const lifeSchema = z.looseObject({
  state: z.enum(KEY_STATES),
  since: z.iso.datetime(),
  ready: z.iso.datetime(),
});

const ringSchema = z.strictObject({
  version: z.int().min(1),
  subjectKey: z.base64url().length(43),
  rotationAsked: z.literal(true).optional(),
});

/**
 * The ring in a text: `{"version", "subjectKey", "keys": [JWK with state, since and ready]}`, or undefined for a ring of
 * keys without states. Throws an UnfitKeyError, quoting no key material.
 */
export function parseStoredRing(text: string): StoredRing | undefined {
  const { keys, ...ring } = storedKeys(text);
  if (!keys.some((key) => hasState(key))) return undefined;
  const parsed = ringSchema.safeParse(ring);
  if (!parsed.success)
    throw new UnfitKeyError('the version or the subjectKey of the ring is missing or wrong');
  const { version, subjectKey, rotationAsked } = parsed.data;
  return {
    version,
    subjectKey: base64url.decode(subjectKey),
    keys: keys.map(parseKept),
    isRotationAsked: rotationAsked === true,
  };
}

/** The text of a ring in the clear. */
export function ringText({ version, subjectKey, keys, isRotationAsked }: StoredRing): string {
  const members = {
    version,
    subjectKey: base64url.encode(subjectKey),
    ...(isRotationAsked ? { rotationAsked: true } : {}),
    keys: keys.map(({ jwk, state, sinceMs, readyMs }) => ({
      ...jwk,
      state,
      since: new Date(sinceMs).toISOString(),
      ready: new Date(readyMs).toISOString(),
    })),
  };
  return `${JSON.stringify(members, null, 2)}\n`;
}

/**
 * A ring of keys that have no states: the newest private key of the algorithm signs, the others verify what they may have
 * signed. Throws an UnfitKeyError if none can sign.
 */
export function adoptedRing(
  keys: readonly { readonly jwk: Jwk; readonly key: RingKey }[],
  algorithm: Algorithm,
  subjectKey: Uint8Array,
  nowMs: number,
): StoredRing {
  const [newest] = keys
    .filter(({ key }) => key.privateKey !== undefined && key.algorithm === algorithm)
    .toSorted((a, b) => b.key.createdAtMs - a.key.createdAtMs);
  if (!newest) throw new UnfitKeyError(`there is no private ${algorithm} key, so nothing can be signed`);
  return {
    version: 1,
    subjectKey,
    isRotationAsked: false,
    keys: keys.map((each) => ({
      jwk: each.jwk,
      state: each === newest ? 'signing' : 'verifying',
      sinceMs: nowMs,
      readyMs: each.key.createdAtMs,
    })),
  };
}

function hasState(key: unknown): boolean {
  return typeof key === 'object' && key !== null && 'state' in key;
}

function parseKept(value: unknown, index: number): KeptKey {
  const parsed = lifeSchema.safeParse(value);
  if (!parsed.success) {
    throw new UnfitKeyError(`keys.${index}: its state, since or ready is missing or wrong`);
  }
  const { state, since, ready, ...jwk } = parsed.data;
  return { jwk, state, sinceMs: Date.parse(since), readyMs: Date.parse(ready) };
}
