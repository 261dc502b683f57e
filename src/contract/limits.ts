/** Numbers and patterns that more than one room goes by: service, library, guard and client alike. */

/** The longest life of a token, in seconds. No configuration allows more: this is not a session store. */
export const MAX_LIFETIME_SECONDS = 3600;
/** The largest difference between clocks that a deployment may allow, in seconds. */
export const MAX_CLOCK_TOLERANCE_SECONDS = 60;
/** How often a token may be redeemed at most. */
export const MAX_USES = 100;
/** How many tokens of one subject and purpose a purpose may let live. */
export const MAX_LIVE = 100;
/** The longest hold, in seconds. */
export const MAX_HOLD_SECONDS = 300;
/** How long a handler has, in seconds, if nobody says otherwise. */
export const DEFAULT_HOLD_SECONDS = 60;
/** How long after its token's expiry a burn can still be asked about, and answered to its own attempt. Seconds. */
export const REMEMBERED_SECONDS = 600;
/** How long a link with a code lives at most, in seconds. */
export const MAX_CODE_SECONDS = 600;
/** How many tokens one call may mint. */
export const MAX_BATCH_TOKENS = 1000;

/** How many values a JSON text may have, and one that mints a batch. */
export const MAX_JSON_VALUES = 2000;
export const MAX_BATCH_JSON_VALUES = 65_536;
/** How many different names its members may have: a new name costs more than a value. */
export const MAX_JSON_NAMES = 16_384;
/** The longest string in a JSON text, as it is written: only the body of a batch could hold a longer one. */
export const MAX_JSON_STRING_CHARACTERS = 16_384;
/** The longest name of a member in a JSON text. */
export const MAX_JSON_NAME_CHARACTERS = 256;

/** A longer token is refused at mint, and unread at redemption. */
export const MAX_TOKEN_CHARACTERS = 2048;
/** No token can carry claims whose JSON is longer: three octets take four characters. */
export const MAX_CLAIMS_OCTETS = (MAX_TOKEN_CHARACTERS / 4) * 3;
/** A JWS in compact serialization (RFC 7515 section 7.1): header, payload and signature. */
export const COMPACT_JWS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
/** A longer DPoP proof is refused unread. */
export const MAX_DPOP_CHARACTERS = 4096;
/** What a DPoP proof may be signed with: asymmetric algorithms only (RFC 9449 section 4.2). */
export const DPOP_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'Ed25519',
  'EdDSA',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
] as const;
/** The longest URL that a token may be bound to, or that a guard compares with one. */
export const MAX_URL_CHARACTERS = 8192;
/** The longest media type that a token may be bound to, or that a guard compares with one. */
export const MAX_MEDIA_TYPE_CHARACTERS = 255;
/** What a guard shows for a token, as JSON in UTF-8: a body that redeems has room for it beside the token. */
export const MAX_PROOF_OCTETS = 13_824;

export const MAX_SUBJECT_CHARACTERS = 255;
export const MAX_AUDIENCE_CHARACTERS = 255;
export const MAX_SESSION_CHARACTERS = 1024;

/** What may name an attempt: an `Idempotency-Key`, or the library's `attempt`. */
export const ATTEMPT_NAME = /^[\x21-\x7e]{1,255}$/;
/** A request id that is taken over from a caller, and from an answer. */
export const REQUEST_ID = /^[\w.:-]{1,128}$/;
/** A caller key: the prefix and the shape let secret scanners find it. The first group is the caller's name. */
export const CALLER_KEY = /^ms_([a-z0-9-]+)_[\w-]{43}$/;
/** What may be one in a longer text, also if some of it is missing. */
export const CALLER_KEY_IN_TEXT = /\bms_[a-z0-9-]+_[\w-]{20,}/g;

/** How long an address to which links lead may be, as it is configured. */
export const MAX_DESTINATION_CHARACTERS = 2048;

/** How long the JWK Set may be kept by whoever verifies tokens. */
export const JWKS_MAX_AGE_SECONDS = 300;
