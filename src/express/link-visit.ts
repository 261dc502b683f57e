import { MatchstickError } from '../errors.ts';
import { type AppRequest, hasBody, parsedBody } from './app-request.ts';
import { bodyMember, invalid, type Presented, queryValues } from './credentials.ts';

const PARAMETER = 'token';

/** What a person does with a link: look at it, or send the form that it led to. */
export type Visit =
  | { readonly kind: 'opened'; readonly token: string }
  | { readonly kind: 'sent'; readonly presented: Presented };

/**
 * The token of a link: of GET and HEAD in the query, of POST in the parsed body. Other methods are refused,
 * and so is a form of another site: its visitor did not mean to send it.
 */
export function visitOf(request: AppRequest): Visit {
  const { method = '' } = request;
  const inQuery = queryValues(request, PARAMETER);
  if (method === 'GET' || method === 'HEAD') {
    if (inQuery.length > 1) throw invalid(`Send exactly one ${PARAMETER}.`);
    return { kind: 'opened', token: given(inQuery[0]) };
  }
  if (method !== 'POST') {
    const allow = ['GET', 'HEAD', 'POST'];
    throw new MatchstickError('method_not_allowed', `Use ${allow.join(' or ')} here.`, { allow });
  }
  if (request.headers['sec-fetch-site'] === 'cross-site') {
    throw new MatchstickError('caller_forbidden', 'The form was sent from another site.');
  }
  if (inQuery.length > 0) {
    throw invalid(`Send the ${PARAMETER} in the form alone: its action must be an address without it.`);
  }
  return { kind: 'sent', presented: { token: given(sentToken(request)) } };
}

function sentToken(request: AppRequest): unknown {
  if (parsedBody(request) !== undefined || !hasBody(request)) return bodyMember(request, PARAMETER);
  if (/^application\/(x-www-form-urlencoded|json)\b/i.test(request.headers['content-type'] ?? '')) {
    throw new TypeError(
      'no body parser is before requireCapability: use express.urlencoded() or express.json()',
    );
  }
  throw new MatchstickError('media_type_unsupported', 'Send a form, or JSON.');
}

function given(token: unknown): string {
  if (typeof token === 'string' && token !== '') return token;
  if (token === undefined || token === '') {
    throw new MatchstickError('token_invalid', 'The token is refused: there is none.');
  }
  throw invalid(`Send exactly one ${PARAMETER}, as a text.`);
}
