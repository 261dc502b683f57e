import type { StoreOperation } from '../burn/opening.ts';
import type { Parsed } from '../contract/parsed.ts';
import { getOrder } from './get.ts';
import { keyProblem, postKeyProblem, underPrefix } from './object-key.ts';
import { type PostOrder, postOrder } from './post.ts';
import type { PresignOrder } from './presign.ts';
import { putOrder } from './put.ts';
import type { StorePolicy } from './store-policy.ts';
import { type Terms, termProblems } from './terms.ts';

/** One request to one object, with nothing left open but who signs it and when. */
export type Order = PresignOrder | PostOrder;

export interface OrderRequest {
  readonly operation: StoreOperation;
  readonly key: string;
  readonly terms: Terms;
}

/** The order, or everything that is wrong with the request, by field. */
export function parseOrder(
  { operation, key: given, terms }: OrderRequest,
  { prefix }: StorePolicy,
): Parsed<Order> {
  const key = underPrefix(given, prefix);
  const wrongKey =
    keyProblem(given) ?? keyProblem(key) ?? (operation === 'post' ? postKeyProblem(key) : undefined);
  const problems = [
    ...(wrongKey === undefined ? [] : [{ path: 'key', message: wrongKey }]),
    ...termProblems(operation, terms),
  ];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: ORDERS[operation](key, terms) };
}

const ORDERS: Readonly<Record<StoreOperation, (key: string, terms: Terms) => Order>> = {
  get: getOrder,
  put: putOrder,
  post: postOrder,
};
