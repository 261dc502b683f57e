import type { Caller } from '../callers/caller.ts';
import type { MatchstickError } from '../errors.ts';
import { type LimitedBy, type LimitName, type Limits, type Quota, rateLimited } from '../limits/limit.ts';
import type { Operation } from './operation.ts';

/** Hears once in a window that somebody met a limit. No subject and no address is told. */
export type ReportLimit = (met: {
  readonly limit: LimitName;
  readonly purpose?: string;
  readonly caller?: string;
}) => void;

/** Takes one of a share; the refusal if none is left. Without a quota everybody may. */
export async function takeOne(
  { quota, ...by }: Omit<LimitedBy, 'quota'> & { readonly quota: Quota | undefined },
  limits: Limits,
  report: () => void,
): Promise<MatchstickError | undefined> {
  if (!quota) return undefined;
  const taken = await limits.take({ ...by, quota });
  if (taken.allowed) return undefined;
  if (taken.isFirst) report();
  return rateLimited({ ...by, quota }, taken);
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
      const by = { limit: 'calls-per-caller', quota: caller.limit, key: caller.name } as const;
      const refused = await takeOne(by, limits, () => report({ limit: by.limit, caller: caller.name }));
      return refused ?? perform(input, caller);
    },
  };
}
