import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClaimsOf, PurposeMap, Redemption } from '../contract/matchstick.ts';
import type { AudienceOption } from '../contract/purpose-types.ts';
import { MatchstickError } from '../errors.ts';
import { type Admitted, admit } from '../guard/admit.ts';
import { schemeOf } from '../guard/credentials.ts';
import { type BindingHint, bindingHints } from '../guard/hints.ts';
import { endByStatus, holdOn } from '../guard/hold.ts';
import { type GuardOptions, type GuardSettings, parseGuardOptions } from '../guard/options.ts';
import type { ReceivedRequest } from '../guard/received-request.ts';
import { failure, refusalAnswer, refusalView } from '../guard/refuse.ts';
import { report } from '../guard/report.ts';
import { wantsPage } from '../guard/wants-page.ts';
import type { Answer } from '../problem.ts';
import { type AppHandler, type AppRequest, receivedRequest } from './app-request.ts';
import { type GrantsRedemptions, giveGrant, passOn, releaseAll, untouchedHolds } from './grants.ts';
import { refusalPage } from './refusal-page.ts';
import { sentStatus } from './sent-status.ts';

/** What `requireCapability` takes. */
export type CapabilityOptions<
  P extends PurposeMap,
  Name extends keyof P & string,
  Request extends AppRequest = AppRequest,
> = GuardOptions<P, Name, Request>;

/** A handler for Express; with it `capabilityOf(request, handler)` is typed by its purpose. */
export type CapabilityHandler<Claims, Request extends AppRequest = AppRequest> = AppHandler<Request> &
  GrantsRedemptions<Claims>;

/** A page that was opened with a token in its address is neither kept, nor named to the next page, nor found. */
const LINK_HEADERS = { 'Referrer-Policy': 'no-referrer', 'X-Robots-Tag': 'noindex' };

const HINTS: Readonly<Record<BindingHint, string>> = {
  'raw-body':
    'The octets of a body are not known, so no token that is bound to a body fits. ' +
    'Put express.json({ verify: keepRawBody }), or another parser with it, before requireCapability.',
  'untrusted-proxy':
    'A request came through a proxy that the app does not trust, so its URL may be another than the one ' +
    "that its token is bound to. Give requireCapability an origin, or set the app's trust proxy.",
};

/**
 * Makes a handler that lets a request through only if it redeems a token for this purpose. It fails closed: no answer,
 * or an answer to something else, is a refusal. A refused request burns nothing.
 *
 * @param options - What redeems, the purpose, and where the token is.
 * @returns The handler, for `app.get`, `app.post` and so on.
 * @throws TypeError For an option that is wrong, with the near miss.
 * @example
 * const charge = requireCapability({ redeem: matchstick, purpose: 'charge' });
 * app.post('/charge', charge, (req, res) => res.send(`charged ${capabilityOf(req).subject}`));
 */
export function requireCapability<
  P extends PurposeMap,
  Name extends keyof P & string,
  Request extends AppRequest = AppRequest,
>(
  options: CapabilityOptions<P, Name, Request> & AudienceOption<P[Name]['audience']>,
): CapabilityHandler<ClaimsOf<P[Name]>, Request> {
  const settings = parseGuardOptions<P, Name, Request>(options);
  const redemptions = new WeakMap<IncomingMessage, Redemption<ClaimsOf<P[Name]>>>();
  const warnOnce = warnings();

  const handler: AppHandler<Request> = (request, response, next) => {
    const received = receivedRequest(request);
    if (received instanceof TypeError) return void next(received);
    const heldBefore = response.headersSent ? [] : untouchedHolds(request);
    setHeaders(response, settings);
    const fail = (error: MatchstickError) => report(settings.onFailure, error, request, warn);
    const letThrough = (admitted: Admitted<ClaimsOf<P[Name]>>): void => {
      let held = heldBefore;
      if (admitted.kind === 'redeemed') {
        const { redemption } = admitted;
        const hold = settings.holdSeconds && holdOn(settings.matchstick, redemption.redemptionId, fail);
        // Nobody waits any more, and nothing was done yet.
        if (hold && (response.destroyed || response.writableEnded)) return void hold.end('release');
        if (hold) {
          held = [...held, hold];
          const status = sentStatus(response);
          const endAnswered = () => response.writableEnded && endByStatus(hold, status());
          // From Node 24 on, a response does not finish whose connection closes before all of it is read.
          response.once('finish', endAnswered).once('close', endAnswered);
        }
        redemptions.set(request, redemption);
        giveGrant(request, { kind: 'redeemed', redemption }, hold || undefined);
      } else giveGrant(request, admitted);
      passOn(request, held, next);
    };
    const refuse = async (thrown: unknown): Promise<void> => {
      const error = thrown instanceof MatchstickError ? thrown : failure(thrown);
      // Nothing is done with those either.
      void releaseAll(heldBefore);
      if (error.code === 'binding_mismatch') warnOnce(await hintsFor(received, settings.origin));
      if (settings.onRefusal === 'next' || response.headersSent) return void next(error);
      const from = settings.from === 'link' ? 'link' : 'credentials';
      const problem = refusalAnswer(error, from, schemeOf(received));
      const isForPerson = from === 'link' && wantsPage(received);
      const language = received.headerValues('accept-language').join(',');
      send(response, isForPerson ? refusalPage(problem, refusalView(error), language) : problem);
      if (error.status >= 500) fail(error);
    };
    admit({ received, original: request }, settings).then(letThrough, refuse).catch(next);
  };
  return Object.assign(handler, { redemptionOf: (request: IncomingMessage) => redemptions.get(request) });
}

function setHeaders<P extends PurposeMap, Name extends keyof P & string, Request>(
  response: ServerResponse,
  { from }: GuardSettings<P, Name, Request>,
): void {
  const headers = { 'Cache-Control': 'no-store', ...(from === 'link' ? LINK_HEADERS : {}) };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

async function hintsFor(received: ReceivedRequest, origin: string | undefined): Promise<readonly string[]> {
  return (await bindingHints(received, origin)).map((hint) => HINTS[hint]);
}

/** Each warning once for each guard. */
function warnings(): (texts: readonly string[]) => void {
  const warned = new Set<string>();
  return (texts) => {
    for (const text of texts.filter((each) => !warned.has(each))) {
      warned.add(text);
      warn(text);
    }
  };
}

/** A warning of Node's own, for the app's developer. */
function warn(text: string): void {
  process.emitWarning(text, { type: 'MatchstickWarning' });
}
