import { z } from 'zod';
import type { Deployment } from '../burn/deployment.ts';
import { type MintedToken, mint, mintAll, parseMint } from '../burn/mint.ts';
import type { MintOrder } from '../burn/mint-order.ts';
import type { Caller } from '../callers/caller.ts';
import type { BindingKind } from '../contract/bindings.ts';
import { MAX_BATCH_TOKENS, MAX_LIFETIME_SECONDS, MAX_USES } from '../contract/limits.ts';
import type { Minted } from '../contract/replies.ts';
import { type InputProblem, MatchstickError, requestInvalid } from '../errors.ts';
import { makeLink } from '../links/link.ts';
import type { PurposeLink, Purposes } from '../token/purpose.ts';
import { audience, claims, purposeName, requestFacts, sessionId, subject } from './fields.ts';
import type { ReportLimit } from './limited.ts';
import { takeMints } from './mint-limit.ts';
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

export const mintOperation = (deployment: Deployment, report: ReportLimit) =>
  operation({
    doing: 'mint tokens of this purpose',
    may: (caller, { purpose }) => mayMint(caller, purpose, deployment.purposes),
    run: async (body: MintBody) => {
      const order = parseMint(body, deployment);
      if (order instanceof MatchstickError) return order;
      const limited = await takeMints([order], deployment.limits, report);
      if (limited) return limited;
      return withLink(await mint(order, deployment), order.link, deployment);
    },
  });

/** All or none: the problems of a batch name the request that they are in. */
export const mintManyOperation = (deployment: Deployment, report: ReportLimit) =>
  operation({
    doing: 'mint tokens of one of these purposes',
    may: (caller, { tokens }) => tokens.every(({ purpose }) => mayMint(caller, purpose, deployment.purposes)),
    run: async ({ tokens }: { readonly tokens: readonly MintBody[] }) => {
      const parsed = tokens.map((body) => parseMint(body, deployment));
      const orders = parsed.flatMap((order) => (order instanceof MatchstickError ? [] : [order]));
      if (orders.length < parsed.length) return requestInvalid(parsed.flatMap(problemsIn));
      const limited = await takeMints(orders, deployment.limits, report);
      return limited ?? { tokens: await mintInTurns(orders, deployment) };
    },
  });

/** How many tokens of a batch are minted at once: signing more would keep other requests waiting. */
const AT_ONCE = 25;

async function mintInTurns(orders: readonly MintOrder[], deployment: Deployment): Promise<readonly Minted[]> {
  const minted: Minted[] = [];
  for (let first = 0; first < orders.length; first += AT_ONCE) {
    const some = orders.slice(first, first + AT_ONCE);
    const tokens = await mintAll(some, deployment);
    const linked = tokens.map((token, index) => withLink(token, some[index]?.link, deployment));
    minted.push(...(await Promise.all(linked)));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return minted;
}

async function withLink(
  { minted, id }: MintedToken,
  link: PurposeLink | undefined,
  deployment: Deployment,
): Promise<Minted> {
  return link ? { ...minted, ...(await makeLink(minted.token, id, link, deployment)) } : minted;
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
