import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { type MintedToken, mint, parseMint } from '../burn/mint.ts';
import type { MintOrder } from '../burn/mint-order.ts';
import type { Minted } from '../contract/matchstick.ts';
import { type InputProblem, type MatchstickError, requestInvalid } from '../errors.ts';
import { MAX_LIFETIME_SECONDS } from '../token/purpose.ts';
import { MAX_USES } from '../token/token-id.ts';
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

const MAX_TOKENS = 1000;

export const mintManyBody = z.strictObject({ tokens: z.array(mintBody).min(1).max(MAX_TOKENS) });

type MintRequest = z.output<typeof mintBody>;

export async function mintOne(
  request: MintRequest,
  deployment: Deployment,
): Promise<Minted | MatchstickError> {
  const order = parseMint(request, deployment);
  return 'subject' in order ? minted(await mint(order, deployment)) : requestInvalid(order);
}

/** All or none. Problems name the request that they are in. */
export async function mintMany(
  requests: readonly MintRequest[],
  deployment: Deployment,
): Promise<readonly Minted[] | MatchstickError> {
  const orders: MintOrder[] = [];
  const problems: InputProblem[] = [];
  for (const [index, request] of requests.entries()) {
    const order = parseMint(request, deployment);
    if ('subject' in order) orders.push(order);
    else problems.push(...order.map(({ path, message }) => ({ path: `tokens.${index}.${path}`, message })));
  }
  if (problems.length > 0) return requestInvalid(problems);
  return Promise.all(orders.map(async (order) => minted(await mint(order, deployment))));
}

function minted({ token: text, claims: signed, link }: MintedToken): Minted {
  return {
    token: text,
    jti: signed.jti,
    purpose: signed.purpose,
    subject: signed.sub,
    audience: signed.aud,
    issuedAt: timestampOf(signed.iat * 1000),
    expiresAt: timestampOf(signed.exp * 1000),
    ...link,
  };
}
