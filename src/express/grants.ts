import type { IncomingMessage } from 'node:http';
import type { Redemption } from '../contract/matchstick.ts';
import type { OpenedLink } from '../guard/expect-redemption.ts';
import type { Hold } from '../guard/hold.ts';

/** What requireCapability let a request through with. */
type Grant =
  | { readonly kind: 'redeemed'; readonly redemption: Redemption; readonly hold: Hold | undefined }
  | { readonly kind: 'link'; readonly link: OpenedLink };

const grants = new WeakMap<IncomingMessage, Grant>();

export function giveGrant(request: IncomingMessage, grant: Grant): void {
  grants.set(request, grant);
}

/** Part of a handler of requireCapability: what it redeemed for a request, with the types of its purpose. */
export interface GrantsRedemptions<Claims> {
  readonly redemptionOf: (request: IncomingMessage) => Redemption<Claims> | undefined;
}

/**
 * What was redeemed for this request; with the handler that did it, typed by its purpose. Throws a TypeError
 * when nothing was: on a route without requireCapability, and when a link is only being looked at.
 */
export function capabilityOf(request: IncomingMessage): Redemption;
export function capabilityOf<Claims>(
  request: IncomingMessage,
  by: GrantsRedemptions<Claims>,
): Redemption<Claims>;
export function capabilityOf(request: IncomingMessage, by?: GrantsRedemptions<object>): Redemption {
  const grant = grantOf(request);
  if (grant.kind === 'link') {
    throw new TypeError('Nothing is redeemed when a link is opened, only by its POST: see linkOf');
  }
  const redemption = by ? by.redemptionOf(request) : grant.redemption;
  if (!redemption) throw new TypeError('this handler of requireCapability redeemed nothing for this request');
  return redemption;
}

/** The link that this request looks at; undefined when its token is redeemed. Throws like `capabilityOf`. */
export function linkOf(request: IncomingMessage): OpenedLink | undefined {
  const grant = grantOf(request);
  return grant.kind === 'link' ? grant.link : undefined;
}

/**
 * Gives a held token back, whatever is answered: nothing was done with it. Resolves when that was tried; a
 * hold that could not be given back is burned at its deadline. Throws a TypeError without a hold.
 */
export async function releaseCapability(request: IncomingMessage): Promise<void> {
  const grant = grantOf(request);
  const hold = grant.kind === 'redeemed' ? grant.hold : undefined;
  if (!hold) throw new TypeError("releaseCapability needs a hold: requireCapability({ …, mode: 'hold' })");
  await hold.end('release');
}

function grantOf(request: IncomingMessage): Grant {
  const grant = grants.get(request);
  if (!grant) throw new TypeError('this route has no requireCapability before it');
  return grant;
}
