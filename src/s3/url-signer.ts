import type { SignRequest, UrlSigner } from '../burn/opening.ts';
import { requestInvalid } from '../errors.ts';
import { parseOrder } from './order.ts';
import type { Store } from './store.ts';
import { defaultExpiresIn } from './store-policy.ts';
import { TERMS, type Term, type Terms } from './terms.ts';

/** Signs what is asked for directly. */
export function urlSigner(stores: ReadonlyMap<string, Store>): UrlSigner {
  return {
    stores: new Set(stores.keys()),
    sign: async (request, atMs) => {
      const store = stores.get(request.store);
      if (!store) return requestInvalid([{ path: 'store', message: 'is not configured here' }]);
      const { policy } = store;
      const { operation, key, expiresIn = defaultExpiresIn(policy) } = request;
      const order = parseOrder({ operation, key, terms: termsOf(request) }, policy);
      const problems = [
        ...(order.ok ? [] : order.problems),
        ...expiryProblems(expiresIn, policy.maxExpiresInSeconds),
      ];
      if (!order.ok || problems.length > 0) return requestInvalid(problems);
      const sign = await store.authorize();
      return await sign(order.value, atMs, expiresIn);
    },
  };
}

function expiryProblems(seconds: number, most: number) {
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= most
    ? []
    : [{ path: 'expiresIn', message: `must be a whole number of seconds, 1 to ${most} for this store` }];
}

function termsOf(request: SignRequest): Terms {
  const terms: { [T in Term]?: string } = {};
  for (const term of TERMS) {
    if (request[term] !== undefined) terms[term] = String(request[term]);
  }
  return terms;
}
