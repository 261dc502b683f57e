import type { ServerResponse } from 'node:http';
import { ATTEMPT_NAME } from '../contract/limits.ts';
import type { ClaimsOf, Proof, PurposeMap, RedeemOptions, Redemption } from '../contract/matchstick.ts';
import { MatchstickError } from '../errors.ts';
import { expectLink, expectRedemption } from '../guard/expect-redemption.ts';
import { type AppRequest, headerValues } from './app-request.ts';
import { invalid, type Presented, presentedInHeader, requireTokenShape } from './credentials.ts';
import type { OpenedLink } from './grants.ts';
import { visitOf } from './link-visit.ts';
import type { GuardSettings } from './options.ts';
import { receivedCall } from './received-call.ts';
import { asksRefusal } from './refuse.ts';

export type Admitted<Claims> =
  | { readonly kind: 'redeemed'; readonly redemption: Redemption<Claims> }
  | { readonly kind: 'link'; readonly link: OpenedLink };

/** A page that was opened with a token in its address: neither kept, nor told to the next, nor found. */
const LINK_HEADERS = { 'Referrer-Policy': 'no-referrer', 'X-Robots-Tag': 'noindex' };

/** What a request is let through with. Throws a MatchstickError when it is not, or whatever the app's functions throw. */
export async function admit<P extends PurposeMap, Name extends keyof P & string, Request extends AppRequest>(
  request: Request,
  response: ServerResponse,
  settings: GuardSettings<P, Name, Request>,
): Promise<Admitted<ClaimsOf<P[Name]>>> {
  response.setHeader('Cache-Control', 'no-store');
  if (settings.from !== 'link') return redeemed(await presentedTo(request, settings.from), request, settings);
  for (const [name, value] of Object.entries(LINK_HEADERS)) response.setHeader(name, value);
  const visit = visitOf(request);
  return visit.kind === 'sent'
    ? redeemed(visit.presented, request, settings)
    : { kind: 'link', link: await lookedAt(visit.token, settings) };
}

async function presentedTo<Request extends AppRequest>(
  request: Request,
  from: Exclude<GuardSettings<PurposeMap, string, Request>['from'], 'link'>,
): Promise<Presented> {
  // Express gives HEAD to the handlers of GET: what a token grants would be thrown away.
  if (request.method === 'HEAD') {
    throw new MatchstickError('method_not_allowed', 'HEAD redeems nothing: use GET.', { allow: ['GET'] });
  }
  if (from === 'authorization') return presentedInHeader(request);
  const token = await from(request);
  if (token !== undefined && typeof token !== 'string') throw new TypeError('from: gave no text');
  if (!token) throw new MatchstickError('caller_unknown', 'The request has no token.');
  return { token };
}

async function lookedAt<P extends PurposeMap, Name extends keyof P & string, Request extends AppRequest>(
  token: string,
  { matchstick, purpose, audience }: GuardSettings<P, Name, Request>,
): Promise<OpenedLink> {
  requireTokenShape(token);
  const inspected = await asking(() => matchstick.inspect(token));
  return expectLink(token, inspected, { purpose, audience });
}

async function redeemed<P extends PurposeMap, Name extends keyof P & string, Request extends AppRequest>(
  { token, dpop }: Presented,
  request: Request,
  settings: GuardSettings<P, Name, Request>,
): Promise<Admitted<ClaimsOf<P[Name]>>> {
  const { matchstick, purpose, audience, holdSeconds, unanswered } = settings;
  requireTokenShape(token);
  const session = await settings.session?.(request);
  const proof: Proof = {
    request: receivedCall(request, settings.origin),
    ...(dpop === undefined ? {} : { dpop }),
    ...(session ? { session } : {}),
  };
  const named = settings.attempt === 'drawn' ? undefined : idempotencyKey(request);
  const attempt = named ?? unanswered.take(token);
  const options: RedeemOptions<P[Name]> = {
    proof,
    ...(audience === undefined ? {} : { audience }),
    ...(holdSeconds === undefined ? {} : { hold: holdSeconds }),
    ...(attempt === undefined ? {} : { attempt }),
  };
  const redemption = await asking(
    () => matchstick.redeem(token, purpose, options),
    (error) => named === undefined && unanswered.leave(token, error),
  );
  const state = holdSeconds === undefined ? 'burned' : 'held';
  return { kind: 'redeemed', redemption: expectRedemption(redemption, { purpose, audience, state }) };
}

async function asking<T>(ask: () => Promise<T>, onError: (error: unknown) => void = () => {}): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    onError(error);
    throw asksRefusal(error);
  }
}

/** Undefined when there is none, or none that could name an attempt. */
function idempotencyKey(request: AppRequest): string | undefined {
  const [key, ...more] = headerValues(request, 'idempotency-key');
  if (more.length > 0) throw invalid('Send at most one Idempotency-Key.');
  return key !== undefined && ATTEMPT_NAME.test(key) ? key : undefined;
}
