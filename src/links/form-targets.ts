import type { Openers } from '../burn/opening.ts';
import type { FormTargets } from '../pages/branding.ts';
import type { Purposes } from '../token/purpose.ts';

/** Where the button of each purpose redirects: to what it opens. To `then` a page of our own leads. */
export function formTargetsOf(purposes: Purposes, openers: Openers): FormTargets {
  return new Map(
    [...purposes.values()].map(({ name, link }) => {
      const origin = link?.then === undefined ? openers.get(name)?.origin : undefined;
      return [name, origin === undefined ? [] : [origin]];
    }),
  );
}
