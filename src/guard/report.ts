import { MatchstickError } from '../errors.ts';

/**
 * One line for the operator of the app. Errors that are not ours are written by name and code only: their
 * messages are anybody's, and might quote a token.
 */
export function reportOnStderr(error: MatchstickError): void {
  console.error(`matchstick: ${wordsOf(error)}`);
}

function wordsOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  const words = error instanceof MatchstickError ? ours(error) : `${error.name}${code}`;
  return error.cause instanceof Error ? `${words} Caused by ${wordsOf(error.cause)}` : words;
}

function ours({ code, message, requestId }: MatchstickError): string {
  return `${code}: ${message}${requestId === undefined ? '' : ` (request ${requestId})`}`;
}

/** Tells the app of a failure. Whatever its function throws must not become another failure; `warn` hears of it. */
export function report<Request>(
  onFailure: (error: MatchstickError, request: Request) => void,
  error: MatchstickError,
  request: Request,
  warn: (text: string) => void,
): void {
  try {
    onFailure(error, request);
  } catch {
    warn('onFailure of requireCapability threw');
  }
}
