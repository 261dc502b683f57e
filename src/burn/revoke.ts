import type { RevokeAnswer } from '../ledger/burn-ledger.ts';
import { parseTokenId, type TokenId } from '../token/token-id.ts';
import type { Capabilities } from './deployment.ts';
import { type Refusal, refuse, refuseInvalid } from './refusal.ts';
import { verifyNow } from './verify-now.ts';

export interface Revoked {
  readonly refused: false;
  readonly jti: string;
  readonly answer: RevokeAnswer;
}

/** Revokes a token that can be shown. Idempotent; an expired one is fine too. Throws `ledger_unavailable`. */
export async function revokeToken(token: string, capabilities: Capabilities): Promise<Revoked | Refusal> {
  const verified = await verifyNow(token, capabilities);
  if (!verified.genuine) return refuseInvalid(verified.reason);
  return revokeId(verified.token.jti, verified.token.id, capabilities);
}

/** The same by `jti`. */
export async function revokeJti(jti: string, capabilities: Capabilities): Promise<Revoked | Refusal> {
  const id = parseTokenId(jti);
  if (!id) return refuse('not_found', 'This is not a jti that this service writes.');
  return revokeId(jti, id, capabilities);
}

async function revokeId(
  jti: string,
  id: TokenId,
  { ledger, clockToleranceSeconds }: Capabilities,
): Promise<Revoked> {
  const answer = await ledger.revoke(id, (id.expiresAt + clockToleranceSeconds) * 1000);
  return { refused: false, jti, answer };
}
