import { z } from 'zod';
import { parseMintOrder } from '../burn/mint-order.ts';
import type { Names } from '../callers/caller.ts';
import { problemWithin } from '../contract/input-path.ts';
import type { Parsed } from '../contract/parsed.ts';
import { inTurns } from '../contract/turns.ts';
import { type InputProblem, MAX_LISTED_PROBLEMS, MatchstickError } from '../errors.ts';
import { parseBy } from '../input-problems.ts';
import type { Purposes } from '../token/purpose.ts';
import { type BatchBody, type MintBody, mintBody, unreadBatch } from './mint-body.ts';
import { mayFor, unknownPurpose } from './unknown-name.ts';

const { purpose, audience, claims, bind, link } = mintBody.shape;
/** More than any purpose allows: the purpose says how much it does. */
const number = z.number().min(1).transform(Math.floor).optional().catch(undefined);

/** What can be read of an order that does not fit its schema. */
const readable = z.object({
  purpose,
  audience: audience.catch(undefined),
  claims: claims.catch(undefined),
  expiresIn: number,
  uses: number,
  bind: bind.catch(undefined),
  // A link that cannot be read says nothing of how long a code may live.
  link: link.catch(false),
});

/** A mint body, or everything that is wrong with it. */
export function parseMintBody(body: unknown, mayMint: Names, purposes: Purposes): Parsed<MintBody> {
  const parsed = parseBy(mintBody, body);
  return parsed.ok
    ? parsed
    : { ok: false, problems: orderProblems(body, parsed.problems, mayMint, purposes) };
}

/** The same for the body of a batch, in turns. */
export async function parseBatchBody(
  body: unknown,
  mayMint: Names,
  purposes: Purposes,
): Promise<Parsed<BatchBody>> {
  const unread = parseBy(unreadBatch, body);
  if (!unread.ok) return unread;
  const orders = unread.value.tokens;
  const parsed = await inTurns(orders, (order) => parseBy(mintBody, order));
  const tokens = parsed.flatMap((each) => (each.ok ? [each.value] : []));
  if (tokens.length === orders.length) return { ok: true, value: { tokens } };
  const problems: InputProblem[] = [];
  await inTurns(parsed, (each, index) => {
    if (problems.length > MAX_LISTED_PROBLEMS) return;
    const found = orderProblems(orders[index], each.ok ? [] : each.problems, mayMint, purposes);
    problems.push(...found.map((problem) => problemWithin(['tokens', index], problem)));
  });
  return { ok: false, problems };
}

/**
 * What the schema found wrong with an order, and what its purpose says of the rest. A caller that may not mint the
 * purpose is told nothing of it.
 */
function orderProblems(
  body: unknown,
  found: readonly InputProblem[],
  mayMint: Names,
  purposes: Purposes,
): readonly InputProblem[] {
  const order = readable.safeParse(body).data;
  if (!order || !mayFor(order.purpose, mayMint, purposes)) return found;
  const refused =
    unknownPurpose(order.purpose, purposes, mayMint) ?? parseMintOrder({ ...order, subject: '' }, purposes);
  const ofPurpose = (refused instanceof MatchstickError && refused.extras.errors) || [];
  const read = new Set(Object.entries(order).flatMap(([name, value]) => (value === undefined ? [] : [name])));
  const wrong = new Set(found.map(fieldOf));
  const more = ofPurpose.filter((problem) => read.has(fieldOf(problem)) || !wrong.has(fieldOf(problem)));
  // Of two limits, the one that counts.
  const less = found.filter(({ path }) => !more.some((problem) => problem.path === path));
  return [...less, ...more];
}

function fieldOf({ path }: InputProblem): string {
  return path.split('.', 1)[0] ?? '';
}
