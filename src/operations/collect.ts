import type { Attempt } from '../burn/attempt.ts';
import type { Capabilities } from '../burn/deployment.ts';
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
  capabilities: Capabilities,
): Promise<Redemption<JsonObject> | MatchstickError> {
  const result = await collect(redemptionId, attempt, mayRedeem, capabilities);
  return result.refused ? refusalError(result) : redeemedAnswer(result);
}
