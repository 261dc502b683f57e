import { type ErrorExtras, MatchstickError } from '../errors.ts';

/** One call to the service. */
export interface Call<T> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  /** Sent as Idempotency-Key. */
  readonly attempt?: string;
  /** The status of success. */
  readonly status: 200 | 201;
  readonly maxAnswerBytes?: number;
  readonly isAnswer: (value: unknown) => value is T;
}

export type Exchanged<T> = { readonly answered: true; readonly answer: T } | NoAnswer;

export interface NoAnswer {
  readonly answered: false;
  readonly error: MatchstickError;
  /** Whether the same call may get an answer when it is made once more. */
  readonly again: boolean;
}

/**
 * Something that is not an answer of the service. For the caller that is the same as an unavailable ledger: refused,
 * and the outcome is unknown. `did` completes "The service at <origin> …" and quotes nothing of question and answer.
 */
export function noAnswer(base: string, did: string, again: boolean, extras: ErrorExtras = {}): NoAnswer {
  const message = `The service at ${new URL(base).origin} ${did}.`;
  return { answered: false, error: new MatchstickError('ledger_unavailable', message, extras), again };
}
