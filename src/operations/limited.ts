import { limitReached, type MetLimit } from '../burn/limit-setting.ts';
import type { Caller } from '../callers/caller.ts';
import type { MatchstickError } from '../errors.ts';
import type { LimitedBy, Limits, Quota } from '../limits/limit.ts';
import type { Operation } from './operation.ts';

/** Hears once in a window that somebody met a limit. */
export type ReportLimit = (met: MetLimit) => void;

/** Takes one of a share; the refusal if none is left. Without a quota everybody may. */
export async function takeOne(
  { quota, key, ...met }: Pick<LimitedBy, 'key'> & MetLimit & { readonly quota: Quota | undefined },
  limits: Limits,
  report: ReportLimit,
): Promise<MatchstickError | undefined> {
  if (!quota) return undefined;
  const taken = await limits.take({ limit: met.limit, key, quota });
  if (taken.allowed) return undefined;
  if (taken.isFirst) report(met);
  return limitReached({ quota }, met, taken);
}

/** The same operation, for callers that may make so many calls. Calls that are refused count too. */
export function forLimitedCallers<Input, Output>(
  { perform, ...operation }: Operation<Input, Output>,
  limits: Limits,
  report: ReportLimit,
): Operation<Input, Output> {
  return {
    ...operation,
    perform: async (input, caller: Caller) => {
      const { name, limit: quota } = caller;
      const by = { limit: 'calls-per-caller', quota, key: name, caller: name } as const;
      const refused = await takeOne(by, limits, report);
      return refused ?? perform(input, caller);
    },
  };
}
