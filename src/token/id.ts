import { MAX_USES } from '../contract/limits.ts';
import { fromBase64url, isCanonicalBase64url, toBase64url } from './base64url.ts';

/**
 * What a `jti` says. It finds its own burn record (shard, epoch, expiry minute, nonce) and tells a
 * reader when the token was issued and expires, without any index of what was minted.
 */
export interface TokenId {
  /** The shard of the ledger that remembers this token, 0 to 255. */
  readonly shard: number;
  /** The unbroken memory in which it was minted: 16 base64url characters. */
  readonly epoch: string;
  /** RFC 7519 `iat` and `exp`, in seconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** How often the token may be redeemed, 1 to `MAX_USES`. */
  readonly uses: number;
  /** How many revocations by subject its shard had seen when it was minted: later ones revoke it. */
  readonly generation: number;
  /** Among how many buckets of its minute its record is to be looked for, 0 to `MAX_LEVEL`. Absent: 0. */
  readonly level?: number;
  /** 128 random bits, 22 base64url characters: the name of the token's burn record. */
  readonly nonce: string;
}

export const EPOCH_BYTES = 12;
export const NONCE_BYTES = 16;
export const MAX_GENERATION = 0xff_ff_ff;
export const MAX_LEVEL = 15;
/** Lifetimes are shorter. */
const LEVEL_FACTOR = 4096;
const HEAD_BYTES = 11;
export const TOKEN_ID_CHARACTERS = 52;
const JTI = /^[\w-]{52}$/;

/**
 * generation (3 octets), shard (1), uses (1), level (4 bits), lifetime in seconds (12 bits), `exp` (4), epoch (12), nonce (16):
 * 52 characters, no spare bits.
 */
export function formatTokenId(id: TokenId): string {
  HEAD.setUint8(0, id.generation >>> 16);
  HEAD.setUint16(1, id.generation & 0xff_ff);
  HEAD.setUint8(3, id.shard);
  HEAD.setUint8(4, id.uses);
  HEAD.setUint16(5, lifetimeAndLevel(id));
  HEAD.setUint32(7, id.expiresAt);
  OCTETS.fill(0, HEAD_BYTES);
  OCTETS.write(id.epoch, HEAD_BYTES, EPOCH_BYTES, 'base64url');
  OCTETS.write(id.nonce, HEAD_BYTES + EPOCH_BYTES, NONCE_BYTES, 'base64url');
  return toBase64url(OCTETS);
}

/** Every id is put together in these octets. They hold no secret: an id says nothing that its token does not. */
const OCTETS = Buffer.alloc(HEAD_BYTES + EPOCH_BYTES + NONCE_BYTES);
const HEAD = new DataView(OCTETS.buffer, OCTETS.byteOffset, HEAD_BYTES);

/** The shard in a text that is known to be an id, without reading the rest of it. */
export function shardOfTokenId(jti: string): number {
  return fromBase64url(jti.slice(4, 6))[0] ?? 0;
}

/** Undefined for anything that `formatTokenId` cannot have written. */
export function parseTokenId(jti: unknown): TokenId | undefined {
  if (typeof jti !== 'string' || !JTI.test(jti) || !isCanonicalBase64url(jti)) return undefined;
  const octets = fromBase64url(jti);
  const uses = octets.readUInt8(4);
  const expiresAt = octets.readUInt32BE(7);
  const { issuedAt, level } = timesAndLevel(expiresAt, octets.readUInt16BE(5));
  if (issuedAt >= expiresAt || uses < 1 || uses > MAX_USES) return undefined;
  return {
    generation: octets.readUIntBE(0, 3),
    shard: octets.readUInt8(3),
    epoch: octets.toString('base64url', HEAD_BYTES, HEAD_BYTES + EPOCH_BYTES),
    uses,
    issuedAt,
    expiresAt,
    ...(level === undefined ? {} : { level }),
    nonce: octets.toString('base64url', HEAD_BYTES + EPOCH_BYTES),
  };
}

/** Both in one number of 16 bits. */
export function lifetimeAndLevel({
  issuedAt,
  expiresAt,
  level = 0,
}: Pick<TokenId, 'issuedAt' | 'expiresAt' | 'level'>): number {
  return level * LEVEL_FACTOR + (expiresAt - issuedAt);
}

/** What such a number says of a token that expires then. */
export function timesAndLevel(
  expiresAt: number,
  number: number,
): Pick<TokenId, 'issuedAt' | 'expiresAt' | 'level'> {
  const level = Math.floor(number / LEVEL_FACTOR);
  return { issuedAt: expiresAt - (number % LEVEL_FACTOR), expiresAt, ...(level === 0 ? {} : { level }) };
}
