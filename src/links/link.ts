import type { Deployment } from '../burn/deployment.ts';
import { MatchstickError } from '../errors.ts';
import type { DepositPlace, GuessAnswer } from '../ledger/deposits.ts';
import type { TokenId } from '../token/token-id.ts';
import { newReference, shardOfReference } from './reference.ts';
import { codeDigest, depositName, openText, sealText } from './sealed-deposit.ts';

export interface Link {
  /** `<issuer>/l/<reference>`. */
  readonly url: string;
  /** Six digits that the visitor must type; to be sent another way than the link. */
  readonly code?: string;
}

/** A link that was found, whatever has become of its token meanwhile. */
export interface FoundLink {
  readonly token: string;
  /** Of a link with a code: how many wrong ones may still be typed. */
  readonly triesLeft?: number;
}

export const CODE = /^\d{6}$/;
export const CODE_TRIES = 5;

/**
 * Lets a token wait for a visitor, under a reference that is short enough for every mail client. Throws
 * `ledger_unavailable` when the token's epoch has ended under its hands.
 */
export async function makeLink(
  token: string,
  id: TokenId,
  asksCode: boolean,
  { issuer, deposits, randomBytes, clockToleranceSeconds }: Deployment,
): Promise<Link> {
  const reference = newReference(id.shard, randomBytes);
  const code = asksCode ? newCode(randomBytes) : undefined;
  const isKept = await deposits.put({
    shard: id.shard,
    epoch: id.epoch,
    name: depositName(reference),
    contents: await sealText(token, reference),
    untilMs: (id.expiresAt + clockToleranceSeconds) * 1000,
    ...(code === undefined ? {} : { lock: { answer: codeDigest(code, reference), tries: CODE_TRIES } }),
  });
  if (!isKept) {
    throw new MatchstickError('ledger_unavailable', 'The ledger lost its memory while minting.', {
      retryAfterSeconds: 1,
    });
  }
  return { url: `${issuer}/l/${reference}`, ...(code === undefined ? {} : { code }) };
}

/** Undefined when no token waits there, or none any more. Never burns. Throws `ledger_unavailable`. */
export async function findLink(reference: string, { deposits }: Deployment): Promise<FoundLink | undefined> {
  const place = placeOf(reference);
  const found = place && (await deposits.find(place));
  if (!found) return undefined;
  const { contents, triesLeft } = found;
  const token = await openText(contents, reference);
  return triesLeft === undefined ? { token } : { token, triesLeft };
}

/** One guess at a link's code. Throws `ledger_unavailable`. */
export async function guessCode(
  reference: string,
  code: string,
  { deposits }: Deployment,
): Promise<GuessAnswer> {
  const place = placeOf(reference);
  return place ? deposits.guess(place, codeDigest(code, reference)) : { outcome: 'gone' };
}

function placeOf(reference: string): DepositPlace | undefined {
  const shard = shardOfReference(reference);
  return shard === undefined ? undefined : { shard, name: depositName(reference) };
}

const CODES = 1_000_000;
/** The largest multiple of `CODES` that four octets can say: what is above would favour low codes. */
const FAIR_BELOW = Math.floor(2 ** 32 / CODES) * CODES;

function newCode(randomBytes: (size: number) => Uint8Array): string {
  for (;;) {
    const drawn = new DataView(Uint8Array.from(randomBytes(4)).buffer).getUint32(0);
    if (drawn < FAIR_BELOW) return String(drawn % CODES).padStart(6, '0');
  }
}
