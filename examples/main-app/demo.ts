// The whole demo in one command: `npm run demo`. What it starts and writes is gone when it ends.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openMailbox } from './demo/mailbox.ts';
import { freePort } from './demo/ports.ts';
import { type Running, startProgram, typescript } from './demo/processes.ts';
import { startRedis } from './demo/redis.ts';
import { writeServiceConfig } from './demo/service-config.ts';
import { openStore } from './demo/store.ts';
import { welcome } from './demo/welcome.ts';

const SERVICE = new URL('../../src/main.ts', import.meta.url);
const APP = new URL('app.ts', import.meta.url);
const BILLING = new URL('billing.ts', import.meta.url);

/** What was opened, to be closed in reverse order. */
const opened: (() => Promise<unknown>)[] = [];

/** Opens one thing after the other, and gives those whose end would be the end of the demo. */
async function start(interrupted: AbortSignal): Promise<readonly Running[]> {
  const open = async <T extends { close(): Promise<unknown> } | undefined>(
    opening: Promise<T>,
  ): Promise<T> => {
    const thing = await opening;
    if (thing) opened.push(() => thing.close());
    interrupted.throwIfAborted();
    return thing;
  };
  const { env } = process;
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-demo-'));
  opened.push(() => rm(folder, { recursive: true, force: true }));
  const redis = env.REDIS_URL ? undefined : await open(startRedis(env, folder, interrupted));
  const redisUrl = env.REDIS_URL || redis?.url;
  // It is told in the documentation; the SDK would print a paragraph.
  env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const store = await open(openStore(env));
  const mailbox = env.SMTP_URL
    ? undefined
    : await open(openMailbox(await freePort(4002), await freePort(4025)));

  const app = await placeFor(4000);
  const billing = await placeFor(4001);
  const service = await placeFor(4100);
  const config = await writeServiceConfig(folder, {
    service: service.url,
    app: app.url,
    redis: redisUrl,
    store: store?.settings,
  });
  const run = (label: string, file: URL, programEnv: Readonly<Record<string, string | undefined>>) => {
    const program = { ...typescript(file), label, env: programEnv, cwd: folder, ready: /listens on/ };
    return open(startProgram(program, interrupted));
  };
  const running = await allOf([
    run('matchstick', SERVICE, { ...store?.env, MATCHSTICK_CONFIG: config.path }),
    run('billing   ', BILLING, {
      PORT: billing.port,
      MATCHSTICK_URL: service.url,
      MATCHSTICK_KEY: config.keys.billing,
    }),
    run('app       ', APP, {
      PORT: app.port,
      APP_URL: app.url,
      MATCHSTICK_URL: service.url,
      MATCHSTICK_KEY: config.keys.app,
      BILLING_URL: env.BILLING_URL || billing.url,
      SMTP_URL: env.SMTP_URL || mailbox?.smtpUrl,
      SESSION_SECRET: randomBytes(32).toString('base64url'),
      REDIS_URL: redisUrl,
      DOWNLOADS: store ? 'yes' : 'no',
    }),
  ]);
  console.log(
    welcome({
      app: app.url,
      service: service.url,
      billing: billing.url,
      mailbox: mailbox?.url,
      redis: redis ? 'own' : redisUrl ? 'given' : 'none',
      hasStore: store !== undefined,
    }),
  );
  return redis ? [...running, redis] : running;
}

async function placeFor(preferred: number) {
  const port = String(await freePort(preferred));
  return { port, url: `http://127.0.0.1:${port}` };
}

/** Like Promise.all, but rejects only when all have come to an end: by then each is in `opened` or gone. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

const interrupt = new AbortController();
const interruption = new Promise<undefined>((resolve) => {
  interrupt.signal.addEventListener('abort', () => resolve(undefined));
});
// npm passes on a signal that the terminal has sent already, so that it may come twice.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupt.abort());

try {
  console.log('Starting …');
  const running = await start(interrupt.signal);
  const ended = await Promise.race([interruption, ...running.map((one) => one.ended)]);
  if (ended !== undefined) throw new Error(ended);
} catch (error) {
  if (!interrupt.signal.aborted) {
    console.error(`The demo cannot go on. ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
for (const close of opened.reverse()) {
  await close().catch((error: unknown) => console.error(error instanceof Error ? error.message : error));
}
console.log('The demo has ended.');
