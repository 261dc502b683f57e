import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';
import { type Caller, callerKeyDigest } from '../callers/caller.ts';

/** Somebody who has signed in. */
export interface Session {
  /** An operator. */
  readonly caller: Caller;
  /** What each of its forms sends back. */
  readonly formToken: string;
  /** Unix milliseconds. */
  readonly endsAtMs: number;
}

export interface Sessions {
  /** The Set-Cookie of a new session. `key` is what the caller signed in with. */
  start(caller: Caller, key: string): Promise<string>;
  /** The session of a Cookie header; undefined for none, and for one that has ended. */
  read(cookies: string | undefined): Promise<Session | undefined>;
  /** The Set-Cookie that ends it in this browser. */
  end(): string;
}

export interface SessionOptions {
  readonly callers: readonly Caller[];
  /** The same at every instance. */
  readonly secret: () => Uint8Array;
  readonly issuer: string;
  readonly nowMs: () => number;
}

const NAME = '__Host-matchstick-console';
const SESSION_SECONDS = 8 * 3600;
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';
const AUDIENCE = 'console';

/**
 * Sessions that no server keeps: the cookie holds the caller's name and the digest of the key that it signed in with,
 * encrypted (JWE, `dir`, A256GCM) under a key that every instance derives. Each request compares both with the callers
 * that are configured, so a session ends with its key.
 */
export function sessions({ callers, secret, issuer, nowMs }: SessionOptions): Sessions {
  const byName = new Map(callers.map((caller) => [caller.name, caller]));
  const derived = (use: string) =>
    new Uint8Array(hkdfSync('sha256', secret(), issuer, `matchstick console ${use}`, 32));
  const formTokenOf = (sealed: string) =>
    createHmac('sha256', derived('forms')).update(sealed).digest('base64url');
  return {
    start: async (caller, key) => {
      const now = Math.floor(nowMs() / 1000);
      const sealed = await new EncryptJWT({ key: callerKeyDigest(key) })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setSubject(caller.name)
        .setIssuer(issuer)
        .setAudience(AUDIENCE)
        .setIssuedAt(now)
        .setExpirationTime(now + SESSION_SECONDS)
        .encrypt(derived('session'));
      return `${NAME}=${sealed}; Max-Age=${SESSION_SECONDS}; ${ATTRIBUTES}`;
    },
    read: async (cookies) => {
      const sealed = cookieNamed(NAME, cookies);
      if (sealed === undefined) return undefined;
      const opened = await jwtDecrypt(sealed, derived('session'), {
        issuer,
        audience: AUDIENCE,
        currentDate: new Date(nowMs()),
        requiredClaims: ['sub', 'exp'],
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      }).catch(() => undefined);
      const { sub = '', key, exp = 0 } = opened?.payload ?? {};
      const caller = byName.get(sub);
      const mayStillBeHere = caller?.keySha256.some((digest) => digest === key) && mayEnter(caller, nowMs());
      if (!caller || !mayStillBeHere) return undefined;
      const endsAtMs = Math.min(exp * 1000, caller.expiresAtMs ?? Number.POSITIVE_INFINITY);
      return { caller, formToken: formTokenOf(sealed), endsAtMs };
    },
    end: () => `${NAME}=; Max-Age=0; ${ATTRIBUTES}`,
  };
}

function mayEnter({ operator, isDisabled, expiresAtMs }: Caller, nowMs: number): boolean {
  return operator !== undefined && !isDisabled && (expiresAtMs === undefined || nowMs < expiresAtMs);
}

/** Compares without telling by its time how much was right. */
export function isFormToken(given: string | undefined, { formToken }: Session): boolean {
  const [one, other] = [Buffer.from(given ?? ''), Buffer.from(formToken)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** A cookie that is there twice is none: somebody else may have set the other. */
function cookieNamed(name: string, cookies = ''): string | undefined {
  const values = cookies
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each.startsWith(`${name}=`));
  return values.length === 1 ? values[0]?.slice(name.length + 1) : undefined;
}
