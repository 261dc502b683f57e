import { limitReached } from '../burn/limit-setting.ts';
import type { MintOrder } from '../burn/mint-order.ts';
import type { MatchstickError } from '../errors.ts';
import type { LimitedBy, Limits, Taken } from '../limits/limit.ts';
import type { ReportLimit } from './limited.ts';

interface Share {
  readonly by: LimitedBy;
  readonly purpose: string;
  amount: number;
}

/** How many shares are asked for at once. */
const AT_ONCE = 25;

/**
 * Takes what these mints need of their subjects' shares, all or nothing: the refusal if one of them has too little left.
 * A token is one point of the share of its subject and purpose.
 */
export async function takeMints(
  orders: readonly MintOrder[],
  limits: Limits,
  report: ReportLimit,
): Promise<MatchstickError | undefined> {
  const shares = sharesOf(orders);
  const held: Share[] = [];
  for (let first = 0; first < shares.length; first += AT_ONCE) {
    const some = shares.slice(first, first + AT_ONCE);
    const answers = await Promise.all(
      some.map(async (share) => ({ share, taken: await limits.take(share.by, share.amount) })),
    );
    const refusals: MatchstickError[] = [];
    for (const { share, taken } of answers) {
      if (taken.allowed) held.push(share);
      else refusals.push(refusalOf(share, taken, report));
    }
    if (refusals.length > 0) {
      await giveBackAll(held, limits);
      return refusals[0];
    }
  }
  return undefined;
}

function refusalOf(
  { by, purpose }: Share,
  refused: Exclude<Taken, { readonly allowed: true }>,
  report: ReportLimit,
): MatchstickError {
  const met = { limit: by.limit, purpose };
  if (refused.isFirst) report(met);
  return limitReached(by, met, refused);
}

async function giveBackAll(held: readonly Share[], limits: Limits): Promise<void> {
  for (let first = 0; first < held.length; first += AT_ONCE) {
    const some = held.slice(first, first + AT_ONCE);
    await Promise.all(some.map(({ by, amount }) => limits.giveBack(by, amount)));
  }
}

function sharesOf(orders: readonly MintOrder[]): readonly Share[] {
  const shares = new Map<string, Share>();
  for (const { purpose, subject, limit: quota } of orders) {
    if (!quota) continue;
    const key = JSON.stringify([purpose, subject]);
    const share = shares.get(key) ?? { by: { limit: 'mint-per-subject', quota, key }, purpose, amount: 0 };
    share.amount++;
    shares.set(key, share);
  }
  return [...shares.values()];
}
