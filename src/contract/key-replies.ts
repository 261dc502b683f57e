import * as z from 'zod/mini';

const timestamp = z.iso.datetime().check(z.describe('RFC 3339, UTC.'));

const listedKey = z.strictObject({
  kid: z.string(),
  algorithm: z.enum(['ES256', 'Ed25519']),
  /** next: published, signs nothing yet. signing. verifying: has signed. revoked: refused. */
  state: z.enum(['next', 'signing', 'verifying', 'revoked']),
  createdAt: timestamp,
  /** Since when it has this state. */
  since: timestamp,
  /** next: the first moment at which it may sign, since every cache of the JWK Set has it by then. */
  readyAt: z.exactOptional(timestamp),
  /** When it is taken out of the ring. */
  endsAt: z.exactOptional(timestamp),
});

export const listedKeys = z.strictObject({
  keys: z.readonly(z.array(listedKey)),
  /** When the next key begins to sign by itself; sooner if a rotation was asked for. Absent: when somebody rotates. */
  rotatesAt: z.exactOptional(timestamp),
});

/** The signing keys, and what becomes of each. */
export type ListedKeys = z.output<typeof listedKeys>;

export const rotatedKeys = z.extend(listedKeys, {
  /** Whether the next key signs by now. If not, it will at `rotatesAt`. */
  rotated: z.boolean(),
});

export type RotatedKeys = z.output<typeof rotatedKeys>;

export const revokedKey = z.extend(listedKeys, {
  revoked: z.literal(true),
  kid: z.string(),
  /** Part of the ledger was replaced lately, and a server with the earlier part may still be there: see a revocation. */
  elsewhere: z.exactOptional(z.literal(true)),
});

export type RevokedKey = z.output<typeof revokedKey>;
