import { type Ask, asker } from '../client/ask.ts';
import { isObject } from '../client/is-answer.ts';
import { parseClientOptions } from '../client/options.ts';
import { type Fetch, web } from '../client/web.ts';
import { MatchstickError } from '../errors.ts';
import { hintFor, wasNeverSent } from './failed-fetch.ts';
import { UnknownOutcome, Unreachable } from './failure.ts';
import { findSecret } from './secrets.ts';
import type { CommandSurroundings } from './surroundings.ts';
import { UsageError } from './usage.ts';
import type { CommonOptions } from './verb.ts';

const DEFAULT_URL = 'http://127.0.0.1:4100';
const RETRIES = 2;
/** Only who knows whether anything was sent can say what to do. */
const CLIENTS_HINT = / Whether the token was redeemed is unknown: .*$/;
const INTERRUPTED = 'Nobody waited for the answer.';
const MAX_ANSWER_BYTES = 4_194_304;

/** A running service, as a command asks it. */
export interface AskedService {
  readonly base: string;
  readonly key: string;
  readonly ask: Ask;
  /** Asks without changing anything. */
  readonly get: (path: string) => Promise<Readonly<Record<string, unknown>>>;
  /**
   * Asks for a change. Throws UnknownOutcome, with the command that asks again, if the service may have made it and did
   * not say so.
   */
  readonly change: <T>(asking: (ask: Ask) => Promise<T>, again: string, attempt?: string) => Promise<T>;
}

/** The URL of the service, which needs no key. */
export function serviceUrl({ url }: CommonOptions, { environment }: CommandSurroundings): string {
  return url ?? (environment.MATCHSTICK_URL || DEFAULT_URL);
}

/** The service that the options and the environment name, and the key for it. Throws a UsageError. */
export async function openedService(
  options: CommonOptions,
  surroundings: CommandSurroundings,
  { retries = RETRIES }: { readonly retries?: number } = {},
): Promise<AskedService> {
  const key = await findSecret(
    { what: 'The caller key', file: options.keyFile, variable: 'MATCHSTICK_KEY', option: '--key-file' },
    surroundings,
  );
  let wasSent = false;
  let hint = '';
  let interrupted: AbortSignal | undefined;
  const fetch: Fetch = async (url, init) => {
    try {
      const signals = [init.signal, interrupted].filter((signal) => signal !== undefined && signal !== null);
      const response = await surroundings.fetch(url, { ...init, signal: AbortSignal.any(signals) });
      wasSent = true;
      hint = '';
      return response;
    } catch (error) {
      wasSent ||= !wasNeverSent(error);
      hint = hintFor(error);
      throw error;
    }
  };
  const settings = settingsOf(options, { key, fetch, retries }, surroundings);
  const asking = asker(settings);
  const ask: Ask = (call) =>
    asking(call).catch((error: unknown) => {
      throw isSilence(error)
        ? new Unreachable(`${error.message.replace(CLIENTS_HINT, '')}${hint}`, { cause: error })
        : error;
    });
  return {
    base: settings.base,
    key,
    ask,
    get: (path) =>
      ask({ method: 'GET', path, status: 200, maxAnswerBytes: MAX_ANSWER_BYTES, isAnswer: isObject }),
    change: async (make, again, attempt) => {
      const interrupt = surroundings.watchInterrupt?.();
      interrupted = interrupt?.signal;
      try {
        return await make(ask);
      } catch (error) {
        if (!(error instanceof Unreachable) || !wasSent) throw error;
        const why = interrupted?.aborted ? INTERRUPTED : error.message;
        throw new UnknownOutcome(why, again, { attempt });
      } finally {
        interrupt?.end();
      }
    },
  };
}

function settingsOf(
  options: CommonOptions,
  { fetch, ...asked }: { readonly key: string; readonly fetch: Fetch; readonly retries: number },
  surroundings: CommandSurroundings,
) {
  try {
    return {
      ...parseClientOptions({
        url: serviceUrl(options, surroundings),
        ...{ ...asked, fetch },
        ...(options.allowInsecureHttp ? { allowInsecureHttp: true } : {}),
      }),
      web: { ...web, fetch },
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(
      error.message
        .replace(/^url:/, options.url === undefined ? 'MATCHSTICK_URL:' : '--url:')
        .replace(/^key:/, options.keyFile === undefined ? 'The caller key' : '--key-file:')
        .replace('unless allowInsecureHttp says', 'unless --allow-insecure-http says'),
    );
  }
}

function isSilence(error: unknown): error is MatchstickError {
  return error instanceof MatchstickError && error.code === 'ledger_unavailable';
}
