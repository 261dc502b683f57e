import { Redis } from 'ioredis';
import { MatchstickError } from '../errors.ts';

export interface ConnectionOptions {
  /** How long one question to the ledger may take in all, tries included. Milliseconds. */
  readonly timeoutMs: number;
  readonly monotonicMs: () => number;
}

/** A connection that never sends a command twice by itself, and never later than asked. */
export interface LedgerConnection {
  readonly redis: Redis;
  /**
   * Asks until the server answers, at most `timeoutMs`. `ask` is called anew for every try and must be
   * harmless to repeat: a try whose reply was lost may have run. Rejects with `ledger_unavailable`.
   */
  answer<T>(ask: (redis: Redis) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const RETRY_PAUSE_MS = 10;
const COMMAND_TIMED_OUT = 'Command timed out';
/** Replies after which the same question may find an answer: a failover, a slot's move, a start. */
const PASSING_REPLIES = /^(READONLY|LOADING|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|MOVED|ASK) /;
/** Replies of the ledger's scripts that no waiting will change. */
const UNFIT_REPLIES = /^(NOIDENTITY|MISCONFIGURED) /;

/** Connects in the background; a server that is not there yet is waited for, question by question. */
export function connectLedger(url: string, options: ConnectionOptions): LedgerConnection {
  const { timeoutMs, monotonicMs } = options;
  const redis = new Redis(url, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    commandTimeout: timeoutMs,
    connectTimeout: Math.max(timeoutMs, 1000),
    socketTimeout: timeoutMs + 500,
    enableReadyCheck: true,
    enableAutoPipelining: false,
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    retryStrategy: (times) => Math.min(20 * times, 500),
  });
  const readiness = watchReadiness(redis, options);

  async function answer<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const deadlineMs = monotonicMs() + timeoutMs;
    for (let isRetry = false; ; isRetry = true) {
      if (redis.status !== 'ready') await readiness.wait(deadlineMs);
      try {
        const asked = ask(redis);
        return await (isRetry ? before(deadlineMs - monotonicMs(), asked) : asked);
      } catch (error) {
        if (!mayPass(error) || monotonicMs() + RETRY_PAUSE_MS >= deadlineMs) throw unavailable(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      }
    }
  }

  return {
    redis,
    answer,
    close: async () => {
      readiness.stop();
      redis.disconnect();
    },
  };
}

function watchReadiness(redis: Redis, { timeoutMs, monotonicMs }: ConnectionOptions) {
  const waiting = new Set<() => void>();
  let lastError: unknown;
  let awaySinceMs: number | undefined = monotonicMs();
  const resumeAll = () => {
    for (const resume of waiting) resume();
  };
  redis.on('error', (error: unknown) => {
    lastError = error;
  });
  redis.on('close', () => {
    awaySinceMs ??= monotonicMs();
  });
  redis.on('ready', () => {
    awaySinceMs = undefined;
    resumeAll();
  });
  return {
    /** A server that has been away for longer than a question may take is not waited for. */
    async wait(deadlineMs: number): Promise<void> {
      const nowMs = monotonicMs();
      if (awaySinceMs !== undefined && nowMs - awaySinceMs > timeoutMs) throw unavailable(lastError);
      await new Promise<void>((resolve, reject) => {
        const resume = () => {
          clearTimeout(timer);
          waiting.delete(resume);
          resolve();
        };
        const timer = setTimeout(() => {
          waiting.delete(resume);
          reject(unavailable(lastError));
        }, deadlineMs - nowMs);
        waiting.add(resume);
      });
    },
    stop: resumeAll,
  };
}

/** Whether a failure says that this server can never hold the ledger as things are. */
export function isUnfitServer(error: unknown): boolean {
  const cause = error instanceof MatchstickError ? error.cause : undefined;
  return cause instanceof Error && UNFIT_REPLIES.test(cause.message);
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof Error) || error.message === COMMAND_TIMED_OUT) return false;
  return error.name !== 'ReplyError' || PASSING_REPLIES.test(error.message);
}

async function before<T>(milliseconds: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(COMMAND_TIMED_OUT)), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function unavailable(cause: unknown): MatchstickError {
  return new MatchstickError(
    'ledger_unavailable',
    'The ledger gave no answer, so what became of the request is unknown. Try again, with the same Idempotency-Key if it had one.',
    { retryAfterSeconds: 1, cause },
  );
}
