import { base64url } from 'jose';
import { MatchstickError, requestInvalid } from '../errors.ts';
import type { TokenClaims } from '../token/claims.ts';
import { MAX_TOKEN_CHARACTERS, signToken } from '../token/sign.ts';
import { formatTokenId, NONCE_BYTES, type TokenId } from '../token/token-id.ts';
import type { Capabilities } from './capabilities.ts';
import type { MintOrder } from './mint-order.ts';

export interface MintedToken {
  readonly token: string;
  readonly claims: TokenClaims;
}

/** How often a mint begins anew because the epoch ended under its hands. */
const TRIES = 3;

/**
 * Signs a token of the subject's living epoch. Nothing is written, unless the purpose limits how many of
 * its tokens may live. Throws `ledger_unavailable` when no epoch can be shown to live, and
 * `request_invalid` when the token would be too long for a link.
 */
export async function mint(order: MintOrder, capabilities: Capabilities): Promise<MintedToken> {
  const id = await newTokenId(order, capabilities);
  const claims: TokenClaims = {
    iss: capabilities.issuer,
    aud: order.audience,
    sub: order.subject,
    jti: formatTokenId(id),
    iat: id.issuedAt,
    exp: id.expiresAt,
    purpose: order.purpose,
    ...(order.claims ? { claims: order.claims } : {}),
  };
  const token = await signToken(claims, capabilities.keys.signing);
  if (token.length > MAX_TOKEN_CHARACTERS) {
    const message = `the token would be ${token.length} characters long, and ${MAX_TOKEN_CHARACTERS} are allowed: send less in subject and claims`;
    throw requestInvalid([{ path: order.claims ? 'claims' : 'subject', message }]);
  }
  return { token, claims };
}

async function newTokenId(order: MintOrder, capabilities: Capabilities): Promise<TokenId> {
  const { ledger, randomBytes, clockToleranceSeconds } = capabilities;
  for (let tries = 0; tries < TRIES; tries++) {
    const { shard, epoch, generation, nowMs } = await ledger.living(order.subject);
    const issuedAt = Math.floor(nowMs / 1000);
    const expiresAt = issuedAt + order.lifetimeSeconds;
    const nonce = base64url.encode(randomBytes(NONCE_BYTES));
    const id: TokenId = { generation, shard, uses: order.uses, epoch, issuedAt, expiresAt, nonce };
    if (order.live === undefined) return id;
    const burnableUntilMs = (expiresAt + clockToleranceSeconds) * 1000;
    if (await ledger.register(id, order, order.live, burnableUntilMs)) return id;
  }
  throw new MatchstickError(
    'ledger_unavailable',
    'The ledger lost its memory again and again while minting.',
    {
      retryAfterSeconds: 1,
    },
  );
}
