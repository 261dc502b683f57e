import type { IncomingMessage } from 'node:http';
import type { ClaimsOf, PurposeMap, Redemption } from '../contract/matchstick.ts';
import type { AudienceOption } from '../contract/purpose-types.ts';
import { MatchstickError } from '../errors.ts';
import { type Admitted, admit } from './admit.ts';
import type { AppHandler, AppRequest } from './app-request.ts';
import { schemeOf } from './credentials.ts';
import { type GrantsRedemptions, giveGrant } from './grants.ts';
import { bindingHints } from './hints.ts';
import { endWithAnswer, holdOn } from './hold.ts';
import { type CapabilityOptions, parseGuardOptions } from './options.ts';
import { challengeOf, deadLink, failure, outward, sendProblem } from './refuse.ts';
import { report, warn } from './report.ts';

/** A handler for Express; with it `capabilityOf(request, handler)` is typed by its purpose. */
export type CapabilityHandler<Claims, Request extends AppRequest = AppRequest> = AppHandler<Request> &
  GrantsRedemptions<Claims>;

/**
 * Lets a request through to the app's handler when its token is redeemed for this purpose, and refuses every
 * other. Fails closed: no answer, or one that is not what was asked for, is a refusal. A request that is
 * refused burns nothing. Throws a TypeError for options that are not right.
 */
export function requireCapability<
  P extends PurposeMap,
  Name extends keyof P & string,
  Request extends AppRequest = AppRequest,
>(
  options: CapabilityOptions<P, Name, Request> & AudienceOption<P[Name]['audience']>,
): CapabilityHandler<ClaimsOf<P[Name]>, Request> {
  const settings = parseGuardOptions(options);
  const redemptions = new WeakMap<IncomingMessage, Redemption<ClaimsOf<P[Name]>>>();
  const warned = new Set<string>();

  const handler: AppHandler<Request> = (request, response, next) => {
    const { matchstick, holdSeconds, onRefusal } = settings;
    const tell = (error: MatchstickError) => report(settings.onFailure, error, request);
    const letThrough = (admitted: Admitted<ClaimsOf<P[Name]>>): void => {
      if (admitted.kind === 'redeemed') {
        const { redemption } = admitted;
        const hold = holdSeconds && holdOn(matchstick, redemption.redemptionId, tell);
        // Nobody waits any more, and nothing was done yet.
        if (hold && response.destroyed) return void hold.end('release');
        if (hold) endWithAnswer(hold, response);
        redemptions.set(request, redemption);
        giveGrant(request, { kind: 'redeemed', redemption, hold: hold || undefined });
      } else giveGrant(request, admitted);
      next();
    };
    const refuse = (thrown: unknown): void => {
      const error = thrown instanceof MatchstickError ? thrown : failure(thrown);
      if (error.code === 'binding_mismatch') warnOnce(warned, bindingHints(request, settings.origin));
      if (onRefusal === 'next' || response.headersSent) return void next(error);
      if (settings.from === 'link')
        sendProblem(response, outward(deadLink(error)), { 'X-Robots-Tag': 'noindex' });
      else sendProblem(response, outward(error), challengeOf(error, schemeOf(request)));
      if (error.status >= 500) tell(error);
    };
    admit(request, response, settings).then(letThrough, refuse);
  };
  return Object.assign(handler, { redemptionOf: (request: IncomingMessage) => redemptions.get(request) });
}

function warnOnce(warned: Set<string>, texts: readonly string[]): void {
  for (const text of texts.filter((each) => !warned.has(each))) {
    warned.add(text);
    warn(text);
  }
}
