import { MatchstickError } from '../errors.ts';
import { type VerifiedToken, verifyToken } from '../token/verify.ts';
import type { Deployment } from './deployment.ts';

/** A token that was signed here, or why it is refused. */
export type VerifiedNow =
  | {
      readonly genuine: true;
      readonly token: VerifiedToken;
      /** The time at the token's shard, or of its minting where the ledger's clock has gone back behind that. */
      readonly nowMs: number;
    }
  | { readonly genuine: false; readonly reason: string };

/**
 * Verifies a token by the clock of its shard. One from the future was signed here, so it is the ledger's clock that
 * has gone back: the token is genuine, and the ledger decides what may be done with it.
 */
export async function verifyNow(text: string, deployment: Deployment): Promise<VerifiedNow> {
  const { ledger } = deployment;
  const verification = await verifyToken(text, deployment, (shard) => ledger.nowMs(shard));
  const genuine = (token: VerifiedToken) => {
    const nowMs = Math.max(ledger.nowMs(token.id.shard), token.iat * 1000);
    return { genuine: true, token, nowMs } as const;
  };
  if (verification.valid) return genuine(verification.token);
  if (verification.early) return genuine(verification.early);
  return { genuine: false, reason: verification.reason };
}

/** The ledger cannot judge a token that was minted after what its clock shows now. Nothing was burned. */
export function clockIsBehind(byMs: number): MatchstickError {
  const retryAfterSeconds = Math.max(1, Math.ceil(byMs / 1000));
  return new MatchstickError(
    'ledger_unavailable',
    `The ledger's clock is behind: the token was minted ${retryAfterSeconds} s after what the clock shows now. Nothing was redeemed; try again when the clock has caught up.`,
    { retryAfterSeconds },
  );
}
