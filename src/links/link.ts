import type { Deployment } from '../burn/deployment.ts';
import type { LinkOrder } from '../burn/mint-order.ts';
import { REMEMBERED_SECONDS } from '../contract/limits.ts';
import { MatchstickError } from '../errors.ts';
import type { DepositPlace, Deposits } from '../ledger/deposits.ts';
import type { TokenId } from '../token/id.ts';
import { CODE_TRIES, newCode } from './code.ts';
import { isReference, newReference } from './reference.ts';
import { codeDigest, depositName, openText, sealText } from './sealed-deposit.ts';

/** The way to a token that a person gets. */
export interface TokenLink {
  /** `<issuer>/l/<reference>`. */
  readonly url: string;
  /** Six digits that the visitor must type. Send them another way than the link. */
  readonly code?: string;
}

/** A link that was found, whatever has become of its token meanwhile. */
export interface FoundLink {
  readonly token: string;
  /** Where its mint said that it leads, as the purpose had it. */
  readonly then?: string;
  /** Present if the link was made with a code. */
  readonly lock?: {
    /** How many wrong codes may still be typed. */
    readonly triesLeft: number;
    /** The code that was typed just now is right. */
    readonly isOpen: boolean;
  };
}

/**
 * Leaves a token for a visitor, under a reference that is short enough for every mail client. It waits as long as its
 * redemption is remembered: for an application that collects it, and so that events can say of a visit that it came too
 * late. Throws
 * `ledger_unavailable` if the token's epoch ended meanwhile.
 */
export async function makeLink(
  token: string,
  id: TokenId,
  { asksCode, then, isNamed }: LinkOrder,
  { issuer, deposits, randomBytes, clockToleranceSeconds }: Deployment,
): Promise<TokenLink> {
  const reference = newReference(id.shard, deposits, randomBytes);
  const code = asksCode ? newCode(randomBytes) : undefined;
  const waitSeconds = Math.max(clockToleranceSeconds, REMEMBERED_SECONDS);
  const isKept = await deposits.put({
    shard: id.shard,
    epoch: id.epoch,
    name: depositName(reference),
    contents: await sealText(isNamed && then ? `${token} ${then.text}` : token, reference),
    untilMs: (id.expiresAt + waitSeconds) * 1000,
    ...(code === undefined ? {} : { lock: { answer: codeDigest(code, reference), tries: CODE_TRIES } }),
  });
  if (!isKept) {
    throw new MatchstickError('ledger_unavailable', 'The ledger lost its memory while minting.', {
      retryAfterSeconds: 1,
    });
  }
  return { url: `${issuer}/l/${reference}`, ...(code === undefined ? {} : { code }) };
}

/** Undefined if no token waits there, or none any more. Never burns. Throws `ledger_unavailable`. */
export async function findLink(reference: string, { deposits }: Deployment): Promise<FoundLink | undefined> {
  const place = placeOf(reference, deposits);
  const found = place && (await deposits.find(place));
  if (!found) return undefined;
  const { contents, triesLeft } = found;
  const text = await openText(contents, reference);
  // A token has no blank in it.
  const [token = ''] = text.split(' ', 1);
  return {
    token,
    ...(token === text ? {} : { then: text.slice(token.length + 1) }),
    ...(triesLeft === undefined ? {} : { lock: { triesLeft, isOpen: false } }),
  };
}

/** One guess at the code of a link. Throws `ledger_unavailable`. */
export async function tryCode(
  reference: string,
  code: string,
  { deposits }: Deployment,
): Promise<NonNullable<FoundLink['lock']>> {
  const place = placeOf(reference, deposits);
  const guess = place && (await deposits.guess(place, codeDigest(code, reference)));
  const isOpen = guess?.outcome === 'right';
  return { triesLeft: guess && 'triesLeft' in guess ? guess.triesLeft : 0, isOpen };
}

function placeOf(reference: string, { shardOf }: Deposits): DepositPlace | undefined {
  return isReference(reference) ? { shard: shardOf(reference), name: depositName(reference) } : undefined;
}
