import type { Deployment } from '../burn/deployment.ts';
import type { Caller } from '../callers/caller.ts';
import { covers } from '../callers/scope.ts';
import type { PurposeFacts } from '../contract/purpose-facts.ts';
import type { Purpose } from '../token/purpose.ts';
import { operation } from './operation.ts';

/** What the caller may do, by purpose: what anybody else needs to know to mint, redeem and show it. */
export const purposesOperation = ({ purposes, claimsSchemas }: Deployment) =>
  operation({
    doing: 'ask what it may do',
    may: () => true,
    run: async (_input: Record<never, never>, caller: Caller) => ({
      purposes: [...purposes.values()]
        .map((purpose) => factsOf(purpose, claimsSchemas.get(purpose.name), caller))
        .filter(({ may }) => may.length > 0),
    }),
  });

function factsOf(
  purpose: Purpose,
  claims: Readonly<Record<string, unknown>> | undefined,
  { mint, redeem, inspect, revoke }: Caller,
): PurposeFacts {
  const { name, audiences, lifetimeSeconds, uses = 1, live, limit, bind, sealed, link } = purpose;
  const may = [
    ...(mint.has(name) ? (['mint'] as const) : []),
    ...(redeem.has(name) ? (['redeem'] as const) : []),
    ...(covers(inspect, name) ? (['inspect'] as const) : []),
    ...(covers(revoke, name) ? (['revoke'] as const) : []),
  ];
  return {
    purpose: name,
    may,
    audiences: [...audiences],
    lifetime: lifetimeSeconds,
    uses,
    ...(live === undefined ? {} : { live }),
    ...(limit ? { limit: { count: limit.count, per: limit.perSeconds } } : {}),
    ...(claims ? { claims: { ...claims } } : {}),
    ...(sealed ? { sealed: [...sealed] } : {}),
    ...(bind ? { bind: definedOf(bind) } : {}),
    ...(link
      ? {
          link: {
            code: link.asksCode,
            byDefault: link.byDefault,
            ...(link.then === undefined ? {} : { then: link.then }),
          },
        }
      : {}),
  };
}

function definedOf(bind: NonNullable<Purpose['bind']>): NonNullable<PurposeFacts['bind']> {
  const { session, key, request } = bind;
  return { ...(session && { session }), ...(key && { key }), ...(request && { request }) };
}
