import type { Redemption } from '../api/matchstick.ts';
import type { Attempt } from '../burn/attempt.ts';
import type { Capabilities } from '../burn/capabilities.ts';
import { collect } from '../burn/collect.ts';
import type { MatchstickError } from '../errors.ts';
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
