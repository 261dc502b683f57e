import { RedisStore } from 'connect-redis';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import { createClient } from 'redis';
import type { Settings } from './settings.ts';
import type { User, Users } from './users.ts';

declare module 'express-session' {
  interface SessionData {
    login: { readonly userId: string; readonly passwordChangedAtMs: number };
    /** A redemption that waits for a new password. See reset-password.ts. */
    reset: { readonly redemption: string; readonly attempt: string };
  }
}

const HOUR_MS = 3_600_000;

export interface Sessions {
  readonly middleware: RequestHandler;
  close(): Promise<void>;
}

/** The session login: a random id in a cookie, and what belongs to it in Redis, or in memory without one. */
export async function openSessions({ APP_URL, SESSION_SECRET, REDIS_URL }: Settings): Promise<Sessions> {
  const isHttps = APP_URL.startsWith('https:');
  const client = REDIS_URL ? createClient({ url: REDIS_URL, disableOfflineQueue: true }) : undefined;
  client?.on('error', (error: Error) => console.error(`sessions: ${error.message}`));
  await client?.connect();
  if (!client) console.log('Sessions are in memory, for want of REDIS_URL: they end with this process.');
  const middleware = session({
    // A name with __Host- is kept for this host alone, by browsers that saw it come over TLS. On http, as in
    // the demo, not every browser takes one, and express-session sends none.
    name: isHttps ? '__Host-session' : 'main-app-session',
    secret: SESSION_SECRET,
    cookie: { httpOnly: true, sameSite: 'lax', secure: isHttps, path: '/', maxAge: 8 * HOUR_MS },
    resave: false,
    saveUninitialized: false,
    ...(client ? { store: new RedisStore({ client, prefix: 'main-app:session:' }) } : {}),
  });
  return { middleware, close: async () => client?.close() };
}

/** Who is logged in. A session from before the last change of the password is over. */
export function userOf({ session: { login } }: Request, users: Users): User | undefined {
  const user = login && users.byId(login.userId);
  return user?.passwordChangedAtMs === login?.passwordChangedAtMs ? user : undefined;
}

/** Logs in, under a new id: one that somebody else may have planted or seen is worth nothing afterwards. */
export async function logIn(req: Request, { id, passwordChangedAtMs }: User): Promise<void> {
  await renewSession(req);
  req.session.login = { userId: id, passwordChangedAtMs };
  await saveSession(req);
}

/** An empty session under a new id. */
export function renewSession(req: Request): Promise<void> {
  return promised((done) => req.session.regenerate(done));
}

/** To be awaited before a redirect: the browser may be back sooner than the store has it. */
export function saveSession(req: Request): Promise<void> {
  return promised((done) => req.session.save(done));
}

export function endSession(req: Request): Promise<void> {
  return promised((done) => req.session.destroy(done));
}

function promised(call: (done: (error: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error ? reject(error) : resolve()));
  });
}
