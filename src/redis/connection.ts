import { MatchstickError } from '../errors.ts';
import { before, COMMAND_TIMED_OUT } from './before.ts';
import { type LedgerClient, openClient, type RedisTarget } from './client.ts';
import { type ConnectionOptions, watchReadiness } from './readiness.ts';
import { unavailable } from './unavailable.ts';

/** A connection that never sends a command twice by itself, and never later than asked. */
export interface LedgerConnection {
  readonly redis: LedgerClient;
  /**
   * Asks until the server answers, at most `timeoutMs`. `ask` is called anew for every try and must be
   * harmless to repeat: a try whose reply was lost may have run. Rejects with `ledger_unavailable`.
   */
  answer<T>(ask: (redis: LedgerClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const RETRY_PAUSE_MS = 10;
/** Replies after which the same question may find an answer: a failover, a slot's move, a start. */
const PASSING_REPLIES = /^(READONLY|LOADING|MASTERDOWN|TRYAGAIN|CLUSTERDOWN|MOVED|ASK) /;
/** Replies that no waiting will change: not this server, not these records, not this user. */
const UNFIT_REPLIES =
  /^(NOIDENTITY|MISCONFIGURED|NOPERM|WRONGPASS|NOAUTH) |The user executing the script can't run/;

/** Connects in the background; a server that is not there yet is waited for, question by question. */
export function connectLedger(target: RedisTarget, options: ConnectionOptions): LedgerConnection {
  const { timeoutMs, monotonicMs } = options;
  const redis = openClient(target, timeoutMs);
  /** A single server's command time-out is the deadline of a first try; a cluster tries again by itself. */
  const isBounded = !redis.isCluster;
  const readiness = watchReadiness(redis, options);
  let isClosed = false;

  // ioredis gives up for good when it hears of a failover while it is looking for the new master.
  redis.on('end', () => {
    if (!isClosed) setTimeout(reconnect, RETRY_PAUSE_MS);
  });

  function reconnect(): void {
    if (!isClosed) redis.connect().catch(() => {});
  }

  async function answer<T>(ask: (redis: LedgerClient) => Promise<T>): Promise<T> {
    const deadlineMs = monotonicMs() + timeoutMs;
    for (let isRetry = false; ; isRetry = true) {
      if (redis.status !== 'ready') await readiness.wait(deadlineMs);
      try {
        const asked = ask(redis);
        return await (isBounded && !isRetry ? asked : before(deadlineMs - monotonicMs(), asked));
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
      isClosed = true;
      readiness.stop();
      redis.disconnect();
    },
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
