import { base64url } from 'jose';
import { requestInvalid } from '../errors.ts';
import type { TokenClaims } from '../token/claims.ts';
import { MAX_TOKEN_CHARACTERS, signToken } from '../token/sign.ts';
import { formatTokenId, NONCE_BYTES } from '../token/token-id.ts';
import type { Capabilities } from './capabilities.ts';
import type { MintOrder } from './mint-order.ts';

export interface MintedToken {
  readonly token: string;
  readonly claims: TokenClaims;
}

/**
 * Signs a token of the subject's living epoch. Nothing is written. Throws `ledger_unavailable` when
 * no epoch can be shown to live, and `request_invalid` when the token would be too long for a link.
 */
export async function mint(order: MintOrder, capabilities: Capabilities): Promise<MintedToken> {
  const { ledger, keys, issuer, randomBytes } = capabilities;
  const { shard, epoch, nowMs } = await ledger.living(order.subject);
  const issuedAt = Math.floor(nowMs / 1000);
  const expiresAt = issuedAt + order.lifetimeSeconds;
  const nonce = base64url.encode(randomBytes(NONCE_BYTES));
  const claims: TokenClaims = {
    iss: issuer,
    aud: order.audience,
    sub: order.subject,
    jti: formatTokenId({ shard, epoch, uses: 1, generation: 0, issuedAt, expiresAt, nonce }),
    iat: issuedAt,
    exp: expiresAt,
    purpose: order.purpose,
    ...(order.claims ? { claims: order.claims } : {}),
  };
  const token = await signToken(claims, keys.signing);
  if (token.length > MAX_TOKEN_CHARACTERS) {
    const message = `the token would be ${token.length} characters long, and ${MAX_TOKEN_CHARACTERS} are allowed: send less in subject and claims`;
    throw requestInvalid([{ path: order.claims ? 'claims' : 'subject', message }]);
  }
  return { token, claims };
}
