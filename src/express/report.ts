import { MatchstickError } from '../errors.ts';

/**
 * One line for whoever runs the app. Of errors that are not ours only names and codes are written: their
 * messages are anybody's, and might quote a token.
 */
export function reportOnStderr(error: MatchstickError): void {
  console.error(`matchstick: ${told(error)}`);
}

function told(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  const words = error instanceof MatchstickError ? ours(error) : `${error.name}${code}`;
  return error.cause instanceof Error ? `${words} Caused by ${told(error.cause)}` : words;
}

function ours({ code, message, requestId }: MatchstickError): string {
  return `${code}: ${message}${requestId === undefined ? '' : ` (request ${requestId})`}`;
}

/** Tells the app of a failure. What it does with it must not make another of it. */
export function report<Request>(
  onFailure: (error: MatchstickError, request: Request) => void,
  error: MatchstickError,
  request: Request,
): void {
  try {
    onFailure(error, request);
  } catch {
    warn('onFailure of requireCapability threw');
  }
}

/** A warning of Node's own, for the app's developer. */
export function warn(text: string): void {
  process.emitWarning(text, { type: 'MatchstickWarning' });
}
