import type { RevokeAnswer } from '../ledger/burn-ledger.ts';
import { parseTokenId, type TokenId } from '../token/token-id.ts';
import type { Deployment } from './deployment.ts';
import { type Refusal, refuse, refuseInvalid } from './refusal.ts';
import { verifyNow } from './verify-now.ts';

export interface Revoked {
  readonly refused: false;
  readonly jti: string;
  readonly answer: RevokeAnswer;
}

/** Revokes a token that can be shown. Idempotent; an expired one is fine too. Throws `ledger_unavailable`. */
export async function revokeToken(token: string, deployment: Deployment): Promise<Revoked | Refusal> {
  const verified = await verifyNow(token, deployment);
  if (!verified.genuine) return refuseInvalid(verified.reason);
  return revokeId(verified.token.jti, verified.token.id, deployment);
}

/** The same by `jti`. */
export async function revokeJti(jti: string, deployment: Deployment): Promise<Revoked | Refusal> {
  const id = parseTokenId(jti);
  if (!id) return refuse('not_found', 'This is not a jti that this service writes.');
  return revokeId(jti, id, deployment);
}

async function revokeId(
  jti: string,
  id: TokenId,
  { ledger, clockToleranceSeconds }: Deployment,
): Promise<Revoked> {
  const answer = await ledger.revoke(id, (id.expiresAt + clockToleranceSeconds) * 1000);
  return { refused: false, jti, answer };
}
