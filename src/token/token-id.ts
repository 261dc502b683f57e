import { base64url } from 'jose';
import { isCanonicalBase64url } from './base64url.ts';

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
  /** 128 random bits, 22 base64url characters: the name of the token's burn record. */
  readonly nonce: string;
}

export const EPOCH_BYTES = 12;
export const NONCE_BYTES = 16;
export const MAX_USES = 100;
const HEAD_BYTES = 8;
const JTI = /^[\w-]{48}$/;

/** shard (1 octet), uses (1), lifetime in seconds (2), `exp` (4), epoch (12), nonce (16): 48 characters, no spare bits. */
export function formatTokenId(id: TokenId): string {
  const octets = new Uint8Array(HEAD_BYTES + EPOCH_BYTES + NONCE_BYTES);
  const view = new DataView(octets.buffer);
  view.setUint8(0, id.shard);
  view.setUint8(1, id.uses);
  view.setUint16(2, id.expiresAt - id.issuedAt);
  view.setUint32(4, id.expiresAt);
  octets.set(base64url.decode(id.epoch), HEAD_BYTES);
  octets.set(base64url.decode(id.nonce), HEAD_BYTES + EPOCH_BYTES);
  return base64url.encode(octets);
}

/** Undefined for anything that `formatTokenId` cannot have written. */
export function parseTokenId(jti: unknown): TokenId | undefined {
  if (typeof jti !== 'string' || !JTI.test(jti) || !isCanonicalBase64url(jti)) return undefined;
  const octets = base64url.decode(jti);
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const uses = view.getUint8(1);
  const expiresAt = view.getUint32(4);
  const issuedAt = expiresAt - view.getUint16(2);
  if (issuedAt >= expiresAt || uses < 1 || uses > MAX_USES) return undefined;
  return {
    shard: view.getUint8(0),
    epoch: base64url.encode(octets.subarray(HEAD_BYTES, HEAD_BYTES + EPOCH_BYTES)),
    uses,
    issuedAt,
    expiresAt,
    nonce: base64url.encode(octets.subarray(HEAD_BYTES + EPOCH_BYTES)),
  };
}
