import type { Inspected } from '../contract/replies.ts';
import { timestampOf } from '../contract/timestamp.ts';
import type { MatchstickError } from '../errors.ts';
import type { RecordedState } from '../ledger/burn-ledger.ts';
import { parseTokenId, type TokenId } from '../token/id.ts';
import type { VerifiedToken } from '../token/verify.ts';
import type { Deployment } from './deployment.ts';
import { refuse } from './refusal.ts';
import { judgeNow, type Objection } from './verify-now.ts';

/** The state of a token. Never burns. Throws `ledger_unavailable`. */
export async function inspectToken(
  text: string,
  objection: Objection,
  deployment: Deployment,
): Promise<Inspected | MatchstickError> {
  const judged = await judgeNow(text, deployment);
  if (!judged.ok) return { active: false, state: 'invalid', reason: judged.reason };
  return objection(judged.token) ?? inspectGenuine(judged.token, deployment);
}

/** The same for a token that was verified. */
export async function inspectGenuine(token: VerifiedToken, deployment: Deployment): Promise<Inspected> {
  const state = await stateOf(token.id, token, deployment);
  if (!state) return { active: false, state: 'invalid', reason: 'its jti is not one of this ledger' };
  const { jti, purpose, sub: subject, aud: audience } = token;
  return { ...state, jti, purpose, subject, audience };
}

/**
 * The same by `jti`; `not_found` for what is not a `jti` of this service. A `jti` does not name its subject and
 * minting writes nothing, so a token whose subject was revoked, and one that was never minted, read as `live`.
 */
export async function inspectJti(jti: string, deployment: Deployment): Promise<Inspected | MatchstickError> {
  const id = parseTokenId(jti);
  const mayBeOurs = id && (await deployment.ledger.mayHaveMinted(id));
  const state = mayBeOurs ? await stateOf(id, undefined, deployment) : undefined;
  return state ? { ...state, jti } : refuse('not_found', 'This is not a jti that this service writes.');
}

/** Undefined if the ledger knows that no such token was minted. */
async function stateOf(
  id: TokenId,
  token: VerifiedToken | undefined,
  { ledger, clockToleranceSeconds }: Deployment,
): Promise<Inspected | undefined> {
  const record = await ledger.inspect(
    id,
    token && { subject: token.sub, purpose: token.purpose, kid: token.kid },
  );
  if (record.state === 'unknown') return undefined;
  const isOver = ledger.nowMs(id.shard) >= (id.expiresAt + clockToleranceSeconds) * 1000;
  return {
    ...(isOver && record.state !== 'burned' && record.state !== 'held'
      ? { active: false, state: 'expired' }
      : recorded(record)),
    issuedAt: timestampOf(id.issuedAt * 1000),
    expiresAt: timestampOf(id.expiresAt * 1000),
  };
}

function recorded(record: Exclude<RecordedState, { state: 'unknown' }>): Inspected {
  switch (record.state) {
    case 'unrecorded':
      return { active: true, state: 'live', usesLeft: record.usesLeft };
    case 'held':
      return { active: false, state: 'held', heldUntil: timestampOf(record.heldUntilMs) };
    case 'burned': {
      const { redeemedAtMs, redeemedBy } = record;
      return { active: false, state: 'burned', redeemedAt: timestampOf(redeemedAtMs), redeemedBy };
    }
    case 'revoked':
    case 'superseded':
    case 'void':
      return { active: false, state: record.state };
  }
}
