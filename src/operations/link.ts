import { newAttemptSecret } from '../burn/attempt.ts';
import type { Deployment } from '../burn/deployment.ts';
import type { Visitor } from '../callers/visitor.ts';
import { type Landing, openLink, type Pressed, pressLink } from '../links/landing.ts';
import type { View } from '../pages/view.ts';
import { operation } from './operation.ts';

/** Shows what a link is for. The page gets an attempt of its own for its button. */
export const openLinkOperation = (deployment: Deployment) =>
  operation<{ readonly reference: string }, View, Visitor>({
    doing: 'open links',
    may: () => true,
    run: ({ reference }) => openLink(reference, newAttemptSecret(deployment.randomBytes), deployment),
  });

/** The only way in which a link redeems its token. */
export const pressLinkOperation = (deployment: Deployment) =>
  operation<Pressed, Landing, Visitor>({
    doing: 'press the button of a link',
    may: () => true,
    run: (pressed) => pressLink(pressed, deployment),
  });
