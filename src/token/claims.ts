import { fromBase64url, toBase64url } from './base64url.ts';
import { type BoundTo, type Confirmation, parseBoundTo, parseConfirmation } from './binding.ts';
import { isJsonObject, type JsonObject, type JsonValue, projectJson, UnfitJsonError } from './json-value.ts';

/** The claims of a capability token, in the order in which they are written. */
export interface TokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly purpose: string;
  readonly claims?: JsonObject;
  /** RFC 7800: the key that its bearer must prove. */
  readonly cnf?: Confirmation;
  /** What else it is bound to. */
  readonly bind?: BoundTo;
  /** Further claims as a JWE (RFC 7516), to be read when the token is redeemed. */
  readonly sealed?: string;
}

const STRINGS = ['iss', 'aud', 'sub', 'jti', 'purpose'] as const;
const TIMES = ['iat', 'exp'] as const;
const MEMBERS = new Set<string>([...STRINGS, ...TIMES, 'claims', 'cnf', 'bind', 'sealed']);

/** The one spelling of these claims as a JWS payload segment. */
export function encodeClaims(claims: TokenClaims): string {
  return toBase64url(claimsText(claims));
}

/** The same before it is encoded. */
export function claimsText(all: TokenClaims): string {
  const { iss, aud, sub, jti, iat, exp, purpose, claims, cnf, bind, sealed } = all;
  const payload = { iss, aud, sub, jti, iat, exp, purpose, claims, cnf, bind, sealed };
  return JSON.stringify(payload);
}

/** `reason` completes the sentence "The token is refused: …". */
export type DecodedClaims =
  | { readonly ok: true; readonly claims: TokenClaims }
  | { readonly ok: false; readonly reason: string };

/**
 * The claims in a payload segment that is canonical base64url. Only the spelling that `encodeClaims` writes is accepted, which also rules out
 * duplicate members, a byte order mark and every other way in which two parsers could read one payload differently.
 */
export function decodeClaims(segment: string): DecodedClaims {
  const parsed = parsePayload(segment);
  if (!parsed.ok) return parsed;
  const { payload, text } = parsed;
  const reason = claimsProblem(payload);
  if (reason !== undefined) return { ok: false, reason };
  const claims = typedClaims(payload);
  if (claimsText(claims) === text) return { ok: true, claims };
  return { ok: false, reason: 'its payload is not in canonical form' };
}

/** What is wrong with the members of a payload; undefined if nothing is. */
function claimsProblem(payload: JsonObject): string | undefined {
  for (const name of Object.keys(payload)) {
    if (!MEMBERS.has(name)) return 'its payload has a claim that is not known here';
  }
  for (const name of STRINGS) {
    const value = payload[name];
    if (typeof value !== 'string' || value === '') return `its ${name} is missing or not a non-empty string`;
  }
  for (const name of TIMES) {
    const value = payload[name];
    if (!Number.isSafeInteger(value) || Number(value) < 0)
      return `its ${name} is not a whole number of seconds`;
  }
  if ('claims' in payload && !isJsonObject(payload.claims)) return 'its claims are not an object';
  if ('cnf' in payload && !parseConfirmation(payload.cnf)) return 'its cnf is not one key thumbprint';
  if ('bind' in payload && !parseBoundTo(payload.bind)) return 'its bind is not one that is written here';
  if ('sealed' in payload && typeof payload.sealed !== 'string') return 'its sealed claims are not a string';
  return undefined;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type ParsedPayload =
  | { readonly ok: true; readonly payload: JsonObject; readonly text: string }
  | { readonly ok: false; readonly reason: string };

function parsePayload(segment: string): ParsedPayload {
  try {
    const text = UTF_8.decode(fromBase64url(segment));
    const payload = projectJson(JSON.parse(text));
    return isJsonObject(payload)
      ? { ok: true, payload, text }
      : { ok: false, reason: 'its payload is not an object' };
  } catch (error) {
    const what = error instanceof UnfitJsonError ? error.message : 'is not JSON in UTF-8';
    return { ok: false, reason: `its payload ${what}` };
  }
}

/** Called once the members have been checked; the conversions change nothing that passed. */
function typedClaims(payload: { readonly [name: string]: JsonValue | undefined }): TokenClaims {
  const { claims, sealed } = payload;
  const cnf = parseConfirmation(payload.cnf);
  const bind = parseBoundTo(payload.bind);
  return {
    iss: String(payload.iss),
    aud: String(payload.aud),
    sub: String(payload.sub),
    jti: String(payload.jti),
    iat: Number(payload.iat),
    exp: Number(payload.exp),
    purpose: String(payload.purpose),
    ...(isJsonObject(claims) ? { claims } : {}),
    ...(cnf ? { cnf } : {}),
    ...(bind ? { bind } : {}),
    ...(typeof sealed === 'string' ? { sealed } : {}),
  };
}
