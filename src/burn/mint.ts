import { base64url } from 'jose';
import type { InputProblem } from '../errors.ts';
import type { TokenClaims } from '../token/claims.ts';
import { MAX_TOKEN_CHARACTERS, signToken, tokenCharacters } from '../token/sign.ts';
import { formatTokenId, NONCE_BYTES, TOKEN_ID_CHARACTERS } from '../token/token-id.ts';
import type { Capabilities } from './capabilities.ts';
import { type MintOrder, type MintRequest, parseMintOrder } from './mint-order.ts';

export interface MintedToken {
  readonly token: string;
  readonly claims: TokenClaims;
}

/**
 * The order of a request, or everything that is wrong with it. Its token's length is known beforehand, so
 * that of a batch none is minted when one would be too long.
 */
export function parseMint(
  request: MintRequest,
  { purposes, issuer, keys }: Capabilities,
): MintOrder | readonly InputProblem[] {
  const order = parseMintOrder(request, purposes);
  if (!('subject' in order)) return order;
  const length = tokenCharacters(claimsOf(order, issuer, SAMPLE), keys.signing);
  if (length <= MAX_TOKEN_CHARACTERS) return order;
  const message = `the token would be ${length} characters long, and ${MAX_TOKEN_CHARACTERS} are allowed: send less in subject and claims`;
  return [{ path: order.claims ? 'claims' : 'subject', message }];
}

/**
 * Signs a token of the subject's living epoch. Nothing is written. Throws `ledger_unavailable` when no
 * epoch can be shown to live.
 */
export async function mint(order: MintOrder, capabilities: Capabilities): Promise<MintedToken> {
  const { ledger, keys, issuer, randomBytes } = capabilities;
  const { shard, epoch, nowMs } = await ledger.living(order.subject);
  const issuedAt = Math.floor(nowMs / 1000);
  const expiresAt = issuedAt + order.lifetimeSeconds;
  const nonce = base64url.encode(randomBytes(NONCE_BYTES));
  const jti = formatTokenId({ shard, epoch, uses: 1, generation: 0, issuedAt, expiresAt, nonce });
  const claims = claimsOf(order, issuer, { jti, iat: issuedAt, exp: expiresAt });
  return { token: await signToken(claims, keys.signing), claims };
}

type Instance = Pick<TokenClaims, 'jti' | 'iat' | 'exp'>;

/** As long as every instance: seconds have ten digits until the year 2286. */
const SAMPLE: Instance = { jti: 'A'.repeat(TOKEN_ID_CHARACTERS), iat: 1_000_000_000, exp: 1_000_000_000 };

function claimsOf(order: MintOrder, issuer: string, { jti, iat, exp }: Instance): TokenClaims {
  return {
    iss: issuer,
    aud: order.audience,
    sub: order.subject,
    jti,
    iat,
    exp,
    purpose: order.purpose,
    ...(order.claims ? { claims: order.claims } : {}),
  };
}
