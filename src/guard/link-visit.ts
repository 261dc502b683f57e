import { asUrl } from '../contract/as-url.ts';
import { MatchstickError } from '../errors.ts';
import { invalid, type Presented } from './credentials.ts';
import { bodyMember, hostOf, queryValues, type ReceivedRequest } from './received-request.ts';

const PARAMETER = 'token';
/** The same behind an `&` that was written as in HTML. */
const ESCAPED_PARAMETER = `amp;${PARAMETER}`;

/** What a person does with a link: opens it, or sends the form that it led to. */
export type Visit =
  | { readonly kind: 'opened'; readonly token: string }
  | { readonly kind: 'sent'; readonly presented: Presented };

/**
 * The token of a link: GET and HEAD have it in the query, POST has it in the parsed body. Other methods are refused,
 * and so is a form of another origin: its visitor did not mean to send it. `origin` is where the app is reached, if it
 * is configured.
 */
export function visitOf(request: ReceivedRequest, origin: string | undefined): Visit {
  const { method } = request;
  const inQuery = [...queryValues(request, PARAMETER), ...queryValues(request, ESCAPED_PARAMETER)];
  if (method === 'GET' || method === 'HEAD') {
    if (inQuery.length > 1) throw invalid(`Send exactly one ${PARAMETER}.`);
    return { kind: 'opened', token: tokenIn(given(inQuery[0])) };
  }
  if (method !== 'POST') {
    const allow = ['GET', 'HEAD', 'POST'];
    throw new MatchstickError('method_not_allowed', `Use ${allow.join(' or ')} here.`, { allow });
  }
  if (isForeign(request, origin)) {
    throw new MatchstickError('caller_forbidden', 'The form was sent from another site.');
  }
  if (inQuery.length > 0) {
    throw invalid(`Send the ${PARAMETER} in the form alone: its action must be an address without it.`);
  }
  return { kind: 'sent', presented: { token: given(sentToken(request)) } };
}

/** Whether the browser says that another origin sent the form. A page with no-referrer sends the Origin `null`. */
function isForeign(request: ReceivedRequest, own: string | undefined): boolean {
  const { headerValues } = request;
  if (headerValues('sec-fetch-site').some((site) => site !== 'same-origin' && site !== 'none')) return true;
  return headerValues('origin')
    .filter((origin) => origin !== 'null')
    .some((origin) => {
      const sender = asUrl(origin);
      if (!sender) return true;
      return own === undefined ? sender.host !== hostOf(request) : sender.origin !== new URL(own).origin;
    });
}

function sentToken(request: ReceivedRequest): unknown {
  if (request.parsedBody !== undefined || !request.hasBody) return bodyMember(request, PARAMETER);
  const [type = ''] = request.headerValues('content-type');
  if (/^application\/(x-www-form-urlencoded|json)\b/i.test(type)) {
    throw new TypeError(`Nothing parsed the body before the guard: ${request.parserHint}`);
  }
  throw new MatchstickError('media_type_unsupported', 'Send a form, or JSON.');
}

/**
 * The token at the beginning of what became of it on its way to a person: behind it may be anything; blanks, line breaks
 * and what cannot be seen may also be in it. What has no token in it stays as it is.
 */
function tokenIn(text: string): string {
  const legible = text.replace(UNSEEN, '').replace(/^[^\w-]+/, '');
  return AT_THE_BEGINNING.exec(legible)?.[1] ?? text;
}

/** `=` and a line break is how quoted-printable breaks a line, and `=3D` how it writes `=` (RFC 2045 section 6.7). */
const UNSEEN = /=\r?\n|[\p{Z}\p{C}]/gu;
/** A signature of ES256 or Ed25519 has 64 octets. */
const AT_THE_BEGINNING = /^(?:3D)?(eyJ[\w-]*\.[\w-]+\.[\w-]{86})/;

function given(token: unknown): string {
  if (typeof token === 'string' && token !== '') return token;
  if (token === undefined || token === '') {
    throw new MatchstickError('token_invalid', 'The token is refused: there is none.');
  }
  throw invalid(`Send exactly one ${PARAMETER}, as a text.`);
}
