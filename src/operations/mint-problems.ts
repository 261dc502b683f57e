import { z } from 'zod';
import { parseMintOrder } from '../burn/mint-order.ts';
import type { Names } from '../callers/caller.ts';
import { problemWithin } from '../contract/input-path.ts';
import { MAX_BATCH_TOKENS } from '../contract/limits.ts';
import { type InputProblem, listed, MAX_LISTED_PROBLEMS, MatchstickError } from '../errors.ts';
import type { Purposes } from '../token/purpose.ts';
import { mintBody } from './mint-body.ts';
import { inTurns } from './turns.ts';
import { mayFor, unknownPurpose } from './unknown-name.ts';

const { purpose, audience, claims, bind, link } = mintBody.shape;
/** More than any purpose allows: the purpose says how much it does. */
const number = z.int().min(1).optional().catch(undefined);

/** What can be read of an order that does not fit its schema. */
const readable = z.object({
  purpose,
  audience: audience.catch(undefined),
  claims: claims.catch(undefined),
  expiresIn: number,
  uses: number,
  bind: bind.catch(undefined),
  link: link.catch(undefined),
});

/**
 * Everything that is wrong with an order: what its schema found, and what its purpose says of the rest. A caller that
 * may not mint the purpose is told nothing of it.
 */
export function orderProblems(
  body: unknown,
  found: readonly InputProblem[],
  mayMint: Names,
  purposes: Purposes,
): readonly InputProblem[] {
  const order = readable.safeParse(body).data;
  if (!order || !mayFor(order.purpose, mayMint, purposes)) return found;
  const refused =
    unknownPurpose(order.purpose, purposes) ?? parseMintOrder({ ...order, subject: '' }, purposes);
  const read = new Set(Object.entries(order).flatMap(([name, value]) => (value === undefined ? [] : [name])));
  const wrong = new Set(found.map(fieldOf));
  const ofPurpose = (refused instanceof MatchstickError && refused.extras.errors) || [];
  const more = ofPurpose.filter((problem) => read.has(fieldOf(problem)) || !wrong.has(fieldOf(problem)));
  // Of two limits, the one that counts.
  const less = found.filter(({ path }) => !more.some((problem) => problem.path === path));
  return [...less, ...more];
}

function fieldOf({ path }: InputProblem): string {
  return path.split('.', 1)[0] ?? '';
}

const manyReadable = z.object({ tokens: z.array(z.unknown()).max(MAX_BATCH_TOKENS) });

/** The same for each order of a batch. */
export async function batchProblems(
  body: unknown,
  found: readonly InputProblem[],
  mayMint: Names,
  purposes: Purposes,
): Promise<readonly InputProblem[]> {
  const orders = manyReadable.safeParse(body).data?.tokens ?? [];
  const placed = found.map((problem) => ({ problem, index: indexIn(problem.path) }));
  const foundIn = (at: number | undefined) =>
    placed.flatMap(({ problem, index }) => (index === at ? [problem] : []));
  let many = 0;
  const problems = await inTurns(orders, (order, index) => {
    if (many > MAX_LISTED_PROBLEMS) return [];
    const here = foundIn(index).map(withinOrder);
    const all = orderProblems(order, here, mayMint, purposes);
    many += all.length;
    return all.map((problem) => problemWithin(['tokens', index], problem));
  });
  return [...foundIn(undefined), ...problems.flat()];
}

/** Undefined for a problem that is not within one order. */
function indexIn(path: string): number | undefined {
  const index = /^tokens\.(\d+)(?:\.|$)/.exec(path)?.[1];
  return index === undefined ? undefined : Number(index);
}

/** A problem of a batch as a problem of the order that it is in. */
function withinOrder(problem: InputProblem): InputProblem {
  const { path, pointer, message } = listed(problem);
  const [, , ...names] = path.split('.');
  const [, , , ...tokens] = pointer.split('/');
  return { path: names.join('.'), pointer: ['#', ...tokens].join('/'), message };
}
