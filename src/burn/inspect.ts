import type { RecordedState } from '../ledger/burn-ledger.ts';
import { parseTokenId, type TokenId } from '../token/token-id.ts';
import type { VerifiedToken } from '../token/verify.ts';
import type { Deployment } from './deployment.ts';
import { verifyNow } from './verify-now.ts';

export type Inspection =
  | { readonly state: 'invalid'; readonly reason: string }
  | (Known & { readonly state: 'live'; readonly usesLeft: number })
  | (Known & { readonly state: 'expired' })
  | (Known & Exclude<RecordedState, { state: 'unrecorded' }>);

interface Known {
  readonly id: TokenId;
  /** Absent when only the `jti` was shown. */
  readonly token?: VerifiedToken;
}

/** The state of a token. Never burns. Throws `ledger_unavailable`. */
export async function inspectToken(text: string, deployment: Deployment): Promise<Inspection> {
  const verified = await verifyNow(text, deployment);
  if (!verified.genuine) return { state: 'invalid', reason: verified.reason };
  const { token } = verified;
  return inspectKnown({ id: token.id, token }, deployment);
}

/**
 * The same by `jti`. Undefined when it is not a `jti` of this service. A `jti` does not say whom it is
 * about and minting writes nothing, so one whose subject was revoked, and one that was never minted,
 * read as `live`.
 */
export async function inspectJti(jti: string, deployment: Deployment): Promise<Inspection | undefined> {
  const id = parseTokenId(jti);
  return id && inspectKnown({ id }, deployment);
}

async function inspectKnown(
  known: Known,
  { ledger, clockToleranceSeconds }: Deployment,
): Promise<Inspection> {
  const { id, token } = known;
  const record = await ledger.inspect(id, token && { subject: token.sub, purpose: token.purpose });
  const isOver = ledger.nowMs(id.shard) >= (id.expiresAt + clockToleranceSeconds) * 1000;
  if (isOver && record.state !== 'burned' && record.state !== 'held') return { ...known, state: 'expired' };
  if (record.state === 'unrecorded') return { ...known, state: 'live', usesLeft: record.usesLeft };
  return { ...known, ...record };
}
