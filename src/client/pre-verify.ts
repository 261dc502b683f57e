import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import { COMPACT_JWS, MAX_TOKEN_CHARACTERS } from '../contract/limits.ts';
import { MatchstickError } from '../errors.ts';
import { isWithin, parseBase } from './options.ts';
import { readText } from './read-text.ts';
import { type Fetch, web } from './web.ts';

/** What `createPreVerifier` takes. */
export interface PreVerifierOptions {
  /** The URL of the service. */
  readonly url: string | URL;
  /** The `issuer` in the configuration of the service. */
  readonly issuer: string;
  /** How far your clock can be from that of the ledger, in seconds: 0 to 300. Default 30. */
  readonly clockToleranceSeconds?: number;
  /** Lets the public keys travel unencrypted from other machines. Default false. */
  readonly allowInsecureHttp?: boolean;
  /** Called instead of the global `fetch`. */
  readonly fetch?: Fetch;
}

/**
 * What a token looks like without asking the service. **This is not a redemption**: a plausible token may be burned,
 * revoked or void, and stays plausible however often you ask. Grant nothing for it.
 */
export type PreVerification =
  | {
      /** The signature, the times and the purpose are right. */
      readonly plausible: true;
      /** The RFC 7519 `jti` of the token. */
      readonly jti: string;
      /** Whom or what the token is about. */
      readonly subject: string;
      /** The audience of the token. */
      readonly audience: string;
      /** RFC 3339. When the token expires. */
      readonly expiresAt: string;
    }
  | {
      /** The service would refuse the token. */
      readonly plausible: false;
      /** Why. It quotes nothing of the token. */
      readonly reason: string;
    };

/**
 * Looks at a token without asking the service about it.
 *
 * @param token - The token, as you received it.
 * @param purpose - What it should be for.
 * @param options - `audience`: the audience that it should be for.
 * @returns Whether it is worth redeeming.
 * @throws MatchstickError `ledger_unavailable` if the public keys could not be fetched.
 */
export type PreVerify = (
  token: string,
  purpose: string,
  options?: {
    /** The audience that the token should be for. */
    readonly audience?: string;
  },
) => Promise<PreVerification>;

const MAX_TOLERANCE_SECONDS = 300;
/** The last moment of a `Date` (ECMA-262 section 21.4.1.1), in Unix seconds. */
const MAX_EXPIRY = 8_640_000_000_000;
const MAX_JWKS_BYTES = 262_144;
const JWKS_TIMEOUT_MS = 5000;
/** No refused `kid` makes the keys be fetched sooner than this again. */
const JWKS_COOLDOWN_MS = 30_000;
const JWKS_AGE_MS = 300_000;

/** What jose says of a token, as against what it says of keys that it could not get. */
const REASONS: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'it has expired',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'its type, its issuer, its audience or a time in it is another',
  ERR_JWT_INVALID: 'it is not a JWT',
  ERR_JWS_INVALID: 'it is not a JWS',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'its signature does not verify',
  ERR_JWKS_NO_MATCHING_KEY: 'its key is not one of the service',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'it does not say which key of the service it is signed with',
  ERR_JOSE_ALG_NOT_ALLOWED: 'its algorithm is another',
  ERR_JOSE_NOT_SUPPORTED: 'its algorithm is another',
};

/**
 * Makes a function that turns away what is not a token without a call to the service. You must still redeem the rest.
 * The public keys are fetched when they are first needed, and kept for five minutes.
 *
 * @param options - Where the service is, and its issuer.
 * @returns The function.
 * @throws TypeError For an option that is wrong.
 * @example
 * const preVerify = createPreVerifier({ url: 'https://cap.example.com', issuer: 'https://cap.example.com' });
 * if (!(await preVerify(token, 'file-download')).plausible) return response.sendStatus(400);
 */
export function createPreVerifier(options: PreVerifierOptions): PreVerify {
  const { url, issuer, clockToleranceSeconds = 30, allowInsecureHttp = false } = options;
  const base = parseBase('url', url, allowInsecureHttp);
  if (typeof issuer !== 'string' || issuer === '')
    throw new TypeError('issuer: must be the issuer of the service');
  if (!isWithin(clockToleranceSeconds, 0, MAX_TOLERANCE_SECONDS)) {
    throw new TypeError(`clockToleranceSeconds: must be 0 to ${MAX_TOLERANCE_SECONDS}`);
  }
  const keys = createRemoteJWKSet(new URL(`${base}/.well-known/jwks.json`), {
    timeoutDuration: JWKS_TIMEOUT_MS,
    cooldownDuration: JWKS_COOLDOWN_MS,
    cacheMaxAge: JWKS_AGE_MS,
    [customFetch]: boundedFetch(options.fetch ?? web.fetch),
  });
  return async (token, purpose, { audience } = {}) => {
    if (typeof token !== 'string' || token.length > MAX_TOKEN_CHARACTERS || !COMPACT_JWS.test(token)) {
      return implausible('it is not a JWS');
    }
    try {
      const { payload } = await jwtVerify(token, keys, {
        typ: 'cap+jwt',
        issuer,
        algorithms: ['ES256', 'Ed25519'],
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ['exp', 'iat'],
        ...(audience === undefined ? {} : { audience }),
      });
      return weigh(payload, purpose);
    } catch (error) {
      const reason = error instanceof errors.JOSEError ? REASONS[error.code] : undefined;
      if (reason !== undefined) return implausible(reason);
      throw new MatchstickError('ledger_unavailable', 'The keys of the service could not be fetched.');
    }
  };
}

function weigh({ purpose: named, jti, sub, aud, exp }: JWTPayload, purpose: string): PreVerification {
  if (named !== purpose) return implausible('it is for another purpose');
  if (jti === undefined || sub === undefined || typeof aud !== 'string' || exp === undefined) {
    return implausible('it lacks a claim');
  }
  if (exp > MAX_EXPIRY) return implausible('it never expires');
  const expiresAt = new Date(exp * 1000).toISOString();
  return { plausible: true, jti, subject: sub, audience: aud, expiresAt };
}

function implausible(reason: string): PreVerification {
  return { plausible: false, reason };
}

/** Follows no redirect and reads no more than a set of keys has. */
function boundedFetch(fetch: Fetch): Fetch {
  return async (url, init) => {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    return new Response(await readText(response, MAX_JWKS_BYTES), { status: response.status });
  };
}
