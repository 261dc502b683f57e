import { z } from 'zod';
import type { BindingKind } from '../contract/bindings.ts';
import {
  MAX_BATCH_TOKENS,
  MAX_DESTINATION_CHARACTERS,
  MAX_LIFETIME_SECONDS,
  MAX_USES,
} from '../contract/limits.ts';
import { audience, claims, purposeName, requestFacts, sessionId, subject } from './fields.ts';

const bind = z
  .strictObject({
    session: sessionId.optional(),
    key: z.string().min(1).max(128).optional().meta({
      description: 'RFC 7638 thumbprint of the key to be proved.',
      pattern: '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$',
    }),
    request: requestFacts.optional().meta({
      description: 'The one call that the token authorizes.',
      dependentRequired: { contentType: ['contentDigest'] },
    }),
  } satisfies Record<BindingKind, unknown>)
  .meta({ description: 'What the token is bound to, as its purpose allows.', minProperties: 1 });

export const mintBody = z.strictObject({
  purpose: purposeName,
  subject,
  audience: audience.optional(),
  claims: claims.optional(),
  expiresIn: z
    .int()
    .min(1)
    .max(MAX_LIFETIME_SECONDS)
    .optional()
    .describe("Seconds; at most the purpose's lifetime, which is the default."),
  uses: z
    .int()
    .min(1)
    .max(MAX_USES)
    .optional()
    .describe("How many times it can be redeemed; at most the purpose's uses, which is the default."),
  bind: bind.optional(),
  link: z
    .union(
      [z.boolean(), z.strictObject({ then: z.string().min(1).max(MAX_DESTINATION_CHARACTERS) })],
      'must be true, false, or {"then": "<URL>"} with one of the URLs that the purpose has',
    )
    .optional()
    .describe(
      'Whether it gets a link for a person to open; by default what the purpose says. {then}: a link that leads there, to exactly one of the addresses that the purpose has.',
    ),
});

export const mintManyBody = z.strictObject({ tokens: z.array(mintBody).min(1).max(MAX_BATCH_TOKENS) });

/** The same, before its orders are looked at. */
export const unreadBatch = z.strictObject({ tokens: z.array(z.unknown()).min(1).max(MAX_BATCH_TOKENS) });

export type MintBody = z.output<typeof mintBody>;
export type BatchBody = z.output<typeof mintManyBody>;
