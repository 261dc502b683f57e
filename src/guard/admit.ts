import { ATTEMPT_NAME, MAX_PROOF_OCTETS, MAX_SESSION_CHARACTERS } from '../contract/limits.ts';
import type { ClaimsOf, Proof, PurposeMap, RedeemOptions, Redemption } from '../contract/matchstick.ts';
import type { Asked } from '../contract/retried-attempts.ts';
import { MatchstickError } from '../errors.ts';
import { invalid, type Presented, presentedInHeader, requireTokenShape } from './credentials.ts';
import { expectLink, expectRedemption, type OpenedLink } from './expect-redemption.ts';
import { visitOf } from './link-visit.ts';
import type { GuardSettings } from './options.ts';
import { receivedCall } from './received-call.ts';
import type { ReceivedRequest } from './received-request.ts';
import { asksRefusal, isOfTheLedger } from './refuse.ts';

export type Admitted<Claims> =
  | { readonly kind: 'redeemed'; readonly redemption: Redemption<Claims> }
  | { readonly kind: 'link'; readonly link: OpenedLink };

/** A request, and what the framework calls it. */
export interface Arrival<Request> {
  readonly received: ReceivedRequest;
  readonly original: Request;
}

/** What a request is let through with. Throws a MatchstickError if it is not, or whatever the app's functions throw. */
export async function admit<P extends PurposeMap, Name extends keyof P & string, Request>(
  arrival: Arrival<Request>,
  settings: GuardSettings<P, Name, Request>,
): Promise<Admitted<ClaimsOf<P[Name]>>> {
  if (settings.from !== 'link') {
    return redeemed(await presentedTo(arrival, settings.from), arrival, settings);
  }
  const visit = visitOf(arrival.received, settings.origin);
  return visit.kind === 'sent'
    ? redeemed(visit.presented, arrival, settings)
    : { kind: 'link', link: await openedLink(visit.token, settings) };
}

async function presentedTo<Request>(
  { received, original }: Arrival<Request>,
  from: Exclude<GuardSettings<PurposeMap, string, Request>['from'], 'link'>,
): Promise<Presented> {
  // Frameworks give HEAD to the handlers of GET: what a token grants would be thrown away.
  if (received.method === 'HEAD') {
    throw new MatchstickError('method_not_allowed', 'HEAD redeems nothing: use GET.', { allow: ['GET'] });
  }
  if (from === 'authorization') return presentedInHeader(received);
  // By OPTIONS a browser asks whether a page of another origin may send the request: that comes later, with the same URL.
  const token = received.method === 'OPTIONS' ? undefined : await from(original);
  if (token !== undefined && typeof token !== 'string') {
    throw new TypeError('from: returned something other than a string');
  }
  if (!token) throw new MatchstickError('caller_unknown', 'No token was sent.');
  return { token };
}

async function openedLink<P extends PurposeMap, Name extends keyof P & string, Request>(
  token: string,
  { matchstick, purpose, audience }: GuardSettings<P, Name, Request>,
): Promise<OpenedLink> {
  requireTokenShape(token);
  const inspected = await asking(() => matchstick.inspect(token));
  return expectLink(token, inspected, { purpose, audience });
}

async function redeemed<P extends PurposeMap, Name extends keyof P & string, Request>(
  { token, dpop }: Presented,
  { received, original }: Arrival<Request>,
  settings: GuardSettings<P, Name, Request>,
): Promise<Admitted<ClaimsOf<P[Name]>>> {
  const { purpose, audience, holdSeconds } = settings;
  requireTokenShape(token);
  const session = await settings.session?.(original);
  // No token is bound to a longer one.
  const isTooLong = typeof session === 'string' && session.length > MAX_SESSION_CHARACTERS;
  const proof = requireShort({
    request: await receivedCall(received, settings.origin),
    ...(dpop === undefined ? {} : { dpop }),
    ...(session && !isTooLong ? { session } : {}),
  });
  const options: RedeemOptions<P[Name]> = {
    proof,
    ...(audience === undefined ? {} : { audience }),
    ...(holdSeconds === undefined ? {} : { hold: holdSeconds }),
  };
  const named = settings.attempt === 'drawn' ? undefined : idempotencyKey(received);
  const redemption = await asking(() =>
    named === undefined
      ? redeemUnnamed(token, options, settings)
      : settings.matchstick.redeem(token, purpose, { ...options, attempt: named }),
  );
  const state = holdSeconds === undefined ? 'burned' : 'held';
  return { kind: 'redeemed', redemption: expectRedemption(redemption, { purpose, audience, state }) };
}

/** Anybody may send more than a redemption can carry: that is no failure of the app. */
function requireShort(proof: Proof): Proof {
  const octets = new TextEncoder().encode(JSON.stringify(proof)).length;
  if (octets <= MAX_PROOF_OCTETS) return proof;
  throw invalid('The URL and the headers that a token may be bound to are too long.');
}

type Tried<R> = Asked &
  (
    | { readonly redemption: R }
    | { readonly ended: Exclude<Asked['ended'], 'done'>; readonly failure: unknown }
  );

/**
 * Redeems under the attempts that requests with this token left without an answer, or under a new one. Somebody who
 * shows the token without its proof is refused without the ledger, and uses up none of them.
 */
async function redeemUnnamed<P extends PurposeMap, Name extends keyof P & string, Request>(
  token: string,
  options: RedeemOptions<P[Name]>,
  { matchstick, purpose, retried }: GuardSettings<P, Name, Request>,
): Promise<Redemption<ClaimsOf<P[Name]>>> {
  const tried = await retried.resume(
    await digestOf(token),
    async (kept): Promise<Tried<Redemption<ClaimsOf<P[Name]>>>> => {
      try {
        const attempt = kept === undefined ? {} : { attempt: kept };
        return {
          ended: 'done',
          redemption: await matchstick.redeem(token, purpose, { ...options, ...attempt }),
        };
      } catch (error) {
        return { ...endOf(error), failure: error };
      }
    },
  );
  if ('redemption' in tried) return tried.redemption;
  throw tried.failure;
}

function endOf(error: unknown): { ended: Exclude<Asked['ended'], 'done'>; left?: string } {
  if (!(error instanceof MatchstickError)) return { ended: 'untried' };
  if (error.attempt !== undefined) return { ended: 'unanswered', left: error.attempt };
  return { ended: isOfTheLedger(error.code) ? 'spent' : 'untried' };
}

async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw asksRefusal(error);
  }
}

/** Undefined if there is none, or none that could name an attempt. */
function idempotencyKey(request: ReceivedRequest): string | undefined {
  const [key, ...more] = request.headerValues('idempotency-key');
  if (more.length > 0) throw invalid('Send at most one Idempotency-Key.');
  return key !== undefined && ATTEMPT_NAME.test(key) ? key : undefined;
}

/** No token is kept anywhere, not even in memory. */
async function digestOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token));
  return String.fromCharCode(...new Uint8Array(digest));
}
