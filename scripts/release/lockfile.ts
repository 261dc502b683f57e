import { z } from 'zod';

const ranges = z.record(z.string(), z.string()).default({});

const MANIFEST = z.object({
  name: z.string(),
  version: z.string(),
  scripts: ranges,
  dependencies: ranges,
  devDependencies: ranges,
  peerDependencies: ranges,
});

const LOCKED = z.object({
  /** Where it differs from the folder's: an alias. */
  name: z.string().optional(),
  version: z.string().optional(),
  resolved: z.string().optional(),
  link: z.boolean().optional(),
  integrity: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  dependencies: ranges,
  devDependencies: ranges,
  optionalDependencies: ranges,
  peerDependencies: ranges,
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).default({}),
});

const LOCKFILE = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), LOCKED) });

export type Manifest = z.output<typeof MANIFEST>;
export type Locked = z.output<typeof LOCKED>;
export type Lockfile = z.output<typeof LOCKFILE>;

/** Reads package.json. Throws a ZodError that names what is wrong. */
export function parseManifest(value: unknown): Manifest {
  return MANIFEST.parse(value);
}

/** Reads package-lock.json. Throws a ZodError that names what is wrong. */
export function parseLockfile(value: unknown): Lockfile {
  return LOCKFILE.parse(value);
}

/** The name of a package, given its folder in the lockfile: `node_modules/a/node_modules/@b/c` is `@b/c`. */
export function packageName(location: string, { name }: Pick<Locked, 'name'>): string {
  return name ?? location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** What reaches users: the packages by their folder, and what is needed but not in the lockfile. */
export interface Shipped {
  readonly packages: ReadonlyMap<string, Locked>;
  readonly missing: readonly string[];
}

/** The dependencies and the optional peers, and everything that those need. No development packages. */
export function shippedPackages({ packages }: Lockfile): Shipped {
  const shipped = new Map<string, Locked>();
  const missing: string[] = [];
  const root = packages[''];
  if (!root) return { packages: shipped, missing: ['the project itself'] };
  const queue: (readonly [location: string, needed: string, optional: boolean])[] = [];
  for (const name of Object.keys({ ...root.dependencies, ...root.peerDependencies })) {
    queue.push(['', name, false]);
  }
  for (const [location, needed, optional] of queue) {
    const found = resolved(packages, location, needed);
    if (found === undefined && !optional) missing.push(`${needed}, needed by ${location || 'the project'}`);
    const entry = found === undefined ? undefined : packages[found];
    if (found === undefined || entry === undefined || shipped.has(found)) continue;
    shipped.set(found, entry);
    for (const name of Object.keys(entry.dependencies)) {
      queue.push([found, name, Object.hasOwn(entry.optionalDependencies, name)]);
    }
    for (const name of Object.keys(entry.optionalDependencies)) queue.push([found, name, true]);
    for (const name of Object.keys(entry.peerDependencies)) {
      if (!entry.peerDependenciesMeta[name]?.optional) queue.push([found, name, false]);
    }
  }
  return { packages: shipped, missing };
}

/** The folder that Node would load a package from: the nearest one upward. */
function resolved(packages: Lockfile['packages'], location: string, needed: string): string | undefined {
  for (let folder = location; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const candidate = `${folder && `${folder}/`}node_modules/${needed}`;
    if (packages[candidate]) return candidate;
    if (folder === '') return undefined;
  }
}
