import { isCanonicalBase64url } from './base64url.ts';
import { DIGEST_CHARACTERS, digestOf } from './digest.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';

/** RFC 7800, with RFC 7638's thumbprint of the key that must be proved (RFC 9449 section 6.1). */
export interface Confirmation {
  readonly jkt: string;
}

/** What else a token is bound to, as digests that are salted with its `jti`. */
export interface BoundTo {
  readonly session?: string;
  /** Method and URL. */
  readonly request?: string;
  /** Media type and Content-Digest. */
  readonly content?: string;
}

const THUMBPRINT_CHARACTERS = 43;
const BOUND_TO = ['session', 'request', 'content'] as const;

export function sessionDigest(jti: string, session: string): string {
  return digestOf(jti, 'session', session);
}

/** `url` in its normal spelling. */
export function requestDigest(jti: string, method: string, url: string): string {
  return digestOf(jti, 'request', method, url);
}

/** `mediaType` as `normalMediaType` writes it, `digest` as `strongDigests` does: the same octets as something else differ. */
export function contentDigest(jti: string, mediaType: string, digest: string): string {
  return digestOf(jti, 'content', mediaType, digest);
}

export function isThumbprint(text: unknown): text is string {
  return typeof text === 'string' && text.length === THUMBPRINT_CHARACTERS && isCanonicalBase64url(text);
}

/** The `cnf` of a payload; undefined when it is anything else than one thumbprint. */
export function parseConfirmation(value: JsonValue | undefined): Confirmation | undefined {
  if (!isJsonObject(value) || Object.keys(value).length !== 1 || !isThumbprint(value.jkt)) return undefined;
  return { jkt: value.jkt };
}

/** The `bind` of a payload; undefined when it is anything else than one to three digests. */
export function parseBoundTo(value: JsonValue | undefined): BoundTo | undefined {
  if (!isJsonObject(value)) return undefined;
  const names = Object.keys(value);
  const isBoundTo = names.every((name) => BOUND_TO.some((known) => known === name) && isDigest(value[name]));
  return names.length > 0 && isBoundTo ? { ...digestsIn(value) } : undefined;
}

function digestsIn(value: Readonly<Record<string, JsonValue>>): BoundTo {
  const present = BOUND_TO.filter((name) => name in value);
  return Object.fromEntries(present.map((name) => [name, String(value[name])]));
}

function isDigest(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value.length === DIGEST_CHARACTERS && /^[\w-]+$/.test(value);
}
