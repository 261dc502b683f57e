import type { Revoked } from '../contract/replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import { MatchstickError } from '../errors.ts';
import type { About } from '../events/witness.ts';
import type { Reach } from '../ledger/burn-ledger.ts';
import { parseTokenId, type TokenId } from '../token/id.ts';
import type { Deployment } from './deployment.ts';
import { refuse } from './refusal.ts';
import { aboutToken } from './refused.ts';
import { type Objection, verifyNow } from './verify-now.ts';

/** Revokes a token. Idempotent; an expired one is fine too. Throws `ledger_unavailable`. */
export async function revokeToken(
  text: string,
  objection: Objection,
  deployment: Deployment,
): Promise<Revoked | MatchstickError> {
  const genuine = await verifyNow(text, deployment);
  if (genuine instanceof MatchstickError) return genuine;
  const { token } = genuine;
  return objection(token) ?? revokeId(token.jti, token.id, aboutToken(token), deployment);
}

/** The same by `jti`. */
export async function revokeJti(jti: string, deployment: Deployment): Promise<Revoked | MatchstickError> {
  const id = parseTokenId(jti);
  const mayBeOurs = id && (await deployment.ledger.mayHaveMinted(id));
  return mayBeOurs ? revokeId(jti, id, { jti }, deployment) : refuse('not_found', UNKNOWN);
}

const UNKNOWN = 'This is not a jti that this service writes.';

/** Revokes every token of a subject, or of a subject and purpose, that was minted before. */
export async function revokeSubject(
  subject: string,
  purpose: string | undefined,
  { ledger, witness }: Deployment,
): Promise<Revoked> {
  const reach = await ledger.revokeSubject(subject, purpose, witness.note({ subject, purpose }));
  const named = { subject, ...(purpose === undefined ? {} : { purpose }) };
  return { revoked: true, state: 'revoked', ...reachOf(reach), ...named };
}

async function revokeId(
  jti: string,
  id: TokenId,
  about: About,
  { ledger, clockToleranceSeconds, witness }: Deployment,
): Promise<Revoked | MatchstickError> {
  const until = (id.expiresAt + clockToleranceSeconds) * 1000;
  const answer = await ledger.revoke(id, until, witness.note(about));
  if (answer.outcome === 'unknown') return refuse('not_found', UNKNOWN);
  const common = { revoked: true, ...reachOf(answer), jti } as const;
  if (answer.outcome !== 'already-burned') return { ...common, state: answer.outcome };
  return { ...common, state: 'burned', redeemedAt: timestampOf(answer.redeemedAtMs) };
}

function reachOf({ epoch, elsewhere }: Reach): Pick<Revoked, 'epoch' | 'elsewhere' | 'warning'> {
  return { epoch, ...(elsewhere ? { elsewhere, warning: ELSEWHERE } : {}) };
}

const ELSEWHERE =
  "Tokens of an earlier epoch are void here: the ledger's memory was replaced, or is not the one that minted them. A Redis server that is cut off from this one may still redeem them, until a service that knows of the change reaches it. If that matters, stop that server.";
