import type { Attempt } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import type { Redemption } from '../contract/matchstick.ts';
import type { MatchstickError } from '../errors.ts';
import { collect } from '../links/collect.ts';
import type { JsonObject } from '../token/json-value.ts';
import { redeemedAnswer } from './redemption.ts';
import { refusalError } from './refusal.ts';

export async function collectAs(
  attempt: Attempt,
  redemptionId: string,
  mayRedeem: (purpose: string) => boolean,
  deployment: Deployment,
): Promise<Redemption<JsonObject> | MatchstickError> {
  const result = await collect(redemptionId, attempt, mayRedeem, deployment);
  return result.refused ? refusalError(result) : redeemedAnswer(result);
}
