import { MatchstickError } from '../errors.ts';
import type { Settings } from './options.ts';
import { OversizedBody, readBody } from './read-body.ts';
import { requestIdOf, retryAfter, reviveProblem } from './revive-problem.ts';
import { withinTime } from './within-time.ts';

/** One call to the service. */
export interface Call<T> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  /** Sent as Idempotency-Key. */
  readonly attempt?: string;
  /** Of success. */
  readonly status: 200 | 201;
  readonly maxAnswerBytes?: number;
  readonly isAnswer: (value: unknown) => value is T;
}

export type Exchanged<T> =
  | { readonly answered: true; readonly answer: T }
  /** `again`: whether the same call may get an answer when it is made once more. */
  | { readonly answered: false; readonly error: MatchstickError; readonly again: boolean };

const MAX_ANSWER_BYTES = 65_536;
/** What gateways say for a service behind them that did not answer. */
const NO_ANSWER_STATUSES = [429, 502, 503, 504];

/**
 * Makes a call once. What is not an answer of the service is `ledger_unavailable`; rejects only for a body
 * that cannot be written as JSON.
 */
export async function exchange<T>(
  call: Call<T>,
  settings: Pick<Settings, 'base' | 'key' | 'web'>,
  timeoutMs: number,
): Promise<Exchanged<T>> {
  const { base, key, web } = settings;
  const request = requestOf(call, key);
  try {
    return await withinTime(timeoutMs, async (signal) => {
      const response = await web.fetch(`${base}${call.path}`, { ...request, signal });
      return await readAnswer(call, response);
    });
  } catch (error) {
    return unanswered(`no answer: ${reasonOf(error)}`, { again: true });
  }
}

function requestOf(call: Call<unknown>, key: string): RequestInit {
  const { method, body, attempt } = call;
  return {
    method,
    // Whatever redirects is not the service, and must not be followed with the key.
    redirect: 'manual',
    headers: {
      Authorization: `Bearer ${key}`,
      Accept: 'application/json, application/problem+json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(attempt === undefined ? {} : { 'Idempotency-Key': attempt }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}

async function readAnswer<T>(call: Call<T>, response: Response): Promise<Exchanged<T>> {
  const { status, headers } = response;
  const again = NO_ANSWER_STATUSES.includes(status);
  const about = { again, headers };
  // A browser hides the status of a redirect that it did not follow.
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    return unanswered('a redirect instead of an answer', about);
  }
  let text: string;
  try {
    text = await readBody(response, call.maxAnswerBytes ?? MAX_ANSWER_BYTES);
  } catch (error) {
    if (error instanceof OversizedBody) return unanswered('more than any answer has', about);
    throw error;
  }
  const mediaType = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  const body = parseJson(text);
  if (mediaType === 'application/problem+json') {
    const error = reviveProblem(status, headers, body);
    return error ? { answered: false, error, again } : unanswered('a problem that is not of its own', about);
  }
  if (status !== call.status) return unanswered(`status ${status} instead of an answer`, about);
  if (mediaType !== 'application/json' || !call.isAnswer(body)) {
    return unanswered('something that is not an answer to this call', about);
  }
  return { answered: true, answer: body };
}

function unanswered(
  gave: string,
  { again, headers }: { readonly again: boolean; readonly headers?: Headers },
): Exchanged<never> {
  const retryAfterSeconds = headers && retryAfter(headers);
  const requestId = headers && requestIdOf(headers);
  const error = new MatchstickError('ledger_unavailable', `The service gave ${gave}.`, {
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(requestId === undefined ? {} : { requestId }),
  });
  return { answered: false, error, again };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The code of a failure, such as ECONNREFUSED, or its name: its message might quote the request. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return 'fetch failed';
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return /^\w{1,64}$/.test(code) ? code : 'fetch failed';
}
