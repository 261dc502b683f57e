import { MAX_TOKEN_CHARACTERS } from '../contract/limits.ts';
import type { Minted } from '../contract/replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import { MatchstickError, requestInvalid } from '../errors.ts';
import { expiryMinute } from '../ledger/burn-ledger.ts';
import { toBase64url } from '../token/base64url.ts';
import type { TokenClaims } from '../token/claims.ts';
import { filledDestination } from '../token/destination.ts';
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
  /** The key that signed it. */
  readonly kid: string;
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
  const leading = order.link?.then && filledDestination(order.link.then, { subject, claims });
  const unfit = [...unopenable, ...(leading?.ok === false ? leading.problems : [])];
  if (unfit.length > 0) return requestInvalid(unfit);
  if (isSurelyShort(order, issuer)) return order;
  const sample = claimsOf(order, issuer, SAMPLE, order.sealed && 'A'.repeat(sealedCharacters(order.sealed)));
  const length = tokenCharacters(sample, keys.signing);
  if (length <= MAX_TOKEN_CHARACTERS) return order;
  const message = `the token would be ${length} characters long, and ${MAX_TOKEN_CHARACTERS} are allowed: send less in subject and claims`;
  return requestInvalid([{ path: order.claims || order.sealed ? 'claims' : 'subject', message }]);
}

/** Digests, times and names of members take some 500 octets, and three octets take four characters. */
const SHORT_OCTETS = 800;
/** What JSON takes for a character at most: an escape. */
const MOST_OCTETS = 6;

/** Whether no token of this order can be too long: most carry nothing but names. */
function isSurelyShort({ subject, audience, purpose, claims, sealed }: MintOrder, issuer: string): boolean {
  const characters = issuer.length + subject.length + audience.length + purpose.length;
  return !claims && !sealed && characters * MOST_OCTETS <= SHORT_OCTETS;
}

/** How often a mint begins anew because the epoch ended while it worked. */
const TRIES = 3;

/**
 * Signs a token of the subject's living epoch for each order. Writes nothing, unless a purpose limits how many of its
 * tokens may live: then those of one subject and purpose are registered together. Throws `ledger_unavailable` if no epoch
 * can be shown to live.
 */
export async function mintAll(
  orders: readonly MintOrder[],
  deployment: Deployment,
): Promise<readonly MintedToken[]> {
  const named = groupsOf(orders).map(async (group) => {
    const ids = await newTokenIds(group, deployment);
    return group.map((order, index) => [order, ids[index]] as const);
  });
  const idOf = new Map((await Promise.all(named)).flat());
  return Promise.all(
    orders.map((order) => {
      const id = idOf.get(order);
      if (!id) throw new TypeError('an order was left without an id');
      return sign(order, id, deployment);
    }),
  );
}

/** The same for one. */
export async function mint(order: MintOrder, deployment: Deployment): Promise<MintedToken> {
  const [id] = await newTokenIds([order], deployment);
  if (!id) throw new TypeError('an order was left without an id');
  return sign(order, id, deployment);
}

/** The orders of each subject and purpose. */
function groupsOf(orders: readonly MintOrder[]): readonly (readonly MintOrder[])[] {
  const groups = new Map<string, MintOrder[]>();
  for (const order of orders) {
    const key = JSON.stringify([order.subject, order.purpose]);
    const group = groups.get(key);
    if (group) group.push(order);
    else groups.set(key, [order]);
  }
  return [...groups.values()];
}

async function sign(order: MintOrder, id: TokenId, deployment: Deployment): Promise<MintedToken> {
  const { issuer } = deployment;
  const instance = { jti: formatTokenId(id), iat: id.issuedAt, exp: id.expiresAt };
  // Read once: the ring may change meanwhile, and what one key seals under another's name nobody opens.
  const { signing } = deployment.keys;
  const sealed = order.sealed && (await sealClaims(order.sealed, signing.sealingKey));
  const claims = claimsOf(order, issuer, instance, sealed);
  const minted: Minted = {
    token: signToken(claims, signing),
    jti: claims.jti,
    purpose: claims.purpose,
    subject: claims.sub,
    audience: claims.aud,
    issuedAt: timestampOf(claims.iat * 1000),
    expiresAt: timestampOf(claims.exp * 1000),
  };
  return { minted, id, kid: signing.kid };
}

/** New ids for orders of one subject and purpose. */
async function newTokenIds(
  orders: readonly MintOrder[],
  { ledger, randomBytes, clockToleranceSeconds, witness }: Deployment,
): Promise<readonly TokenId[]> {
  const [first] = orders;
  if (!first) return [];
  for (let tries = 0; tries < TRIES; tries++) {
    const { shard, epoch, generation, nowMs } = await ledger.living(first.subject);
    const issuedAt = Math.floor(nowMs / 1000);
    const ids = orders.map(({ uses, lifetimeSeconds }): TokenId => {
      const nonce = toBase64url(randomBytes(NONCE_BYTES));
      const expiresAt = issuedAt + lifetimeSeconds;
      const level = ledger.levelOf?.(shard, expiryMinute({ expiresAt })) ?? 0;
      const id = { shard, epoch, generation, issuedAt, expiresAt, uses, nonce };
      return level === 0 ? id : { level, ...id };
    });
    if (first.live === undefined) return ids;
    const tokens = ids.map((id) => ({ id, burnableUntilMs: (id.expiresAt + clockToleranceSeconds) * 1000 }));
    const { subject, purpose } = first;
    if (await ledger.register(tokens, first, first.live, witness.note({ subject, purpose }))) return ids;
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
    ...bindingClaims(order.bind, jti),
    ...(sealed === undefined ? {} : { sealed }),
  };
}
