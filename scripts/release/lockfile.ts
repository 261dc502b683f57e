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
  dev: z.boolean().optional(),
  optional: z.boolean().optional(),
  devOptional: z.boolean().optional(),
  peer: z.boolean().optional(),
  dependencies: ranges,
  devDependencies: ranges,
  optionalDependencies: ranges,
  peerDependencies: ranges,
  peerDependenciesMeta: z.record(z.string(), z.object({ optional: z.boolean().optional() })).default({}),
});

const VERSIONED = z.object({ lockfileVersion: z.number() });
const LOCKFILE = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), LOCKED) });

export type Manifest = z.output<typeof MANIFEST>;
export type Locked = z.output<typeof LOCKED>;
export type Lockfile = z.output<typeof LOCKFILE>;

/** Reads the text of package.json. Throws an error of one sentence. */
export function parseManifest(text: string): Manifest {
  return parsed('package.json', MANIFEST, text);
}

/** Reads the text of package-lock.json. Throws an error of one sentence. */
export function parseLockfile(text: string): Lockfile {
  const { lockfileVersion } = parsed('package-lock.json', VERSIONED, text);
  if (lockfileVersion !== 3) {
    throw new Error(
      `package-lock.json has lockfileVersion ${lockfileVersion}, and 3 is needed: write it anew with npm install --package-lock-only --lockfile-version 3`,
    );
  }
  return parsed('package-lock.json', LOCKFILE, text);
}

function parsed<Schema extends z.ZodType>(file: string, schema: Schema, text: string): z.output<Schema> {
  const result = schema.safeParse(json(file, text));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.length ? ` at ${issue.path.map(String).join(' > ')}` : '';
  throw new Error(`${file} is not as npm writes it${where}: ${issue?.message}`);
}

function json(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON`);
  }
}

/** The name of a package, given its folder in the lockfile: `node_modules/a/node_modules/@b/c` is `@b/c`. */
export function packageName(location: string, { name }: Pick<Locked, 'name'>): string {
  return name ?? location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** The packages that some needs lead to, by their folder, and what is needed but not in the lockfile. */
export interface Reached {
  readonly packages: ReadonlyMap<string, Locked>;
  readonly missing: readonly string[];
}

/** What a package needs. What is optional may be missing. */
export interface Need {
  readonly name: string;
  readonly isOptional: boolean;
  readonly isPeer: boolean;
}

/** Everything that the project's needs lead to, if each package needs what `needsOf` says. */
export function reachedFrom(
  needs: readonly Need[],
  { packages }: Lockfile,
  needsOf: (entry: Locked) => readonly Need[],
): Reached {
  const reached = new Map<string, Locked>();
  const missing: string[] = [];
  const queue = needs.map((need) => ({ location: '', need }));
  for (const { location, need } of queue) {
    const found = resolved(packages, location, need.name);
    if (found === undefined && !need.isOptional) {
      missing.push(`${need.name}, needed by ${location || 'the project'}`);
    }
    const entry = found === undefined ? undefined : packages[found];
    if (found === undefined || entry === undefined || reached.has(found)) continue;
    reached.set(found, entry);
    for (const each of needsOf(entry)) queue.push({ location: found, need: each });
  }
  return { packages: reached, missing };
}

/** Everything that a package names, besides what it is developed with. */
export function needsOf({
  dependencies,
  optionalDependencies,
  peerDependencies,
  peerDependenciesMeta,
}: Locked): readonly Need[] {
  const isOptional = (name: string) => Object.hasOwn(optionalDependencies, name);
  const mayLack = (name: string) => peerDependenciesMeta[name]?.optional === true;
  return [
    ...Object.keys({ ...dependencies, ...optionalDependencies }).map((name) => ({
      name,
      isOptional: isOptional(name),
      isPeer: false,
    })),
    ...Object.keys(peerDependencies).map((name) => ({ name, isOptional: mayLack(name), isPeer: true })),
  ];
}

/** What reaches users: the dependencies and the optional peers, and everything that those need. No development packages. */
export function shippedPackages(lockfile: Lockfile): Reached {
  const root = lockfile.packages[''];
  if (!root) return { packages: new Map(), missing: ['the project itself'] };
  const ofProject = needsOf(root).map((need) => ({ ...need, isOptional: false }));
  return reachedFrom(ofProject, lockfile, (entry) =>
    needsOf(entry).filter(({ isPeer, isOptional }) => !isPeer || !isOptional),
  );
}

/** The folder that Node would load a package from: the nearest one upward. */
function resolved(packages: Lockfile['packages'], location: string, needed: string): string | undefined {
  for (let folder = location; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const candidate = `${folder && `${folder}/`}node_modules/${needed}`;
    if (packages[candidate]) return candidate;
    if (folder === '') return undefined;
  }
}
