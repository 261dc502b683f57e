import { COMPACT_JWS, MAX_DPOP_CHARACTERS, MAX_TOKEN_CHARACTERS } from '../contract/limits.ts';
import { MatchstickError } from '../errors.ts';
import { bodyMember, queryValues, type ReceivedRequest } from './received-request.ts';

/** A token, and how it was shown. */
export interface Presented {
  readonly token: string;
  /** The DPoP proof that goes with it (RFC 9449 section 7.1). */
  readonly dpop?: string;
}

const CREDENTIALS = /^(bearer|dpop) +([^ ]+) *$/i;
const SCHEME = /^(bearer|dpop)(?: |$)/i;
/** What RFC 6750 section 2 and this product call a token in a form or a query. */
const NAMES_OF_TOKENS = ['access_token', 'token'];

/** The token of an Authorization header. Throws `caller_unknown` (401) if there is none. */
export function presentedInHeader(request: ReceivedRequest): Presented {
  const values = request.headerValues('authorization');
  if (values.length > 1) throw invalid('Send exactly one Authorization header.');
  if (isInQuery(request) || isInBody(request)) {
    throw invalid('Send the token in the Authorization header alone, not in the query or the body.');
  }
  const [authorization = ''] = values;
  if (!SCHEME.test(authorization)) {
    throw new MatchstickError(
      'caller_unknown',
      'No token was sent: send it as "Authorization: Bearer <token>".',
    );
  }
  const [, scheme = '', token = ''] = CREDENTIALS.exec(authorization) ?? [];
  if (token === '') throw invalid('Authorization must read "Bearer <token>" or "DPoP <token>".');
  return scheme.toLowerCase() === 'dpop' ? { token, dpop: proofOf(request) } : { token };
}

/** The scheme of RFC 6750 or RFC 9449 that a request speaks, or should. */
export function schemeOf(request: ReceivedRequest): 'Bearer' | 'DPoP' {
  const [authorization = ''] = request.headerValues('authorization');
  return /^dpop /i.test(authorization) ? 'DPoP' : 'Bearer';
}

/** Throws `token_invalid` for what cannot be a token, so that nobody needs to be asked. */
export function requireTokenShape(token: string): string {
  if (isTokenShaped(token)) return token;
  throw new MatchstickError('token_invalid', 'The token is refused: it is not a compact JWS.');
}

export function invalid(detail: string): MatchstickError {
  return new MatchstickError('request_invalid', detail);
}

function proofOf(request: ReceivedRequest): string {
  const [proof, ...more] = request.headerValues('dpop');
  if (!proof || more.length > 0) throw invalid('Send exactly one DPoP header.');
  if (proof.length > MAX_DPOP_CHARACTERS) throw invalid('The DPoP header is too long.');
  return proof;
}

function isInQuery(request: ReceivedRequest): boolean {
  return NAMES_OF_TOKENS.some((name) => queryValues(request, name).some(isTokenShaped));
}

function isInBody(request: ReceivedRequest): boolean {
  return NAMES_OF_TOKENS.some((name) =>
    [bodyMember(request, name)].flat().some((value) => typeof value === 'string' && isTokenShaped(value)),
  );
}

/** The three segments of a JWS. Anything longer is no token of the service. */
function isTokenShaped(text: string): boolean {
  return text.length <= MAX_TOKEN_CHARACTERS && COMPACT_JWS.test(text);
}
