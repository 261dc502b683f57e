import type { StoreOperation } from '../burn/opening.ts';
import type { InputProblem } from '../errors.ts';
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

/** The order, or everything that is wrong with what was asked, by field. */
export function parseOrder(
  { operation, key: given, terms }: OrderRequest,
  { prefix }: StorePolicy,
): Order | readonly InputProblem[] {
  const key = underPrefix(given, prefix);
  const wrongKey =
    keyProblem(given) ?? keyProblem(key) ?? (operation === 'post' ? postKeyProblem(key) : undefined);
  const problems = [
    ...(wrongKey === undefined ? [] : [{ path: 'key', message: wrongKey }]),
    ...termProblems(operation, terms),
  ];
  if (problems.length > 0) return problems;
  switch (operation) {
    case 'get':
      return getOrder(key, terms);
    case 'put':
      return putOrder(key, terms);
    case 'post':
      return postOrder(key, terms);
  }
}
