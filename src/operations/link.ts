import { newAttemptSecret } from '../burn/attempt.ts';
import { askedBy, type Deployment } from '../burn/deployment.ts';
import type { Visitor } from '../callers/visitor.ts';
import { asMatchstickError } from '../errors.ts';
import { NO_REQUEST } from '../events/occasion.ts';
import type { Limits } from '../limits/limit.ts';
import type { MetLimit } from '../limits/setting.ts';
import { type Landing, type Opened, openLink, type Pressed, pressLink } from '../links/landing.ts';
import type { View } from '../pages/view.ts';
import { type ReportLimit, withOne } from './limited.ts';
import { type Operation, operation } from './operation.ts';

/** Shows what a link is for. The page gets an attempt of its own for its button. */
export const openLinkOperation = (deployment: Deployment) =>
  operation<Opened, View, Visitor>(deployment, {
    doing: 'open links',
    may: () => true,
    run: (opened, _visitor, here) => openLink(opened, newAttemptSecret(here.randomBytes), here),
  });

/** The only way in which a link redeems its token. */
export const pressLinkOperation = (deployment: Deployment) =>
  operation<Pressed, Landing, Visitor>(deployment, {
    doing: 'press the button of a link',
    may: () => true,
    run: (pressed, _visitor, here) => pressLink(pressed, here),
  });

/** The same operation, for visitors of whom only so many may come from one address. A visit without an answer leaves an event. */
export function forLimitedVisitors<Input, Output>(
  { perform, ...rest }: Operation<Input, Output, Visitor>,
  deployment: Deployment,
  limits: Limits,
  report: ReportLimit,
): Operation<Input, Output, Visitor> {
  return {
    ...rest,
    perform: async (input, visitor, occasion) => {
      const by = { limit: 'link-per-address', quota: deployment.quotas.link, key: visitor.address } as const;
      const { witness } = askedBy(deployment, { kind: 'visitor' }, occasion ?? NO_REQUEST);
      const tell = (met: MetLimit) => report(met, witness);
      try {
        return await withOne(by, limits, tell, () => perform(input, visitor, occasion));
      } catch (error) {
        witness.tell('link.refused', { outcome: 'error', code: asMatchstickError(error).code });
        throw error;
      }
    },
  };
}
