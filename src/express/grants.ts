import type { IncomingMessage } from 'node:http';
import type { Redemption } from '../contract/matchstick.ts';
import type { OpenedLink } from '../guard/expect-redemption.ts';
import type { Hold } from '../guard/hold.ts';

/** What requireCapability let a request through with. */
type Grant =
  | { readonly kind: 'redeemed'; readonly redemption: Redemption }
  | { readonly kind: 'link'; readonly link: OpenedLink };

const grants = new WeakMap<IncomingMessage, Grant>();
/** A route may have a guard for each of several tokens: every one that holds. */
const holds = new WeakMap<IncomingMessage, readonly Hold[]>();

export function giveGrant(request: IncomingMessage, grant: Grant, hold?: Hold): void {
  grants.set(request, grant);
  if (hold) holds.set(request, [...holdsOf(request), hold]);
}

function holdsOf(request: IncomingMessage): readonly Hold[] {
  return holds.get(request) ?? [];
}

/** What is held by the guards right before the handler that is being called. */
const untouched = new WeakMap<IncomingMessage, readonly Hold[]>();

/** What the guards before the one that is being called hold, if nothing was called in between that could have done something. */
export function untouchedHolds(request: IncomingMessage): readonly Hold[] {
  return untouched.get(request) ?? [];
}

/** Calls the next handler, before which nothing was done for which these are held. */
export function passOn(request: IncomingMessage, held: readonly Hold[], next: () => void): void {
  untouched.set(request, held);
  try {
    next();
  } finally {
    untouched.delete(request);
  }
}

export async function releaseAll(held: readonly Hold[]): Promise<void> {
  await Promise.all(held.map((hold) => hold.end('release')));
}

/** The part of a handler that `capabilityOf` needs to know the types of its purpose. */
export interface GrantsRedemptions<Claims> {
  /** What this handler redeemed for a request; undefined if it redeemed nothing. */
  readonly redemptionOf: (request: IncomingMessage) => Redemption<Claims> | undefined;
}

/**
 * What `requireCapability` redeemed for this request.
 *
 * @param request - The request that reached your handler.
 * @returns The redemption.
 * @throws TypeError If nothing was redeemed: the route has no `requireCapability`, or a link is only being opened.
 * @example
 * app.post('/charge', charge, (req, res) => res.send(`charged ${capabilityOf(req).subject}`));
 */
export function capabilityOf(request: IncomingMessage): Redemption;
/**
 * The same, with the types of the handler's purpose.
 *
 * @param request - The request that reached your handler.
 * @param by - The handler that redeemed it.
 * @returns The redemption, with typed claims.
 * @throws TypeError If this handler redeemed nothing for the request.
 * @example
 * const { key } = capabilityOf(req, download).claims;
 */
export function capabilityOf<Claims>(
  request: IncomingMessage,
  by: GrantsRedemptions<Claims>,
): Redemption<Claims>;
export function capabilityOf(request: IncomingMessage, by?: GrantsRedemptions<object>): Redemption {
  const grant = grantOf(request);
  const last = grant.kind === 'redeemed' ? grant.redemption : undefined;
  const redemption = by ? by.redemptionOf(request) : last;
  if (redemption) return redemption;
  if (grant.kind === 'link') {
    throw new TypeError('Nothing is redeemed when a link is opened, only by its POST: see linkOf');
  }
  throw new TypeError('this handler of requireCapability redeemed nothing for this request');
}

/**
 * The link that this request opens, for a route that shows and redeems links.
 *
 * @param request - The request that reached your handler.
 * @returns The link; undefined if the request has redeemed its token.
 * @throws TypeError If the route has no `requireCapability`.
 * @example
 * const link = linkOf(req);
 * if (link) return res.render('download', { token: link.token });
 */
export function linkOf(request: IncomingMessage): OpenedLink | undefined {
  const grant = grantOf(request);
  return grant.kind === 'link' ? grant.link : undefined;
}

/**
 * Releases the token that this request holds, whatever you answer: each of them, if the route has several guards. Call
 * it if you did nothing with the token.
 *
 * @param request - The request that reached your handler.
 * @returns When the release was tried. A hold that could not be released is burned at its deadline.
 * @throws TypeError If the request holds nothing: the guard has no `mode: 'hold'`.
 * @example
 * if (soldOut) await releaseCapability(req);
 */
export async function releaseCapability(request: IncomingMessage): Promise<void> {
  grantOf(request);
  if (holdsOf(request).length === 0) {
    throw new TypeError("releaseCapability needs a hold: requireCapability({ …, mode: 'hold' })");
  }
  await releaseAll(holdsOf(request));
}

function grantOf(request: IncomingMessage): Grant {
  const grant = grants.get(request);
  if (!grant) throw new TypeError('this route has no requireCapability before it');
  return grant;
}
