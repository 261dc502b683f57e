import { MatchstickError } from '../errors.ts';
import { UNKNOWN_KEY } from '../token/header.ts';
import { type VerifiedToken, verifyToken } from '../token/verify.ts';
import type { Deployment } from './deployment.ts';
import { refuseInvalid } from './refusal.ts';

/** A token that was signed here, and its text. */
export interface GenuineToken {
  readonly text: string;
  readonly token: VerifiedToken;
  /** The time at the token's shard, or the time of its minting if the ledger's clock has gone back behind that. */
  readonly nowMs: number;
}

export type Genuineness =
  | ({ readonly ok: true } & GenuineToken)
  /** `reason` completes the sentence "The token is refused: …". */
  | { readonly ok: false; readonly reason: string };

/**
 * Whether a token was signed here, by the clock of its shard. One from the future was signed here too, so it is the
 * ledger's clock that has gone back: the token is genuine, and the ledger decides what may be done with it.
 */
export async function judgeNow(text: string, deployment: Deployment): Promise<Genuineness> {
  const { ledger, keys } = deployment;
  const verify = () => verifyToken(text, deployment, (shard) => ledger.nowMs(shard));
  let verification = await verify();
  if (!verification.valid && verification.reason === UNKNOWN_KEY && keys.readAgain) {
    // Another instance may sign with it already.
    await keys.readAgain();
    verification = await verify();
  }
  const genuine = (token: VerifiedToken) => {
    const nowMs = Math.max(ledger.nowMs(token.id.shard), token.iat * 1000);
    return { ok: true, text, token, nowMs } as const;
  };
  if (verification.valid) return genuine(verification.token);
  if (verification.early) return genuine(verification.early);
  return { ok: false, reason: verification.reason };
}

/** Refuses a genuine token for a reason that concerns who asks, before anything is done with it. */
export type Objection = (token: VerifiedToken) => MatchstickError | undefined;

/** The token if it was signed here, else the refusal `token_invalid`. */
export async function verifyNow(
  text: string,
  deployment: Deployment,
): Promise<GenuineToken | MatchstickError> {
  const judged = await judgeNow(text, deployment);
  return judged.ok ? judged : refuseInvalid(judged.reason);
}

/** The ledger cannot judge a token that was minted after what its clock shows now. Nothing was burned. */
export function clockIsBehind(byMs: number): MatchstickError {
  const retryAfterSeconds = Math.ceil(byMs / 1000);
  return new MatchstickError(
    'ledger_unavailable',
    `The ledger's clock is behind: the token was minted ${retryAfterSeconds} s after what the clock shows now. Nothing was redeemed. Try again when the clock has caught up.`,
    { retryAfterSeconds },
  );
}
