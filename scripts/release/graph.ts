import { type Locked, type Lockfile, type Need, needsOf, type Reached, reachedFrom } from './lockfile.ts';

/**
 * Where package-lock.json has a package that nothing needs, lacks one that is needed, or marks one as something else than it
 * is. npm leaves out by these marks: a dependency that is marked `dev` is missing after `npm ci --omit=dev`.
 */
export function graphProblems(lockfile: Lockfile): readonly string[] {
  const root = lockfile.packages[''];
  if (!root) return [];
  const entries = Object.entries(lockfile.packages).filter(([location]) => location !== '');
  const developed = Object.keys(root.devDependencies).map(needed);
  const all = reachedFrom([...needsOf(root), ...developed], lockfile, needsOf);
  const used = productionOf(root, lockfile, () => true);
  const required = productionOf(root, lockfile, ({ isOptional }) => !isOptional);
  const depended = productionOf(root, lockfile, ({ isOptional, isPeer }) => !isOptional && !isPeer);
  return [
    ...all.missing.map((what) => `package-lock.json lacks ${what}`),
    ...entries
      .filter(([location]) => !all.packages.has(location))
      .map(([location]) => `${location} is in package-lock.json, but nothing depends on it`),
    ...entries.flatMap(([location, entry]) => {
      const wrong = [
        ...(required.packages.has(location) ? marksOf(entry, ['dev', 'optional', 'devOptional']) : []),
        ...(depended.packages.has(location) ? marksOf(entry, ['peer']) : []),
      ];
      return wrong.map((mark) => `${location} is marked "${mark}", but users need it`);
    }),
    ...entries
      .filter(([location, { dev, devOptional }]) => all.packages.has(location) && !dev && !devOptional)
      .filter(([location]) => !used.packages.has(location))
      .map(([location]) => `${location} is not marked "dev", but only development needs it`),
  ];
}

/** What `npm ci --omit=dev` has to install. The project's own peers are installed for development alone. */
function productionOf(root: Locked, lockfile: Lockfile, follow: (need: Need) => boolean): Reached {
  const needs = needsOf(root).filter((need) => !need.isPeer && follow(need));
  return reachedFrom(needs, lockfile, (entry) => needsOf(entry).filter(follow));
}

function needed(name: string): Need {
  return { name, isOptional: false, isPeer: false };
}

function marksOf<Mark extends keyof Locked>(entry: Locked, marks: readonly Mark[]): readonly Mark[] {
  return marks.filter((mark) => entry[mark] === true);
}
