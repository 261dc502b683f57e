import { parseTokenId, TOKEN_ID_CHARACTERS, type TokenId } from '../token/id.ts';
import { attemptId, isAttemptSecret } from './attempt.ts';

/** What a redemption is named by: it finds its own record, and nothing else does. */
export interface RedemptionId {
  readonly jti: string;
  readonly id: TokenId;
  /** The attempt as the ledger knows it. */
  readonly attempt: string;
}

/** The token's `jti` and the attempt's secret: nothing that the ledger holds makes one. */
export function formatRedemptionId(jti: string, secret: string): string {
  return `${jti}${secret}`;
}

/** Undefined for anything that `formatRedemptionId` cannot have written. */
export function parseRedemptionId(text: string): RedemptionId | undefined {
  const jti = text.slice(0, TOKEN_ID_CHARACTERS);
  const secret = text.slice(TOKEN_ID_CHARACTERS);
  const id = parseTokenId(jti);
  return id && isAttemptSecret(secret) ? { jti, id, attempt: attemptId(secret) } : undefined;
}
