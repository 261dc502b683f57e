import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { mint, parseMint } from '../burn/mint.ts';
import type { MintOrder } from '../burn/mint-order.ts';
import type { Caller } from '../callers/caller.ts';
import type { BindingKind } from '../contract/bindings.ts';
import { MAX_BATCH_TOKENS, MAX_LIFETIME_SECONDS, MAX_USES } from '../contract/limits.ts';
import type { Minted } from '../contract/replies.ts';
import { type InputProblem, MatchstickError, requestInvalid } from '../errors.ts';
import { makeLink } from '../links/link.ts';
import type { Purposes } from '../token/purpose.ts';
import { audience, claims, purposeName, requestFacts, sessionId, subject } from './fields.ts';
import { operation } from './operation.ts';

const bind = z
  .strictObject({
    session: sessionId.optional(),
    key: z.string().min(1).max(128).optional().describe('RFC 7638 thumbprint of the key to be proved.'),
    request: requestFacts.optional().describe('The one call that the token authorizes.'),
  } satisfies Record<BindingKind, unknown>)
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

export const mintManyBody = z.strictObject({ tokens: z.array(mintBody).min(1).max(MAX_BATCH_TOKENS) });

type MintBody = z.output<typeof mintBody>;

export const mintOperation = (deployment: Deployment) =>
  operation({
    doing: 'mint tokens of this purpose',
    may: (caller, { purpose }) => mayMint(caller, purpose, deployment.purposes),
    run: async (body: MintBody) => {
      const order = parseMint(body, deployment);
      return order instanceof MatchstickError ? order : mintOne(order, deployment);
    },
  });

/** All or none: the problems of a batch name the request that they are in. */
export const mintManyOperation = (deployment: Deployment) =>
  operation({
    doing: 'mint tokens of one of these purposes',
    may: (caller, { tokens }) => tokens.every(({ purpose }) => mayMint(caller, purpose, deployment.purposes)),
    run: async ({ tokens }: { readonly tokens: readonly MintBody[] }) => {
      const parsed = tokens.map((body) => parseMint(body, deployment));
      const orders = parsed.flatMap((order) => (order instanceof MatchstickError ? [] : [order]));
      if (orders.length < parsed.length) return requestInvalid(parsed.flatMap(problemsIn));
      return { tokens: await Promise.all(orders.map((order) => mintOne(order, deployment))) };
    },
  });

async function mintOne(order: MintOrder, deployment: Deployment): Promise<Minted> {
  const { minted, id } = await mint(order, deployment);
  if (!order.link) return minted;
  return { ...minted, ...(await makeLink(minted.token, id, order.link, deployment)) };
}

function problemsIn(parsed: MintOrder | MatchstickError, index: number): readonly InputProblem[] {
  if (!(parsed instanceof MatchstickError)) return [];
  const { errors = [] } = parsed.extras;
  return errors.map(({ path, message }) => ({ path: `tokens.${index}.${path}`, message }));
}

/** A purpose that is not configured is bad input rather than a forbidden one: parsing says so. */
function mayMint(caller: Caller, purpose: string, purposes: Purposes): boolean {
  return caller.mint.has(purpose) || (caller.mint.size > 0 && !purposes.has(purpose));
}
