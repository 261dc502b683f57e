import { parseTokenId, type TokenId } from '../token/token-id.ts';
import { type VerifiedToken, verifyToken } from '../token/verify.ts';
import type { Capabilities } from './capabilities.ts';

export type Inspection =
  | { readonly state: 'invalid'; readonly reason: string }
  | {
      readonly state: 'live' | 'expired' | 'void';
      readonly id: TokenId;
      readonly token?: VerifiedToken;
    }
  | {
      readonly state: 'burned';
      readonly id: TokenId;
      readonly token?: VerifiedToken;
      readonly redeemedAtMs: number;
      readonly redeemedBy: string;
    };

/** The state of a token. Never burns. Throws `ledger_unavailable`. */
export async function inspectToken(token: string, capabilities: Capabilities): Promise<Inspection> {
  const verification = await verifyToken(token, capabilities, capabilities.ledger.nowMs());
  if (!verification.valid) return { state: 'invalid', reason: verification.reason };
  return { ...(await inspectId(verification.token.id, capabilities)), token: verification.token };
}

/**
 * The same by `jti`. Undefined when it is not a `jti` of this service. Minting writes nothing, so a
 * well-formed `jti` of a living epoch that was never minted reads as `live`.
 */
export async function inspectJti(jti: string, capabilities: Capabilities): Promise<Inspection | undefined> {
  const id = parseTokenId(jti);
  return id && inspectId(id, capabilities);
}

async function inspectId(
  id: TokenId,
  { ledger, clockToleranceSeconds }: Capabilities,
): Promise<Exclude<Inspection, { state: 'invalid' }>> {
  const record = await ledger.inspect(id);
  if (record.state === 'burned') {
    return { state: 'burned', id, redeemedAtMs: record.redeemedAtMs, redeemedBy: record.redeemedBy };
  }
  if (ledger.nowMs() >= (id.expiresAt + clockToleranceSeconds) * 1000) return { state: 'expired', id };
  return { state: record.state === 'void' ? 'void' : 'live', id };
}
