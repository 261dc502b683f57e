import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { redeem } from '../burn/redeem.ts';
import { tellRefused } from '../burn/refused.ts';
import { redeemingAs } from '../callers/audience.ts';
import { MAX_DPOP_CHARACTERS, MAX_HOLD_SECONDS } from '../contract/limits.ts';
import { MatchstickError } from '../errors.ts';
import { attemptName, callersAttempt } from './attempt.ts';
import { audience, purposeName, requestFacts, sessionId, token } from './fields.ts';
import { operation } from './operation.ts';
import { mayFor, unknownPurpose } from './unknown-name.ts';

export const redeemBody = z.strictObject({
  token,
  purpose: purposeName,
  audience: audience
    .optional()
    .describe(
      'The audience that you are. Required if the purpose has several, unless your caller has its own.',
    ),
  proof: z
    .strictObject({
      session: sessionId.optional(),
      dpop: z
        .string()
        .min(1)
        .max(MAX_DPOP_CHARACTERS)
        .optional()
        .describe('The DPoP header that you received (RFC 9449).'),
      request: requestFacts.optional().describe('The call that you received.'),
    })
    .optional()
    .describe('What you show for a token that is bound.'),
  hold: z
    .int()
    .min(1)
    .max(MAX_HOLD_SECONDS)
    .optional()
    .describe('Seconds to hold the use instead of burning it. Commit or release it, or it burns then.'),
});

export const redeemInput = redeemBody.extend({ attempt: attemptName.optional() });

type RedeemInput = z.output<typeof redeemInput>;

export const redeemOperation = (deployment: Deployment) =>
  operation(deployment, {
    doing: 'redeem tokens of this purpose',
    may: (caller, { purpose }: RedeemInput) => mayFor(purpose, caller.redeem, deployment.purposes),
    run: async ({ attempt: name, audience: named, ...request }: RedeemInput, caller, here) => {
      const attempt = callersAttempt(caller.name, name, here);
      const audiences =
        unknownPurpose(request.purpose, here.purposes, caller.redeem) ??
        redeemingAs(named, caller, here.purposes.get(request.purpose));
      if (!(audiences instanceof MatchstickError)) return redeem({ audiences, ...request }, attempt, here);
      tellRefused(here.witness, audiences, { attempt: attempt.id });
      return audiences;
    },
  });
