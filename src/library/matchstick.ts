import { z } from 'zod';
import { type Attempt, namedAttempt, newAttemptSecret } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import type { ClaimsOf, Matchstick, PurposeMap } from '../contract/matchstick.ts';
import { requireBurned } from '../contract/require-burned.ts';
import { useBy } from '../contract/use.ts';
import { MatchstickError, requestInvalid } from '../errors.ts';
import { inputProblems, namesIn } from '../input-problems.ts';
import { attemptName } from '../operations/attempt.ts';
import { collectAs } from '../operations/collect.ts';
import { inspectBody, inspectByJti, inspectByToken } from '../operations/inspect.ts';
import { mintBody, mintMany, mintManyBody, mintOne } from '../operations/mint.ts';
import { redeemAs, redeemBody } from '../operations/redeem.ts';
import { revokeBody, revokeOne } from '../operations/revoke.ts';
import { settleAs } from '../operations/settle.ts';

const text = z.string();
const redeemOptions = redeemBody.extend({ attempt: attemptName.optional() });
const collectOptions = z.strictObject({ redemptionId: text, attempt: attemptName.optional() });
const settleOptions = z.strictObject({ redemptionId: text });
const jtiOptions = z.strictObject({ jti: text });

/**
 * The calls of the API, made in this process by one caller that may do everything. Once it is closed each is
 * refused, also where the ledger would still answer.
 */
export function inProcess<P extends PurposeMap>(
  caller: string,
  deployment: Deployment,
  isClosed: () => boolean,
): Matchstick<P> {
  const parse = <Schema extends z.ZodObject>(schema: Schema, input: unknown): z.output<Schema> => {
    if (isClosed()) throw new MatchstickError('ledger_unavailable', 'This Matchstick is closed.');
    return parseInput(schema, input);
  };
  /** Every try has a name, so that an error can tell which one may ask again. */
  const trying = async <Answer>(
    name = newAttemptSecret(deployment.randomBytes),
    ask: (attempt: Attempt) => Promise<Answer | MatchstickError>,
  ): Promise<Answer> => {
    let answer: Answer | MatchstickError;
    try {
      answer = await ask(namedAttempt(caller, name));
    } catch (error) {
      throw unanswered(error, name);
    }
    return answered(answer);
  };
  const settle = (how: 'commit' | 'release') => async (redemptionId: string) => {
    const parsed = parse(settleOptions, { redemptionId });
    return answered(await settleAs(caller, parsed.redemptionId, how, deployment));
  };
  const mint: Matchstick<P>['mint'] = async (purpose, options) =>
    answered(await mintOne(parse(mintBody, { ...options, purpose }), deployment));
  const redeem: Matchstick<P>['redeem'] = async (token, purpose, options) => {
    const { attempt, ...body } = parse(redeemOptions, { ...options, token, purpose });
    const redemption = await trying(attempt, (current) => redeemAs(current, body, deployment));
    // They are of the type that the purpose let through at mint; the compiler cannot follow it through a token.
    const claims = redemption.claims as object as ClaimsOf<P[typeof purpose]>;
    return requireBurned({ ...redemption, claims }, body.hold);
  };
  const [commit, release] = [settle('commit'), settle('release')];
  return {
    mint,
    mintMany: async (purpose, options) => {
      const asked = Array.isArray(options) ? options.map((each) => ({ ...each, purpose })) : options;
      const { tokens } = parse(mintManyBody, { tokens: asked });
      return answered(await mintMany(tokens, deployment));
    },
    redeem,
    use: useBy<P>({ redeem, commit, release }),
    commit,
    release,
    collect: async (redemptionId, options) => {
      const { attempt, redemptionId: id } = parse(collectOptions, { ...options, redemptionId });
      return trying(attempt, (current) => collectAs(current, id, () => true, deployment));
    },
    inspect: async (target) => {
      if (typeof target !== 'string') {
        return answered(await inspectByJti(parse(jtiOptions, target).jti, deployment));
      }
      return inspectByToken(parse(inspectBody, { token: target }).token, deployment);
    },
    revoke: async (target) => answered(await revokeOne(parse(revokeBody, target), deployment)),
  };
}

/** Throws `request_invalid` with every problem. */
function parseInput<Schema extends z.ZodObject>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.error) throw requestInvalid(inputProblems(parsed.error, namesIn(schema)));
  return parsed.data;
}

function answered<Body>(answer: Body | MatchstickError): Body {
  if (answer instanceof MatchstickError) throw answer;
  return answer;
}

/** The error of a try that got no answer, with its name. */
function unanswered(error: unknown, attempt: string): unknown {
  if (!(error instanceof MatchstickError)) return error;
  const { code, message, extras, cause } = error;
  return new MatchstickError(code, message, { ...extras, cause, attempt });
}
