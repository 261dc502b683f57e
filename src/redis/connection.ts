import { crowd } from '../contract/crowd.ts';
import { type LedgerClient, openClient, type RedisTarget } from './client.ts';
import { isPassing, replyIn } from './error-reply.ts';
import { AWAY } from './guarded-cluster.ts';
import { type ConnectionOptions, watchReadiness } from './readiness.ts';
import { UnexpectedReplyError } from './reply.ts';
import { unavailable } from './unavailable.ts';

/**
 * A connection that never sends a command twice by itself, and never later than asked. An `ask` that throws
 * an `UnexpectedReplyError` says that the replies do not belong to the questions any more: the connection is
 * closed and made anew, and everything in flight on it is without an answer.
 */
export interface LedgerConnection {
  readonly redis: LedgerClient;
  /**
   * Asks until the server answers, at most `timeoutMs`. `ask` is called anew for every try and must be
   * harmless to repeat: a try whose reply was lost may have run. Rejects with `ledger_unavailable`.
   */
  answer<T>(ask: (redis: LedgerClient) => Promise<T>): Promise<T>;
  /**
   * Asks once. `ask` must send a single command that writes at a single point: it is called again only after an
   * error reply which proves that nothing was written. Rejects with `ledger_unavailable` when the reply is lost
   * or late: what became of the question is unknown then.
   */
  askOnce<T>(ask: (redis: LedgerClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const RETRY_PAUSE_MS = 10;
/** Longer than any pause before a reconnection. */
const FORGOTTEN_MS = 600;

/** Connects in the background; a server that is not there yet is waited for, question by question. */
export function connectLedger(target: RedisTarget, options: ConnectionOptions): LedgerConnection {
  const { timeoutMs, monotonicMs } = options;
  const redis = openClient(target, timeoutMs);
  const readiness = watchReadiness(redis, options);
  const inFlight = crowd<(error: Error) => void>();
  /** How often the connection was given up. */
  let givenUp = 0;
  let isClosed = false;

  // ioredis gives up for good when it hears of a failover while it is looking for the new master.
  redis.on('end', () => {
    if (!isClosed) setTimeout(reconnect, RETRY_PAUSE_MS);
  });
  // Its cluster client also gives up when a node of the old connection ends while the new one begins.
  redis.on('close', () => {
    setTimeout(() => redis.status === 'close' && reconnect(), FORGOTTEN_MS).unref();
  });

  function reconnect(): void {
    if (!isClosed) redis.connect().catch(() => {});
  }

  function giveUp(cause: Error): void {
    givenUp++;
    for (const lose of inFlight.members()) lose(cause);
    redis.emit(AWAY, cause);
    redis.disconnect(true);
  }

  /**
   * The answer, unless it is late or the connection is given up before. A late one is still looked at: if a reply
   * has vanished, the next one arrives instead of it.
   */
  function within<T>(milliseconds: number, asked: Promise<T>): Promise<T> {
    const givenUpBefore = givenUp;
    return new Promise((resolve, reject) => {
      const lose = (cause: Error) => {
        clearTimeout(timer);
        reject(cause);
      };
      const timer = setTimeout(
        () => lose(new DOMException('it took too long', 'TimeoutError')),
        milliseconds,
      );
      const leave = inFlight.enter(lose);
      const answered = () => {
        clearTimeout(timer);
        leave();
      };
      asked.then(
        (answer) => {
          answered();
          resolve(answer);
        },
        (error: unknown) => {
          answered();
          if (error instanceof UnexpectedReplyError && givenUp === givenUpBefore) giveUp(error);
          reject(error);
        },
      );
    });
  }

  async function askWhile<T>(
    mayAskAgain: (error: unknown) => boolean,
    ask: (redis: LedgerClient) => Promise<T>,
  ): Promise<T> {
    const deadlineMs = monotonicMs() + timeoutMs;
    for (;;) {
      if (redis.status !== 'ready') await readiness.wait(deadlineMs);
      try {
        return await within(Math.max(0, deadlineMs - monotonicMs()), ask(redis));
      } catch (error) {
        if (!mayAskAgain(error) || monotonicMs() + RETRY_PAUSE_MS >= deadlineMs) throw unavailable(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      }
    }
  }

  return {
    redis,
    answer: (ask) => askWhile(mayPass, ask),
    askOnce: (ask) => askWhile(isPassing, ask),
    close: async () => {
      isClosed = true;
      readiness.stop();
      redis.disconnect();
    },
  };
}

/** Whether a question that is harmless to repeat may find an answer: it got none, or one that will change. */
function mayPass(error: unknown): boolean {
  return replyIn(error) === undefined || isPassing(error);
}
