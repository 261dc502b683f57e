import type { Openers } from '../burn/opening.ts';
import type { FormTargets } from '../pages/branding.ts';
import type { Purposes } from '../token/purpose.ts';

/** Where the button of each purpose may lead: where its policy sends visitors, and where what it opens is. */
export function formTargetsOf(purposes: Purposes, openers: Openers): FormTargets {
  return new Map(
    [...purposes.values()].map(({ name, link }) => {
      const origins = [link?.then && new URL(link.then).origin, openers.get(name)?.origin];
      return [name, origins.filter((origin) => origin !== undefined)];
    }),
  );
}
