import type { Redis } from 'ioredis';
import { WrongServerError } from './away.ts';
import { isForbidden, replyIn } from './error-reply.ts';

/** What a server has to be. */
export type Mode = 'standalone' | 'cluster';

const MODE = /^(?:redis|server)_mode:(\w+)/m;

const WRONG_MODE: Readonly<Record<Mode, Readonly<Record<string, string>>>> = {
  standalone: {
    cluster: 'is a node of a Redis Cluster: set ledger.redis: {cluster: [host:port]}',
    sentinel: 'is a Sentinel: set ledger.redis: {sentinels: [host:port], name}',
  },
  cluster: {
    standalone: 'is not a Redis Cluster: set ledger.redis to its URL, not to {cluster}',
    sentinel: 'is a Sentinel: set ledger.redis: {sentinels: [host:port], name}',
  },
};

/**
 * Lets no command through to a server that is not what it has to be. ioredis asks INFO before it calls a connection
 * ready. It goes on in database 0 when the database cannot be selected, and writes to the console when INFO is
 * forbidden. Here both are errors of the connection.
 */
export function guardServer(redis: Redis, mode: Mode): void {
  let notSelected: Error | undefined;
  const select = redis.select.bind(redis);
  Reflect.set(redis, 'select', (...args: Parameters<typeof select>) => {
    notSelected = undefined;
    return select(...args).catch((error: unknown) => {
      // ioredis calls a connection ready all the same if the reason has NOPERM in it.
      const reply = String(replyIn(error) ?? error).replace('NOPERM ', '');
      notSelected = new WrongServerError(
        `cannot select database ${args[0]} (${reply}): set another one, or add +select to the user's ACL`,
      );
    });
  });

  const hello = redis.hello.bind(redis);
  Reflect.set(redis, 'hello', (...args: Parameters<typeof hello>) =>
    hello(...args).catch((error: unknown) => {
      // ioredis would write to the console that there is no password.
      throw isDenied(error) ? PROTECTED : error;
    }),
  );

  const info = redis.info.bind(redis);
  type Callback = (error: unknown, text?: unknown) => void;
  Reflect.set(redis, 'info', (callback?: Callback) => {
    if (typeof callback !== 'function') return info();
    return info().then(
      (text) => {
        const problem = notSelected ?? problemOf(text, mode);
        return problem ? callback(problem) : callback(null, text);
      },
      (error: unknown) => callback(isForbidden(error) ? MAY_NOT_INFO : error),
    );
  });
}

const PROTECTED = new WrongServerError(
  'is in protected mode, in which only its own machine can reach it: give its users passwords, or bind it to an address',
);

function isDenied(error: unknown): boolean {
  return replyIn(error)?.startsWith('DENIED ') ?? false;
}

const MAY_NOT_INFO = new WrongServerError(
  'does not let this user run INFO: add +info to its ACL (docs/redis.md has the whole line)',
);

function problemOf(text: unknown, mode: Mode): Error | undefined {
  if (typeof text !== 'string' || !text.includes('redis_version:')) {
    return new WrongServerError('is not Redis: it answers INFO in another way');
  }
  const [, found = ''] = MODE.exec(text) ?? [];
  const wrong = WRONG_MODE[mode][found];
  return wrong === undefined ? undefined : new WrongServerError(wrong);
}
