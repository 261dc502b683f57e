import { askedBy, type Deployment } from '../burn/deployment.ts';
import type { Caller } from '../callers/caller.ts';
import { MatchstickError } from '../errors.ts';
import { NO_REQUEST } from '../events/occasion.ts';
import type { Witness } from '../events/witness.ts';
import type { LimitedBy, Limits, Quota, TakenShare } from '../limits/limit.ts';
import { limitReached, type MetLimit } from '../limits/setting.ts';
import { orGiveBack } from '../limits/unanswered.ts';
import type { Operation } from './operation.ts';

/** Hears once in a window that somebody met a limit; the witness tells what they do. */
export type ReportLimit = (met: MetLimit, witness: Witness) => void;

type Report = (met: MetLimit) => void;

/** Whose share it is, and what to say if none is left. */
type LimitOf<Kind> = Pick<LimitedBy, 'key'> & MetLimit & { readonly quota: Kind };

/** Takes one of a share; the refusal if none is left. */
export async function takeOne(
  { quota, key, ...met }: LimitOf<Quota>,
  limits: Limits,
  report: Report,
): Promise<TakenShare | MatchstickError> {
  const taken = await limits.take({ limit: met.limit, key, quota });
  if (taken.allowed) return taken;
  if (taken.isFirst) report(met);
  return limitReached({ quota }, met, taken);
}

/**
 * Does the work if one of a share is left, and gives it back if the ledger did not answer. Without a quota everybody may.
 * Throws `ledger_unavailable`, without any work, if the time for an answer was over before that.
 */
export async function withOne<Outcome>(
  { quota, ...of }: LimitOf<Quota | undefined>,
  limits: Limits,
  report: Report,
  work: () => Promise<Outcome>,
): Promise<Outcome | MatchstickError> {
  if (!quota) return work();
  const by = { quota, ...of };
  const taken = await takeOne(by, limits, report);
  if (taken instanceof MatchstickError) return taken;
  const { insured } = taken;
  if (!insured) return orGiveBack(work, () => limits.giveBack({ limit: by.limit, key: by.key, quota }));
  if (insured.isTimeUp) throw insured.insteadOf;
  return work();
}

/** The same operation, for callers that may make so many calls. Calls that are refused count too, calls without an answer do not. */
export function forLimitedCallers<Input, Output>(
  { perform, ...operation }: Operation<Input, Output>,
  deployment: Deployment,
  report: ReportLimit,
): Operation<Input, Output> {
  return {
    ...operation,
    perform: async (input, caller: Caller, occasion) => {
      const { name, limit: quota } = caller;
      if (!quota) return perform(input, caller, occasion);
      const by = { limit: 'calls-per-caller', quota, key: name, caller: name } as const;
      const { witness } = askedBy(deployment, { kind: 'caller', id: name }, occasion ?? NO_REQUEST);
      const tell = (met: MetLimit) => report(met, witness);
      return withOne(by, deployment.limits, tell, () => perform(input, caller, occasion));
    },
  };
}
