import { base64url } from 'jose';
import { MAX_TOKEN_CHARACTERS } from '../contract/limits.ts';
import type { Minted } from '../contract/replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import { MatchstickError, requestInvalid } from '../errors.ts';
import type { TokenClaims } from '../token/claims.ts';
import { formatTokenId, NONCE_BYTES, TOKEN_ID_CHARACTERS, type TokenId } from '../token/id.ts';
import { sealClaims, sealedCharacters } from '../token/sealed-claims.ts';
import { signToken, tokenCharacters } from '../token/sign.ts';
import { bindingClaims } from './binding-order.ts';
import type { Deployment } from './deployment.ts';
import { type MintOrder, type MintRequest, parseMintOrder } from './mint-order.ts';

/** A token that was minted, before it gets a link. */
export interface MintedToken {
  readonly minted: Minted;
  readonly id: TokenId;
}

/**
 * The order of a request, or `request_invalid` with every problem. The length of its token is known beforehand, so
 * that no token of a batch is minted if one would be too long.
 */
export function parseMint(
  request: MintRequest,
  { purposes, issuer, keys, openers }: Deployment,
): MintOrder | MatchstickError {
  const order = parseMintOrder(request, purposes);
  if (order instanceof MatchstickError) return order;
  const { subject, claims = {} } = order;
  const unopenable =
    openers.get(order.purpose)?.problems({ subject, claims: { ...claims, ...order.sealed } }) ?? [];
  if (unopenable.length > 0) return requestInvalid(unopenable);
  const sample = claimsOf(order, issuer, SAMPLE, order.sealed && 'A'.repeat(sealedCharacters(order.sealed)));
  const length = tokenCharacters(sample, keys.signing);
  if (length <= MAX_TOKEN_CHARACTERS) return order;
  const message = `the token would be ${length} characters long, and ${MAX_TOKEN_CHARACTERS} are allowed: send less in subject and claims`;
  return requestInvalid([{ path: order.claims || order.sealed ? 'claims' : 'subject', message }]);
}

/** How often a mint begins anew because the epoch ended while it worked. */
const TRIES = 3;

/**
 * Signs a token of the subject's living epoch. Writes nothing, unless the purpose limits how many of its tokens may
 * live. Throws `ledger_unavailable` if no epoch can be shown to live.
 */
export async function mint(order: MintOrder, deployment: Deployment): Promise<MintedToken> {
  const { issuer } = deployment;
  const id = await newTokenId(order, deployment);
  const instance = { jti: formatTokenId(id), iat: id.issuedAt, exp: id.expiresAt };
  // Read once: the ring may change meanwhile, and what one key seals under another's name nobody opens.
  const { signing } = deployment.keys;
  const sealed = order.sealed && (await sealClaims(order.sealed, signing.sealingKey));
  const claims = claimsOf(order, issuer, instance, sealed);
  const minted: Minted = {
    token: await signToken(claims, signing),
    jti: claims.jti,
    purpose: claims.purpose,
    subject: claims.sub,
    audience: claims.aud,
    issuedAt: timestampOf(claims.iat * 1000),
    expiresAt: timestampOf(claims.exp * 1000),
  };
  return { minted, id };
}

async function newTokenId(order: MintOrder, deployment: Deployment): Promise<TokenId> {
  const { ledger, randomBytes, clockToleranceSeconds } = deployment;
  for (let tries = 0; tries < TRIES; tries++) {
    const { shard, epoch, generation, nowMs } = await ledger.living(order.subject);
    const issuedAt = Math.floor(nowMs / 1000);
    const expiresAt = issuedAt + order.lifetimeSeconds;
    const nonce = base64url.encode(randomBytes(NONCE_BYTES));
    const id: TokenId = { generation, shard, uses: order.uses, epoch, issuedAt, expiresAt, nonce };
    if (order.live === undefined) return id;
    const burnableUntilMs = (expiresAt + clockToleranceSeconds) * 1000;
    if (await ledger.register([{ id, burnableUntilMs }], order, order.live)) return id;
  }
  throw new MatchstickError(
    'ledger_unavailable',
    'The ledger lost its memory again and again while minting.',
    {
      retryAfterSeconds: 1,
    },
  );
}

type Instance = Pick<TokenClaims, 'jti' | 'iat' | 'exp'>;

/** As long as every instance: seconds have ten digits until the year 2286. */
const SAMPLE: Instance = { jti: 'A'.repeat(TOKEN_ID_CHARACTERS), iat: 1_000_000_000, exp: 1_000_000_000 };

function claimsOf(
  order: MintOrder,
  issuer: string,
  { jti, iat, exp }: Instance,
  sealed: string | undefined,
): TokenClaims {
  return {
    iss: issuer,
    aud: order.audience,
    sub: order.subject,
    jti,
    iat,
    exp,
    purpose: order.purpose,
    ...(order.claims ? { claims: order.claims } : {}),
    ...bindingClaims(order.bind ?? {}, jti),
    ...(sealed === undefined ? {} : { sealed }),
  };
}
