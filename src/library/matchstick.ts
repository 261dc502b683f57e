import { z } from 'zod';
import { newAttemptSecret } from '../burn/attempt.ts';
import { callerWithEveryRight } from '../callers/caller.ts';
import { concealMinted, concealOpens } from '../contract/conceal.ts';
import type { ClaimsOf, Matchstick, PurposeMap } from '../contract/matchstick.ts';
import { mintedBy } from '../contract/minted-by.ts';
import { requireBurned } from '../contract/require-burned.ts';
import { useBy } from '../contract/use.ts';
import { MatchstickError, requestInvalid } from '../errors.ts';
import { parseBy } from '../input-problems.ts';
import type { Operations } from '../operations/all.ts';
import { collectInput } from '../operations/collect.ts';
import { inspectBody, inspectJtiInput } from '../operations/inspect.ts';
import { mintBody, mintManyBody } from '../operations/mint-body.ts';
import type { Operation } from '../operations/operation.ts';
import { redeemInput } from '../operations/redeem.ts';
import { revokeBody } from '../operations/revoke.ts';
import { settleInput } from '../operations/settle.ts';

const NOTHING = z.strictObject({});

export interface InProcessOptions {
  /** Who redeems, as the ledger remembers it. */
  readonly name: string;
  readonly operations: Operations;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Once it is closed, every call is refused, even if the ledger would still answer. */
  readonly isClosed: () => boolean;
}

/** The calls of the API, made in this process by one caller that may do everything. */
export function inProcess<P extends PurposeMap>({
  name,
  operations,
  randomBytes,
  isClosed,
}: InProcessOptions): Matchstick<P> {
  const app = callerWithEveryRight(name);

  /**
   * Parses the input and performs the operation; throws `request_invalid` and every refusal. `attempt` is the name
   * that an error without an answer tells, since only that attempt may ask again.
   */
  async function call<Schema extends z.ZodObject, Answer>(
    { perform, parse }: Operation<z.output<Schema>, Answer>,
    schema: Schema,
    input: unknown,
    attempt?: string,
  ): Promise<Answer> {
    if (isClosed()) throw new MatchstickError('ledger_unavailable', 'This Matchstick is closed.');
    const parsed = parse ? await parse(input, app) : parseBy(schema, input);
    if (!parsed.ok) throw requestInvalid(parsed.problems);
    let answer: Answer | MatchstickError;
    try {
      answer = await perform(parsed.value, app);
    } catch (error) {
      throw attempt === undefined ? error : namingAttempt(error, attempt);
    }
    if (answer instanceof MatchstickError) throw answer;
    return answer;
  }

  const redeem: Matchstick<P>['redeem'] = async (token, purpose, options) => {
    const attempt = options?.attempt ?? newAttemptSecret(randomBytes);
    const input = { ...options, token, purpose, attempt };
    const redemption = await call(operations.redeem, redeemInput, input, attempt);
    // They are of the type that the purpose let through at mint; the compiler cannot follow it through a token.
    const claims = redemption.claims as object as ClaimsOf<P[typeof purpose]>;
    return concealOpens(requireBurned({ ...redemption, claims }, options?.hold));
  };
  const commit = (redemptionId: string) => call(operations.commit, settleInput, { redemptionId });
  const release = (redemptionId: string) => call(operations.release, settleInput, { redemptionId });
  return {
    mint: async <Name extends keyof P & string, Link>(purpose: Name, options: object) =>
      mintedBy<P[Name], Link>(concealMinted(await call(operations.mint, mintBody, { ...options, purpose }))),
    mintMany: async (purpose, options) => {
      const tokens = Array.isArray(options) ? options.map((each) => ({ ...each, purpose })) : options;
      const minted = await call(operations.mintMany, mintManyBody, { tokens });
      return minted.tokens.map((token) => mintedBy(concealMinted(token)));
    },
    redeem,
    use: useBy<P>({ redeem, commit, release }),
    commit,
    release,
    collect: async (redemptionId, options) => {
      const attempt = options?.attempt ?? newAttemptSecret(randomBytes);
      const input = { ...options, redemptionId, attempt };
      return concealOpens(await call(operations.collect, collectInput, input, attempt));
    },
    inspect: (target) =>
      typeof target === 'string'
        ? call(operations.inspect, inspectBody, { token: target })
        : call(operations.inspectJti, inspectJtiInput, target),
    revoke: (target) => call(operations.revoke, revokeBody, target),
    purposes: async () => (await call(operations.purposes, NOTHING, {})).purposes,
  };
}

function namingAttempt(error: unknown, attempt: string): unknown {
  if (!(error instanceof MatchstickError)) return error;
  const { code, message, extras, cause } = error;
  return new MatchstickError(code, message, { ...extras, cause, attempt });
}
