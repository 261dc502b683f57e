import type { Deployment } from '../burn/deployment.ts';
import { inspectGenuine } from '../burn/inspect.ts';
import { type GenuineToken, verifyNow } from '../burn/verify-now.ts';
import { MatchstickError } from '../errors.ts';
import { filledDestination } from '../token/destination.ts';
import type { FoundLink } from './link.ts';
import type { LinkCode } from './link-code.ts';

export interface VerifiedLink {
  readonly ok: true;
  readonly genuine: GenuineToken;
  /** Where it leads. Absent: to what the token opens, if anything. */
  readonly to?: URL;
  readonly page: { readonly kind: 'live'; readonly purpose: string; readonly asksCode: boolean };
}

/** Why nothing can be done with a link: the code of an event. */
export interface LinkFault {
  readonly ok: false;
  readonly code: LinkCode;
}

/** Its purpose has no such links any more. */
const UNCONFIGURED: LinkFault = { ok: false, code: 'link_unconfigured' };

/**
 * A link whose token is genuine and whose purpose still has links. A link that was made with a code asks for it,
 * whatever its purpose says meanwhile; a link that was made without one has none that could be typed.
 */
export async function verifyLink(
  found: FoundLink,
  deployment: Deployment,
): Promise<VerifiedLink | LinkFault> {
  const { token: text, then: named, lock } = found;
  const genuine = await verifyNow(text, deployment);
  if (genuine instanceof MatchstickError) return { ok: false, code: genuine.code };
  const { purpose, sub: subject, claims = {} } = genuine.token;
  const policy = deployment.purposes.get(purpose)?.link;
  const asksCode = lock !== undefined;
  if (!policy || (policy.asksCode && !asksCode)) return UNCONFIGURED;
  const then = named === undefined ? policy.then?.[0] : policy.then?.find((each) => each.text === named);
  const filled = then && filledDestination(then, { subject, claims });
  // The purpose was minted for with another configuration: nothing is burned for an address that is gone.
  if ((named !== undefined && !then) || filled?.ok === false) return UNCONFIGURED;
  return {
    ok: true,
    genuine,
    ...(filled ? { to: filled.value } : {}),
    page: { kind: 'live', purpose, asksCode },
  };
}

/** Why the token of a link cannot be redeemed now: the code of an event. Undefined if it can be. */
export async function deathOf(
  { genuine }: VerifiedLink,
  deployment: Deployment,
): Promise<LinkCode | undefined> {
  const { state } = await inspectGenuine(genuine.token, deployment);
  return state === 'live' ? undefined : `token_${state}`;
}
