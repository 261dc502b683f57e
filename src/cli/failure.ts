import { MatchstickError } from '../errors.ts';
import { isUnfitServer } from '../redis/unfit.ts';
import { SettingsError } from '../settings/error.ts';
import { oneLine } from './plain-text.ts';
import { UsageError } from './usage.ts';

/** What the exit codes of every command mean. */
export const EXIT = {
  done: 0,
  refused: 1,
  usage: 2,
  configuration: 3,
  unreachable: 4,
  /** sysexits.h: EX_TEMPFAIL. A person, or the same attempt, must ask again. */
  unknown: 75,
} as const;

/** The service, or the ledger behind it, gave no answer, and nothing was changed. */
export class Unreachable extends Error {}

interface WhatNext {
  readonly attempt?: string | undefined;
  readonly words?: string;
}

/** A change was asked for, and the answer was lost. */
export class UnknownOutcome extends Error {
  readonly again: string;
  readonly attempt: string | undefined;
  /** What to do, for people. */
  readonly words: string;
  constructor(why: string, again: string, { attempt, words = `Ask again: ${again}` }: WhatNext = {}) {
    super(`${why} Whether anything was changed is unknown.`);
    this.again = again;
    this.attempt = attempt;
    this.words = words;
  }
}

/** A failure, as it is told to people and to programs. */
export interface ToldFailure {
  readonly exitCode: number;
  readonly words: string;
  readonly data: { readonly error: Readonly<Record<string, unknown>> };
}

/** Undefined for what nobody foresaw. */
export function toldFailure(error: unknown): ToldFailure | undefined {
  if (error instanceof UsageError) return told(EXIT.usage, 'usage', error.message);
  if (error instanceof SettingsError)
    return told(EXIT.configuration, 'configuration', error.message, { problems: error.problems });
  if (error instanceof Unreachable) return told(EXIT.unreachable, 'unreachable', error.message);
  if (error instanceof UnknownOutcome) {
    const { message, again, attempt } = error;
    const words = `${message}\n${error.words}`;
    return told(EXIT.unknown, 'unknown', message, { again, ...(attempt ? { attempt } : {}) }, words);
  }
  if (isUnfitServer(error)) {
    const { cause, message } = error;
    return told(EXIT.refused, 'unfit', cause instanceof Error ? `Redis refuses: ${cause.message}` : message);
  }
  if (error instanceof MatchstickError) {
    const { code, message, extras, requestId } = error;
    if (code === 'ledger_unavailable') {
      const why = error.cause instanceof Error ? `Redis gave no answer: ${error.cause.message}` : message;
      return told(EXIT.unreachable, 'unreachable', why);
    }
    const { errors, redeemedAt, heldUntil, retryAfterSeconds, limit } = extras;
    const known = { errors, redeemedAt, heldUntil, retryAfterSeconds, limit, requestId };
    const listed = (errors ?? []).map(({ path, message: what }) => `\n  ${oneLine(path)}: ${oneLine(what)}`);
    return told(
      EXIT.refused,
      code,
      message,
      known,
      `${oneLine(message)} (${code})${listed.length > 1 ? listed.join('') : ''}`,
    );
  }
  return undefined;
}

function told(
  exitCode: number,
  code: string,
  message: string,
  more: object = {},
  words = message,
): ToldFailure {
  return { exitCode, words, data: { error: { code, message, ...more } } };
}
