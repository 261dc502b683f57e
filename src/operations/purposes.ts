import type { Deployment } from '../burn/deployment.ts';
import { isOneOf } from '../callers/audience.ts';
import type { Caller } from '../callers/caller.ts';
import { covers } from '../callers/scope.ts';
import { BINDINGS } from '../contract/bindings.ts';
import type { PurposeFacts } from '../contract/purpose-facts.ts';
import type { Purpose, PurposeLink } from '../token/purpose.ts';
import { operation } from './operation.ts';

/** What the caller may do, by purpose: what anybody else needs to know to mint, redeem and show it. */
export const purposesOperation = (deployment: Deployment) =>
  operation(deployment, {
    doing: 'ask what it may do',
    may: () => true,
    run: async (_input: Record<never, never>, caller: Caller) => ({
      purposes: [...deployment.purposes.values()]
        .map((purpose) => factsOf(purpose, deployment.claimsSchemas.get(purpose.name), caller))
        .filter(({ may }) => may.length > 0),
    }),
  });

function factsOf(
  purpose: Purpose,
  claims: Readonly<Record<string, unknown>> | undefined,
  caller: Caller,
): PurposeFacts {
  const { name, audiences, lifetimeSeconds, uses = 1, live, limit, bind, sealed, link } = purpose;
  const { mint, redeem, inspect, revoke } = caller;
  const may = [
    ...(mint.has(name) ? (['mint'] as const) : []),
    ...(redeem.has(name) && isOneOf(caller, audiences) ? (['redeem'] as const) : []),
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
            ...(link.then === undefined ? {} : { then: textsOf(link.then) }),
          },
        }
      : {}),
  };
}

/** As they are configured: one text, or a list of several. */
function textsOf([first, ...others]: NonNullable<PurposeLink['then']>): string | string[] {
  return others.length === 0 ? first.text : [first, ...others].map(({ text }) => text);
}

function definedOf(bind: NonNullable<Purpose['bind']>): NonNullable<PurposeFacts['bind']> {
  return Object.fromEntries(BINDINGS.flatMap((kind) => (bind[kind] ? [[kind, bind[kind]]] : [])));
}
