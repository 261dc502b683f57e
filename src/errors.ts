/** Every code the product answers with, its HTTP status and its RFC 9457 title. A shipped code is API. */
const PROBLEMS = {
  request_invalid: { status: 400, title: 'The request is not valid' },
  token_invalid: { status: 400, title: 'The token is not valid' },
  caller_unknown: { status: 401, title: 'The caller is not known' },
  caller_forbidden: { status: 403, title: 'The caller may not do this' },
  purpose_mismatch: { status: 403, title: 'The token is for another purpose' },
  audience_mismatch: { status: 403, title: 'The token is for another audience' },
  binding_mismatch: { status: 403, title: 'The token is bound to something else' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  token_held: { status: 409, title: 'The token is held by another attempt' },
  token_expired: { status: 410, title: 'The token has expired' },
  token_burned: { status: 410, title: 'The token was already redeemed' },
  token_revoked: { status: 410, title: 'The token was revoked' },
  token_superseded: { status: 410, title: 'The token was superseded by a newer one' },
  token_void: { status: 410, title: 'The token is void: ask for a new one' },
  request_too_large: { status: 413, title: 'The request is too large' },
  media_type_unsupported: { status: 415, title: 'The media type is not supported' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something went wrong here' },
  ledger_unavailable: { status: 503, title: 'The ledger does not answer' },
} as const satisfies Record<string, { status: number; title: string }>;

/** The code of a refusal. docs/api.md explains each. */
export type ErrorCode = keyof typeof PROBLEMS;

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(PROBLEMS, code);
}

/** Every code, in the order of their statuses. */
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(PROBLEMS).filter(isErrorCode);

/** The `type` of a problem over HTTP (RFC 9457 section 3.1.1). docs/api.md has a paragraph for each. */
export function problemType(code: string): string {
  return `urn:matchstick:problem:${code}`;
}

/** One thing that is wrong with an input. */
export interface InputProblem {
  /** Where: a dotted path, empty for the whole input. */
  readonly path: string;
  /** What, as the end of a sentence that begins with the path. */
  readonly message: string;
  /** The same place as `pointer` of problem details has it (RFC 9457 section 3). Default: made of the path. */
  readonly pointer?: string;
}

/** A problem as an error lists it. */
export interface ListedProblem extends InputProblem {
  /** The place as a JSON Pointer in a URI fragment (RFC 6901 section 6): `#/claims/key`, or `#` for the whole input. */
  readonly pointer: string;
}

/** A JSON Pointer in a URI fragment (RFC 6901 section 6). */
export function fragmentPointer(parts: readonly string[]): string {
  const tokens = parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
  return ['#', ...tokens].join('/');
}

/** The same problem, with its place in both spellings. */
export function listed(problem: InputProblem): ListedProblem {
  const { path, pointer = fragmentPointer(path === '' ? [] : path.split('.')), message } = problem;
  return { path, pointer, message };
}

/** What an error carries besides its code and message. Which members are there depends on the code. */
export interface ErrorExtras {
  /** `request_invalid`, always: everything that is wrong, not only the first. */
  readonly errors?: readonly InputProblem[];
  /** `token_burned`: when the token was redeemed, RFC 3339. */
  readonly redeemedAt?: string;
  /** `token_held`: when the hold ends by itself, RFC 3339. */
  readonly heldUntil?: string;
  /** `ledger_unavailable`, `rate_limited`: seconds after which trying again makes sense. */
  readonly retryAfterSeconds?: number;
  /** `rate_limited`: which limit it was, such as `mint-per-subject`. */
  readonly limit?: string;
  /** `rate_limited`, in process: what the limit allows. */
  readonly quota?: {
    /** So many. */
    readonly count: number;
    /** In each window of so many seconds. */
    readonly perSeconds: number;
  };
  /** `method_not_allowed`: the methods that are allowed. */
  readonly allow?: readonly string[];
  /** What led to this: for the log of this process, never for a caller. */
  readonly cause?: unknown;
  /** An error that came over HTTP: the request id under which the service logged it. */
  readonly requestId?: string;
  /** An error that leaves open whether the token is burned: the attempt that may ask again. */
  readonly attempt?: string;
}

/**
 * Every refusal and every failure. Decide by `code`; `message` is for people, and never contains a token, a key, a signed
 * URL or what a store said.
 */
export class MatchstickError extends Error {
  /** Always `MatchstickError`. */
  override readonly name = 'MatchstickError';
  /** What happened, for programs. */
  readonly code: ErrorCode;
  /** What else is known, by code: `errors`, `redeemedAt`, `heldUntil`, `retryAfterSeconds`, `limit`, `allow`. */
  readonly extras: Omit<ErrorExtras, 'cause' | 'requestId' | 'attempt' | 'errors'> & {
    /** `request_invalid`, always: everything that is wrong, not only the first. */
    readonly errors?: readonly ListedProblem[];
  };
  /** The request id under which the service logged it, if it came over HTTP. */
  declare readonly requestId?: string;
  /** The attempt that may ask again, if it is unknown whether the token is burned. */
  declare readonly attempt?: string;

  /**
   * @param code - What happened, for programs.
   * @param message - What happened, for people.
   * @param options - What else is known.
   */
  constructor(code: ErrorCode, message: string, options: ErrorExtras = {}) {
    const { cause, requestId, attempt, errors = problemsOf(code, message), ...extras } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.extras = errors === undefined ? extras : { errors: errors.map(listed), ...extras };
    if (requestId !== undefined) this.requestId = requestId;
    if (attempt !== undefined) this.attempt = attempt;
  }

  /** The HTTP status of the code. */
  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** The title of the code (RFC 9457). */
  get title(): string {
    return PROBLEMS[this.code].title;
  }
}

/** A refusal of an input always lists what is wrong: at least that the whole of it is. */
function problemsOf(code: ErrorCode, message: string): readonly InputProblem[] | undefined {
  return code === 'request_invalid' ? [{ path: '', message: message.replace(/\.$/, '') }] : undefined;
}

/** A refusal lists at most so many problems: it must not be longer than what it refuses. */
export const MAX_LISTED_PROBLEMS = 50;

/** The refusal of an input, with every problem found in it, up to `MAX_LISTED_PROBLEMS`. */
export function requestInvalid(errors: readonly InputProblem[]): MatchstickError {
  const first = errors[0];
  const detail =
    errors.length === 1 && first
      ? `${first.path || 'The request'}: ${first.message}.`
      : `${errors.length > MAX_LISTED_PROBLEMS ? `More than ${MAX_LISTED_PROBLEMS}` : errors.length} problems were found; see errors.`;
  return new MatchstickError('request_invalid', detail, { errors: errors.slice(0, MAX_LISTED_PROBLEMS) });
}

/** Any failure as callers see it. A failure that is not ours is `internal`; only the log gets its cause. */
export function asMatchstickError(error: unknown): MatchstickError {
  if (error instanceof MatchstickError) return error;
  return new MatchstickError('internal', 'The request failed. See the log for this request id.', {
    cause: error,
  });
}
