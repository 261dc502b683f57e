import { z } from 'zod';
import type { MintedToken } from '../../burn/mint.ts';
import { MAX_LIFETIME_SECONDS, type Purposes } from '../../token/purpose.ts';
import { MAX_USES } from '../../token/token-id.ts';
import type { Caller } from '../caller.ts';
import {
  audience,
  claims,
  jti,
  purposeName,
  requestFacts,
  sessionId,
  subject,
  timestamp,
  timestampOf,
  token,
} from './fields.ts';

const bind = z
  .strictObject({
    session: sessionId.optional(),
    key: z.string().min(1).max(128).optional().describe('RFC 7638 thumbprint of the key to be proved.'),
    request: requestFacts.optional().describe('The one call that the token authorises.'),
  })
  .describe('What the token is bound to, as its purpose allows.');

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
    .describe("How often it may be redeemed; at most the purpose's uses, which is the default."),
  bind: bind.optional(),
  link: z
    .boolean()
    .optional()
    .describe('Whether it gets a link for a person to open; by default what the purpose says.'),
});

export const mintedBody = z.strictObject({
  token,
  jti,
  purpose: purposeName,
  subject,
  audience,
  issuedAt: timestamp,
  expiresAt: timestamp,
  url: z.string().optional().describe('Of a token with a link: what a person opens.'),
  code: z.string().optional().describe('What that person must type; send it another way than the link.'),
});

/** A purpose that is not configured at all is bad input rather than a forbidden one, and is let through to be told so. */
export function mayMint(caller: Caller, purpose: string, purposes: Purposes): boolean {
  return caller.mint.has(purpose) || (caller.mint.size > 0 && !purposes.has(purpose));
}

export function mintedReply({ token: text, claims: minted, link }: MintedToken): z.input<typeof mintedBody> {
  return {
    token: text,
    jti: minted.jti,
    purpose: minted.purpose,
    subject: minted.sub,
    audience: minted.aud,
    issuedAt: timestampOf(minted.iat * 1000),
    expiresAt: timestampOf(minted.exp * 1000),
    ...link,
  };
}
