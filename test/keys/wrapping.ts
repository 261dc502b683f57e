import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { base64url, CompactEncrypt, compactDecrypt } from 'jose';
import type { RingCodec } from '../../src/keys/ring-codec.ts';
import type { Wrap } from '../../src/keys/wrap.ts';
import { wrappedCodec } from '../../src/keys/wrapped-codec.ts';
import { type StoredMembers, storedKey } from './stored-keys.ts';

export const ISSUER = 'https://cap.example.test';

export const newSecret = () => randomBytes(32).toString('base64url');

export function codecOf(wrap: Wrap, options: { issuer?: string; mayBePlain?: boolean } = {}): RingCodec {
  return wrappedCodec({ issuer: ISSUER, wrap, mayBePlain: true, randomBytes, ...options });
}

/** A ring in the clear as a process stores it, with a member that no codec knows. */
export async function plainRing(): Promise<Readonly<Record<string, unknown>> & { readonly keys: object[] }> {
  const [signing, next, old] = await Promise.all([
    storedKey('ES256'),
    storedKey('Ed25519'),
    storedKey('ES256'),
  ]);
  const times = { since: '2027-01-15T08:00:00.000Z', ready: '2027-01-15T08:00:00.000Z' };
  const { d: _, ...publicPart } = old;
  const keys = [
    { ...signing, state: 'signing', ...times },
    { ...next, state: 'next', ...times, later: { of: 1 } },
    { ...publicPart, state: 'verifying', ...times },
  ];
  return { version: 3, subjectKey: newSecret(), rotationAsked: true, keys };
}

/** Every text in a ring that nobody may see. */
export function secretsIn(ring: {
  readonly subjectKey?: unknown;
  readonly keys: readonly object[];
}): string[] {
  const all = [ring.subjectKey, ...ring.keys.map((key) => ('d' in key ? key.d : undefined))];
  return all.filter((text) => typeof text === 'string');
}

/** A wrapped ring with other members, authenticated anew by someone who has the secret. */
export async function forged(
  text: string,
  secret: string,
  change: (ring: Members, dataKey: Uint8Array) => unknown,
): Promise<string> {
  const ring: Members = JSON.parse(text);
  const { plaintext: dataKey } = await compactDecrypt(ring.wrap.dataKey, base64url.decode(secret));
  await change(ring, dataKey);
  const { mac: _, ...wrap } = ring.wrap;
  const key = Buffer.from(hkdfSync('sha256', dataKey, '', 'matchstick wrapped ring', 32));
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([name, member]) => [name, sorted(member)] as const);
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  };
  const mac = createHmac('sha256', key)
    .update(JSON.stringify(sorted({ ...ring, wrap })))
    .digest('base64url');
  return JSON.stringify({ ...ring, wrap: { ...wrap, mac } });
}

export interface Members {
  keys: Record<string, unknown>[];
  wrap: { by: string; dataKey: string; mac: string; id?: string };
  [name: string]: unknown;
}

/** Octets sealed for a place of a ring, as somebody would who has its data key. */
export function sealedAs(header: StoredMembers, octets: Uint8Array, dataKey: Uint8Array): Promise<string> {
  return new CompactEncrypt(octets)
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header })
    .encrypt(dataKey);
}
