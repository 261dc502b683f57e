import { type Answer, COMMON_HEADERS } from '../api/problem.ts';
import { MatchstickError } from '../errors.ts';

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { ...COMMON_HEADERS, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

/** What a caller is told of any failure. Whatever is not ours is `internal`, and said to the log alone. */
export function asMatchstickError(error: unknown): MatchstickError {
  if (error instanceof MatchstickError) return error;
  return new MatchstickError(
    'internal',
    'The request failed here. The log has the reason under this request id.',
    {
      cause: error,
    },
  );
}
