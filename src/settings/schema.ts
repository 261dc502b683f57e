import { z } from 'zod';
import type { BindingKind } from '../contract/bindings.ts';
import { MAX_CLOCK_TOLERANCE_SECONDS, MAX_LIFETIME_SECONDS, MAX_LIVE, MAX_USES } from '../contract/limits.ts';
import { ALGORITHMS } from '../token/key.ts';
import { duration, moment, wholeNumber } from './duration.ts';
import { eventsSchema } from './events-schema.ts';
import { keyDigests } from './key-digest.ts';
import { limitsSchema, quota } from './limits-schema.ts';
import { consoleSchema, listenSchema, metricsSchema, openapiSchema, workersSchema } from './listen-schema.ts';
import { opensSchema } from './opens-schema.ts';
import { linkSchema, pagesSchema } from './pages-schema.ts';
import { DEFAULT_KEY_FILE } from './paths.ts';
import { redisTarget } from './redis-schema.ts';
import { storeSchema } from './stores-schema.ts';
import { wrapSchema } from './wrap-schema.ts';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;
export const name = z
  .string()
  .regex(NAME, 'must be 1 to 32 of a-z, 0-9 and -, not beginning or ending with -');

/** Printable ASCII without spaces: compared octet by octet, so look-alikes must not get in. */
const audience = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

const audiences = z.union([audience, z.array(audience).min(1)], {
  error: ({ input }) => (input === undefined ? 'is required' : 'must be one audience, or a list of them'),
});

const purposeScope = z
  .union([z.boolean(), z.array(z.string())], 'must be true, false or a list of purposes')
  .default(false);

export const issuer = z
  .url({
    protocol: /^https?$/,
    error: ({ input }) => (input === undefined ? 'is required' : 'must be an http or https URL'),
  })
  .refine((text) => !/[?#]|\/$/.test(text), 'must have no query, no fragment and no slash at the end');

export const ledgerSchema = z.strictObject({
  redis: redisTarget.optional(),
  memory: z
    .boolean()
    .optional()
    .describe('true: the ledger is meant to be in memory. With NODE_ENV=production it must be said.'),
  namespace: name.default('matchstick').describe('Begins every key in Redis.'),
  shards: wholeNumber(1, 256).default(4).describe('How many independent memories the ledger is spread over.'),
  timeoutMs: wholeNumber(50, 60_000)
    .default(1000)
    .describe('How long a request waits for the ledger, tries included.'),
});

const DAY_SECONDS = 86_400;

/** In seconds; undefined for never. */
export const rotateEvery = z
  .union(
    [
      z.literal('never').transform(() => undefined),
      duration({ least: 3600, most: 400 * DAY_SECONDS, range: '1h to 400d, or never', example: '30d' }),
    ],
    'must be a whole number with a unit (s, m, h or d), 1h to 400d, such as 30d, or never',
  )
  .default(30 * DAY_SECONDS);

export const keysSchema = z.strictObject({
  algorithm: z.enum(ALGORITHMS).default('ES256').describe('What new tokens are signed with.'),
  in: z
    .enum(['file', 'redis'])
    .default('file')
    .describe(
      'Where the keys are: in a file that every instance has, or in the Redis of the ledger, sealed.',
    ),
  file: z.string().min(1).default(DEFAULT_KEY_FILE).describe('The private keys; made on first start.'),
  rotateEvery: rotateEvery.describe('How long a key signs, before the next one does; or never.'),
  wrap: wrapSchema.optional().describe('What the private keys are encrypted with where they are stored.'),
});

export const clockTolerance = duration({
  least: 0,
  most: MAX_CLOCK_TOLERANCE_SECONDS,
  range: '0s to 60s',
  example: '5s',
})
  .default(0)
  .describe('Allowed difference between clocks, for iat and exp alike.');

export const callerSchema = z.strictObject({
  keySha256: keyDigests,
  mint: z.array(z.string()).default([]).describe('Purposes it may mint.'),
  redeem: z.array(z.string()).default([]).describe('Purposes it may redeem.'),
  audience: audiences
    .optional()
    .describe('The audiences that it is: it may redeem and collect only tokens for these.'),
  inspect: purposeScope.describe(
    'Whether it may ask for the state of tokens; a list: only of these purposes.',
  ),
  revoke: purposeScope.describe('Whether it may revoke tokens; a list: only of these purposes.'),
  s3: z.array(z.string()).default([]).describe('Stores for which it may have URLs signed.'),
  expires: moment
    .optional()
    .describe('When its keys stop working: a date (at its beginning, in UTC) or an RFC 3339 time.'),
  disabled: z.boolean().default(false).describe('Whether its keys are refused for now.'),
  operator: z
    .union([z.enum(['view', 'manage']), z.literal(true)], 'must be view, manage or true, which means manage')
    .transform((operator) => (operator === true ? 'manage' : operator))
    .optional()
    .describe(
      'view: may read keys, events and metrics. manage, or true: may rotate and revoke keys as well.',
    ),
  limit: quota.optional().describe('How many calls it may make, refused ones included.'),
});

const bindable = z.enum(['optional', 'required']).optional();

const lifetime = duration({
  least: 1,
  most: MAX_LIFETIME_SECONDS,
  range: '1s to 60m',
  example: '15m',
  instead: ': for anything longer use a session',
});

export const purposeSchema = z.strictObject({
  audience: audiences.describe('Who the token is for; of several, the mint names one.'),
  lifetime: lifetime.describe('How long a token lives at most, and by default.'),
  claims: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'JSON Schema (2020-12) of what a token carries. Undeclared claims are refused. Patterns have no look-around and no back references.',
    ),
  uses: wholeNumber(1, MAX_USES)
    .default(1)
    .describe('How often a token may be redeemed at most, and by default.'),
  live: wholeNumber(1, MAX_LIVE)
    .optional()
    .describe('How many tokens of one subject may live: minting another supersedes the oldest.'),
  limit: quota.optional().describe('How many tokens of one subject may be minted.'),
  bind: z
    .strictObject({ session: bindable, key: bindable, request: bindable } satisfies Record<
      BindingKind,
      unknown
    >)
    .optional()
    .describe('What a token may or must be bound to, so that it is worth nothing to whoever steals it.'),
  sealed: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('Names of claims that travel encrypted, and are seen only in what redeeming answers.'),
  link: linkSchema.optional(),
  opens: opensSchema.optional().describe('What a redemption opens.'),
});

/** The configuration file, before names in it are checked against each other. */
export const fileSchema = z.strictObject({
  issuer: issuer
    .optional()
    .describe("The tokens' iss, and the base of links. Default: http:// and where the service listens."),
  listen: listenSchema,
  workers: workersSchema,
  metrics: metricsSchema,
  openapi: openapiSchema,
  console: consoleSchema,
  ledger: ledgerSchema.prefault({}),
  keys: keysSchema.prefault({}),
  clockTolerance,
  callers: z.record(name, callerSchema).default({}).describe('Backends with a key, and what each may do.'),
  purposes: z
    .record(name, purposeSchema)
    .default({})
    .describe('What tokens are for, with the policy of each.'),
  limits: limitsSchema,
  events: eventsSchema,
  pages: pagesSchema,
  stores: z.record(name, storeSchema).default({}).describe('Buckets to which requests are signed.'),
});

export type SettingsFile = z.output<typeof fileSchema>;
