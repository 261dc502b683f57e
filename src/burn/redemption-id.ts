import { parseTokenId, TOKEN_ID_CHARACTERS, type TokenId } from '../token/token-id.ts';

/** A redemption is named by the token's `jti` and the attempt: it finds its own record, and nothing else does. */
export interface RedemptionId {
  readonly jti: string;
  readonly id: TokenId;
  readonly attempt: string;
}

const ATTEMPT = /^[\w-]{20}$/;

export function formatRedemptionId(jti: string, attempt: string): string {
  return `${jti}${attempt}`;
}

/** Undefined for anything that `formatRedemptionId` cannot have written. */
export function parseRedemptionId(text: string): RedemptionId | undefined {
  const jti = text.slice(0, TOKEN_ID_CHARACTERS);
  const attempt = text.slice(TOKEN_ID_CHARACTERS);
  const id = parseTokenId(jti);
  return id && ATTEMPT.test(attempt) ? { jti, id, attempt } : undefined;
}
