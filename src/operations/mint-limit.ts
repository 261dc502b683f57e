import type { MintOrder } from '../burn/mint-order.ts';
import type { MatchstickError } from '../errors.ts';
import type { LimitedBy, Limits, RefusedShare } from '../limits/limit.ts';
import { limitReached, type MetLimit } from '../limits/setting.ts';
import { orGiveBack } from '../limits/unanswered.ts';

interface Share {
  readonly by: LimitedBy;
  readonly purpose: string;
  amount: number;
}

/** How many shares are asked for at once. */
const AT_ONCE = 25;

/**
 * Takes what these mints need of their subjects' shares and mints, all or nothing: the refusal if one of them has too little
 * left. A token is one point of the share of its subject and purpose. If the ledger gives no answer, nothing is minted, and
 * everything is given back.
 */
export async function withMints<Outcome>(
  orders: readonly MintOrder[],
  limits: Limits,
  report: (met: MetLimit) => void,
  mint: () => Promise<Outcome>,
): Promise<Outcome | MatchstickError> {
  const shares = sharesOf(orders);
  const held: Share[] = [];
  const giveBack = () => giveBackAll(held, limits);
  return orGiveBack(async () => {
    for (let first = 0; first < shares.length; first += AT_ONCE) {
      const { taken, refusals, failures } = await takeSome(
        shares.slice(first, first + AT_ONCE),
        limits,
        report,
      );
      held.push(...taken);
      if (failures.length > 0) throw failures[0];
      const [refusal] = refusals;
      if (refusal) {
        await giveBack();
        return refusal;
      }
    }
    return mint();
  }, giveBack);
}

async function takeSome(shares: readonly Share[], limits: Limits, report: (met: MetLimit) => void) {
  const taken: Share[] = [];
  const refusals: MatchstickError[] = [];
  const failures: unknown[] = [];
  const take = async (share: Share) => {
    const answer = await limits.take(share.by, share.amount);
    if (answer.allowed) taken.push(share);
    else refusals.push(refusalOf(share, answer, report));
  };
  await Promise.all(shares.map((share) => take(share).catch((error: unknown) => failures.push(error))));
  return { taken, refusals, failures };
}

function refusalOf(
  { by, purpose }: Share,
  refused: RefusedShare,
  report: (met: MetLimit) => void,
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
