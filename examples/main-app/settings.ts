import { z } from 'zod';

const url = z.url({ protocol: /^https?$/ });

/** What the application is told by its environment. */
const environment = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(4000),
  /** Under which browsers reach it; https when there is a proxy with TLS in front, as there is in production. */
  APP_URL: url.default('http://127.0.0.1:4000'),
  MATCHSTICK_URL: url.default('http://127.0.0.1:4100'),
  MATCHSTICK_KEY: z.string().min(1),
  BILLING_URL: url.default('http://127.0.0.1:4001'),
  SMTP_URL: z.url({ protocol: /^smtps?$/ }).default('smtp://127.0.0.1:4025'),
  SESSION_SECRET: z.string().min(32),
  /** Where sessions are kept; without it in memory. */
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .or(z.literal(''))
    .optional(),
  /** Whether Matchstick has an S3 store from which reports can be downloaded. */
  DOWNLOADS: z.enum(['yes', 'no']).default('yes'),
});

export type Settings = z.output<typeof environment>;

/** Throws an Error that lists everything that is wrong, without its values. */
export function settingsFrom(env: NodeJS.ProcessEnv): Settings {
  const { success, data, error } = environment.safeParse(env);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new Error(`These variables of the environment are wrong:\n${problems.join('\n')}`);
}
