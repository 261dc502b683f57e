import type { Algorithm } from '../token/key.ts';
import type { Jwk, KeptKey, KeyState, StoredRing } from './stored-ring.ts';
import { withoutFuture } from './without-future.ts';

export interface RingPolicy {
  readonly algorithm: Algorithm;
  /** How long a key signs. Absent: until somebody rotates by hand. */
  readonly rotateEveryMs?: number | undefined;
  /** The longest time that a token can be accepted after its key has stopped signing. */
  readonly longestTokenMs: number;
  /** For how long after that an attempt that burned it in time is answered again. */
  readonly answeredMs: number;
  /** How long a key must have been published before it signs, so that no cache of the JWK Set lacks it. */
  readonly publishMs: number;
}

export interface ShownKey extends KeptKey {
  readonly state: Exclude<KeyState, 'retired'>;
}

/** What became of a key. */
export interface KeyChange {
  readonly what: 'published' | 'promoted' | 'retired' | 'revoked';
  readonly kid: string;
}

/** A ring as it should be now, and what that changed. */
export interface Advanced {
  readonly ring: StoredRing;
  readonly changes: readonly KeyChange[];
}

/** Makes a new key, as it is stored. */
export type DrawKey = (algorithm: Algorithm, nowMs: number) => Promise<Jwk>;

/** Revoked keys are remembered at least so long, so that their tokens are told apart from those of strangers. */
const REVOKED_MS = 24 * 3_600_000;
/** More revoked keys are not remembered, the newest first: no ledger does either, and no ring grows without end. */
const MOST_REVOKED = 64;

/** The first ring of all. No cache can be older than it, so its `next` is ready at once. */
export async function firstRing(
  { algorithm }: RingPolicy,
  subjectKey: Uint8Array,
  draw: DrawKey,
  nowMs: number,
): Promise<StoredRing> {
  const [signing, next] = await Promise.all([draw(algorithm, nowMs), draw(algorithm, nowMs)]);
  const kept = (jwk: Jwk, state: KeyState): KeptKey => ({ jwk, state, sinceMs: nowMs, readyMs: nowMs });
  const keys = [kept(signing, 'signing'), kept(next, 'next')];
  return { version: 1, subjectKey, keys, isRotationAsked: false };
}

/**
 * What time and policy make of a ring: the next key is published, waits, signs, verifies and is gone. There is always one
 * that signs and one that is next.
 */
export async function advanceRing(
  asStored: StoredRing,
  policy: RingPolicy,
  draw: DrawKey,
  nowMs: number,
): Promise<Advanced> {
  const ring = withoutFuture(asStored, policy, nowMs);
  const changes: KeyChange[] = [];
  const told = (what: KeyChange['what'], key: KeptKey) => changes.push({ what, kid: kidOf(key) });
  const become = (key: KeptKey, state: KeyState): KeptKey => ({ ...key, state, sinceMs: nowMs });
  const publish = async (): Promise<KeptKey> => {
    const jwk = await draw(policy.algorithm, nowMs);
    const key: KeptKey = { jwk, state: 'next', sinceMs: nowMs, readyMs: nowMs + policy.publishMs };
    told('published', key);
    return key;
  };

  let signing = ring.keys.find(({ state }) => state === 'signing');
  let next = ring.keys.find(({ state }) => state === 'next');
  const others = ring.keys.filter((key) => key !== signing && key !== next);
  const ended = others.filter((key) => isOver(key, policy, nowMs));
  const retired = ended.filter(({ state }) => state === 'verifying');
  for (const key of retired) told('retired', key);
  const kept = [
    ...others.filter((key) => !ended.includes(key)),
    ...retired.map((key) => become(key, 'retired')),
  ];

  // Not before it is ready: while instances with the former settings still run, they would replace it all the time.
  if (next && algorithmOf(next) !== policy.algorithm && nowMs >= next.readyMs) {
    told('retired', next);
    next = undefined;
  }
  next ??= await publish();
  const isDue =
    !signing || ((ring.isRotationAsked || isOld(signing, policy, nowMs)) && nowMs >= next.readyMs);
  if (isDue) {
    if (signing) kept.unshift(become(signing, 'verifying'));
    signing = become(next, 'signing');
    told('promoted', signing);
    next = await publish();
  }
  const isRotationAsked = ring.isRotationAsked && !isDue;
  if (changes.length === 0 && ended.length === 0 && ring === asStored) return { ring, changes };
  const keys = [...(signing ? [signing] : []), next, ...kept];
  return { ring: { ...ring, version: ring.version + 1, keys, isRotationAsked }, changes };
}

/** Asks for a rotation: at once if the next key is ready, else as soon as it is. */
export async function rotateRing(
  ring: StoredRing,
  policy: RingPolicy,
  draw: DrawKey,
  nowMs: number,
): Promise<Advanced> {
  const asked = { ...ring, isRotationAsked: true };
  const advanced = await advanceRing(asked, policy, draw, nowMs);
  if (advanced.ring !== asked) return advanced;
  return ring.isRotationAsked
    ? { ring, changes: [] }
    : { ring: { ...asked, version: ring.version + 1 }, changes: [] };
}

/** Revokes a key. If it is the one that signs, the next one signs at once. Undefined for a kid that is not in the ring. */
export async function revokeInRing(
  ring: StoredRing,
  kid: string,
  policy: RingPolicy,
  draw: DrawKey,
  nowMs: number,
): Promise<Advanced | undefined> {
  const revoked = ring.keys.find((key) => kidOf(key) === kid);
  if (!revoked) return undefined;
  if (revoked.state === 'revoked') return { ring, changes: [] };
  const revokedKeys = ring.keys.filter(({ state }) => state === 'revoked');
  const forgotten = revokedKeys.toSorted((a, b) => b.sinceMs - a.sinceMs).slice(MOST_REVOKED - 1);
  const others = ring.keys.filter((key) => key !== revoked && !forgotten.includes(key));
  // Nothing is signed or opened with it again.
  const { d: _privatePart, key_ops: _operations, ...jwk } = revoked.jwk;
  const keys = [...others, { ...revoked, jwk, state: 'revoked', sinceMs: nowMs } as const];
  const { ring: advanced, changes } = await advanceRing({ ...ring, keys }, policy, draw, nowMs);
  const version = ring.version + 1;
  return { ring: { ...advanced, version }, changes: [{ what: 'revoked', kid }, ...changes] };
}

export function kidOf({ jwk }: KeptKey): string {
  return String(jwk.kid);
}

/** The keys that others are shown. One that is retired only proves what was burned before. */
export function shownKeys({ keys }: StoredRing): readonly ShownKey[] {
  return keys.flatMap((key) => (key.state === 'retired' ? [] : [{ ...key, state: key.state }]));
}

export function algorithmOf({ jwk }: KeptKey): string {
  return String(jwk.alg);
}

/** When a state ends by itself. Undefined while that is not known. */
export function endOf(
  { state, sinceMs }: KeptKey,
  { longestTokenMs, answeredMs }: RingPolicy,
): number | undefined {
  if (state === 'verifying') return sinceMs + longestTokenMs;
  if (state === 'retired') return sinceMs + answeredMs;
  if (state === 'revoked') return sinceMs + Math.max(longestTokenMs + answeredMs, REVOKED_MS);
  return undefined;
}

/** When the next key signs, as things are. Undefined: when somebody rotates. */
export function rotationOf(ring: StoredRing, policy: RingPolicy): number | undefined {
  const signing = ring.keys.find(({ state }) => state === 'signing');
  const next = ring.keys.find(({ state }) => state === 'next');
  if (!signing || !next) return undefined;
  const dueMs = ring.isRotationAsked ? 0 : oldAt(signing, policy);
  const isFit = algorithmOf(next) === policy.algorithm;
  return dueMs === undefined ? undefined : Math.max(dueMs, next.readyMs + (isFit ? 0 : policy.publishMs));
}

function isOver(key: KeptKey, policy: RingPolicy, nowMs: number): boolean {
  const endMs = endOf(key, policy);
  return endMs !== undefined && nowMs >= endMs;
}

function isOld(signing: KeptKey, policy: RingPolicy, nowMs: number): boolean {
  return nowMs >= (oldAt(signing, policy) ?? Number.POSITIVE_INFINITY);
}

/** When a key has signed for long enough. Undefined for never. */
function oldAt(signing: KeptKey, { algorithm, rotateEveryMs }: RingPolicy): number | undefined {
  if (algorithmOf(signing) !== algorithm) return 0;
  return rotateEveryMs === undefined ? undefined : signing.sinceMs + rotateEveryMs;
}
