import { newAttemptSecret } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import type { Visitor } from '../callers/visitor.ts';
import type { Limits } from '../limits/limit.ts';
import { type Landing, openLink, type Pressed, pressLink } from '../links/landing.ts';
import type { View } from '../pages/view.ts';
import { type ReportLimit, withOne } from './limited.ts';
import { type Operation, operation } from './operation.ts';

/** Shows what a link is for. The page gets an attempt of its own for its button. */
export const openLinkOperation = (deployment: Deployment) =>
  operation<{ readonly reference: string }, View, Visitor>(deployment, {
    doing: 'open links',
    may: () => true,
    run: ({ reference }, _visitor, here) => openLink(reference, newAttemptSecret(here.randomBytes), here),
  });

/** The only way in which a link redeems its token. */
export const pressLinkOperation = (deployment: Deployment) =>
  operation<Pressed, Landing, Visitor>(deployment, {
    doing: 'press the button of a link',
    may: () => true,
    run: (pressed, _visitor, here) => pressLink(pressed, here),
  });

/** The same operation, for visitors of whom only so many may come from one address. */
export function forLimitedVisitors<Input, Output>(
  { perform, ...rest }: Operation<Input, Output, Visitor>,
  { quotas }: Pick<Deployment, 'quotas'>,
  limits: Limits,
  report: ReportLimit,
): Operation<Input, Output, Visitor> {
  return {
    ...rest,
    perform: async (input, visitor, occasion) => {
      const by = { limit: 'link-per-address', quota: quotas.link, key: visitor.address } as const;
      return withOne(by, limits, report, () => perform(input, visitor, occasion));
    },
  };
}
