import type { Deployment } from '../burn/deployment.ts';
import { type MintedToken, mint, mintAll, parseMint } from '../burn/mint.ts';
import type { LinkOrder, MintOrder } from '../burn/mint-order.ts';
import type { Caller, Names } from '../callers/caller.ts';
import { problemWithin } from '../contract/input-path.ts';
import type { Minted } from '../contract/replies.ts';
import { inTurns, nextTurn } from '../contract/turns.ts';
import { type InputProblem, MAX_LISTED_PROBLEMS, MatchstickError, requestInvalid } from '../errors.ts';
import type { MetLimit } from '../limits/setting.ts';
import { makeLink } from '../links/link.ts';
import type { ReportLimit } from './limited.ts';
import type { BatchBody, MintBody } from './mint-body.ts';
import { withMints } from './mint-limit.ts';
import { parseBatchBody, parseMintBody } from './mint-order.ts';
import { operation } from './operation.ts';
import { mayFor, unknownPurpose } from './unknown-name.ts';

export const mintOperation = (deployment: Deployment, report: ReportLimit) =>
  operation(deployment, {
    doing: 'mint tokens of this purpose',
    may: (caller, { purpose }) => mayFor(purpose, caller.mint, deployment.purposes),
    parse: async (body, caller) => parseMintBody(body, caller.mint, deployment.purposes),
    run: async (body: MintBody, caller: Caller, here: Deployment) => {
      const order = parse(body, caller.mint, here);
      if (order instanceof MatchstickError) return order;
      return withMints([order], here.limits, told(report, here), async () =>
        handOut(await mint(order, here), order.link, here),
      );
    },
  });

/** All or none: the problems of a batch name the request that they are in. */
export const mintManyOperation = (deployment: Deployment, report: ReportLimit) =>
  operation(deployment, {
    doing: 'mint tokens of one of these purposes',
    may: (caller, { tokens }) =>
      tokens.every(({ purpose }) => mayFor(purpose, caller.mint, deployment.purposes)),
    parse: (body, caller) => parseBatchBody(body, caller.mint, deployment.purposes),
    run: async ({ tokens }: BatchBody, caller: Caller, here: Deployment) => {
      const parsed = await inTurns(tokens, (body) => parse(body, caller.mint, here));
      const orders = parsed.flatMap((order) => (order instanceof MatchstickError ? [] : [order]));
      if (orders.length < parsed.length) return requestInvalid(listable(parsed));
      return withMints(orders, here.limits, told(report, here), async () => ({
        tokens: await mintInTurns(orders, here),
      }));
    },
  });

/** Reports of whoever asks. */
const told =
  (report: ReportLimit, { witness }: Deployment) =>
  (met: MetLimit) =>
    report(met, witness);

/** How many tokens of a batch are minted at once: signing more would keep other requests waiting. */
const AT_ONCE = 25;

async function mintInTurns(orders: readonly MintOrder[], deployment: Deployment): Promise<readonly Minted[]> {
  const minted: Minted[] = [];
  for (let first = 0; first < orders.length; first += AT_ONCE) {
    const some = orders.slice(first, first + AT_ONCE);
    const tokens = await mintAll(some, deployment);
    const linked = tokens.map((token, index) => handOut(token, some[index]?.link, deployment));
    minted.push(...(await Promise.all(linked)));
    await nextTurn();
  }
  return minted;
}

/** The token as the caller gets it, with its link. */
async function handOut(
  { minted, id, kid }: MintedToken,
  link: LinkOrder | undefined,
  deployment: Deployment,
): Promise<Minted> {
  const all = link ? { ...minted, ...(await makeLink(minted.token, id, link, deployment)) } : minted;
  const { jti, purpose, subject, audience } = minted;
  deployment.witness.tell('token.minted', { about: { jti, purpose, subject, audience, kid } });
  return all;
}

function parse(body: MintBody, mayMint: Names, deployment: Deployment): MintOrder | MatchstickError {
  return unknownPurpose(body.purpose, deployment.purposes, mayMint) ?? parseMint(body, deployment);
}

/** The problems of the first orders that have any: one more than are listed is enough. */
function listable(parsed: readonly (MintOrder | MatchstickError)[]): readonly InputProblem[] {
  const problems: InputProblem[] = [];
  for (const [index, order] of parsed.entries()) {
    problems.push(...problemsIn(order, index));
    if (problems.length > MAX_LISTED_PROBLEMS) break;
  }
  return problems;
}

function problemsIn(parsed: MintOrder | MatchstickError, index: number): readonly InputProblem[] {
  if (!(parsed instanceof MatchstickError)) return [];
  const { errors = [] } = parsed.extras;
  return errors.map((problem) => problemWithin(['tokens', index], problem));
}
