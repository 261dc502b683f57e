import type { MintOrder } from '../burn/mint-order.ts';
import type { MatchstickError } from '../errors.ts';
import { type LimitedBy, type Limits, rateLimited } from '../limits/limit.ts';
import type { ReportLimit } from './limited.ts';

interface Share {
  readonly by: LimitedBy;
  readonly purpose: string;
  amount: number;
}

/**
 * Takes what these mints need of their subjects' shares, all or nothing: the refusal if one of them has too little left.
 */
export async function takeMints(
  orders: readonly MintOrder[],
  limits: Limits,
  report: ReportLimit,
): Promise<MatchstickError | undefined> {
  const shares = sharesOf(orders);
  for (const [index, { by, purpose, amount }] of shares.entries()) {
    const taken = await limits.take(by, amount);
    if (taken.allowed) continue;
    if (taken.isFirst) report({ limit: by.limit, purpose });
    for (const earlier of shares.slice(0, index)) await limits.giveBack(earlier.by, earlier.amount);
    return rateLimited(by, taken);
  }
  return undefined;
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
