import type { Purposes } from '../token/purpose.ts';
import type { FormTargets } from './look.ts';

/** Where the button of each purpose may lead: where its policy sends visitors, and where what it opens is. */
export function formTargetsOf(
  purposes: Purposes,
  openingOrigins: ReadonlyMap<string, string> = new Map(),
): FormTargets {
  return new Map(
    [...purposes.values()].map(({ name, link }) => {
      const origins = [link?.then && new URL(link.then).origin, openingOrigins.get(name)];
      return [name, origins.filter((origin) => origin !== undefined)];
    }),
  );
}
