import type { Opener, OpeningToken } from '../burn/opening.ts';
import type { Parsed } from '../contract/parsed.ts';
import { type InputProblem, MatchstickError } from '../errors.ts';
import { filledTemplate, placeholdersOf } from '../token/template.ts';
import { filledKey } from './key-template.ts';
import type { OpeningRules } from './opening-rules.ts';
import { type Order, parseOrder } from './order.ts';
import type { Store } from './store.ts';
import type { StorePolicy } from './store-policy.ts';
import { TERMS, type Terms } from './terms.ts';

/** What is left of credentials must outlast the burn that comes next, and then be worth it. */
const BURN_MS = 5_000;

/** Opens one request to one object of a store, for as long as the policy says from the redemption on. */
export function s3Opener(policy: OpeningRules, store: Store): Opener {
  return {
    origin: store.origin,
    problems: (token) => {
      const order = orderFor(token, policy, store.policy);
      return order.ok ? [] : order.problems;
    },
    ready: async () => {
      const sign = await store.authorize(BURN_MS);
      return async (token, redeemedAtMs) => {
        const order = orderFor(token, policy, store.policy);
        if (!order.ok) throw opensNothing(order.problems);
        return await sign(order.value, redeemedAtMs, policy.expiresInSeconds);
      };
    },
  };
}

/** Only for a token that was minted under another configuration: `problems` tells it before it is burned. */
function opensNothing([problem]: readonly InputProblem[]): MatchstickError {
  const cause = new Error(`${problem?.path} ${problem?.message}`);
  return new MatchstickError('internal', 'The token opens nothing under the present configuration.', {
    cause,
  });
}

/** What the token opens, or why it can open nothing, by claim. */
function orderFor(
  token: OpeningToken,
  { operation, key: keyTemplate, terms: templates }: OpeningRules,
  store: StorePolicy,
): Parsed<Order> {
  const key = filledKey(keyTemplate, token);
  if (!key.ok) return key;
  const filled = TERMS.flatMap((term) => {
    const template = templates[term];
    const text = template && filledTemplate(template, token);
    return text === undefined ? [] : [[term, text]];
  });
  const terms: Terms = Object.fromEntries(filled);
  const order = parseOrder({ operation, key: key.value, terms }, store);
  if (order.ok) return order;
  const problems = order.problems.map(({ path: field, message }) => {
    const term = TERMS.find((name) => name === field);
    const template = (term && templates[term]) ?? keyTemplate;
    return {
      path: placeholdersOf(template).at(-1)?.path ?? 'claims',
      message: `is a part of the ${field} of what is opened, which ${message}`,
    };
  });
  return { ok: false, problems };
}
