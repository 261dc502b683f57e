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
  /** 128 random bits, 22 base64url characters: the name of the token's burn record. */
  readonly nonce: string;
}

export const EPOCH_BYTES = 12;
export const NONCE_BYTES = 16;
export const MAX_GENERATION = 0xff_ff_ff;
const HEAD_BYTES = 11;
export const TOKEN_ID_CHARACTERS = 52;
const JTI = /^[\w-]{52}$/;

/**
 * generation (3 octets), shard (1), uses (1), lifetime in seconds (2), `exp` (4), epoch (12), nonce (16):
 * 52 characters, no spare bits.
 */
export function formatTokenId(id: TokenId): string {
  const octets = Buffer.alloc(HEAD_BYTES + EPOCH_BYTES + NONCE_BYTES);
  const view = new DataView(octets.buffer, octets.byteOffset, HEAD_BYTES);
  view.setUint8(0, id.generation >>> 16);
  view.setUint16(1, id.generation & 0xff_ff);
  view.setUint8(3, id.shard);
  view.setUint8(4, id.uses);
  view.setUint16(5, id.expiresAt - id.issuedAt);
  view.setUint32(7, id.expiresAt);
  octets.write(id.epoch, HEAD_BYTES, 'base64url');
  octets.write(id.nonce, HEAD_BYTES + EPOCH_BYTES, 'base64url');
  return toBase64url(octets);
}

/** Undefined for anything that `formatTokenId` cannot have written. */
export function parseTokenId(jti: unknown): TokenId | undefined {
  if (typeof jti !== 'string' || !JTI.test(jti) || !isCanonicalBase64url(jti)) return undefined;
  const octets = fromBase64url(jti);
  const uses = octets.readUInt8(4);
  const expiresAt = octets.readUInt32BE(7);
  const issuedAt = expiresAt - octets.readUInt16BE(5);
  if (issuedAt >= expiresAt || uses < 1 || uses > MAX_USES) return undefined;
  return {
    generation: octets.readUIntBE(0, 3),
    shard: octets.readUInt8(3),
    epoch: octets.toString('base64url', HEAD_BYTES, HEAD_BYTES + EPOCH_BYTES),
    uses,
    issuedAt,
    expiresAt,
    nonce: octets.toString('base64url', HEAD_BYTES + EPOCH_BYTES),
  };
}
