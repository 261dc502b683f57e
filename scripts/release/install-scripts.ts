import { type Lockfile, type Manifest, packageName, shippedPackages } from './lockfile.ts';

/** Development packages that may have an install script, and why. `npm run` and `npm test` install without running it. */
export const DEVELOPMENT_SCRIPTS: Readonly<Record<string, string>> = {
  '@scarf/scarf': 'counts installations of swagger-ui-dist; it is never run',
  esbuild: 'replaces its launcher by the binary of the platform, for speed; works without it',
  '@parcel/watcher':
    'builds its binary where the registry has none for the platform; only `jest --watch` uses it',
};

/** What npm runs when somebody installs a package. */
const RUN_AT_INSTALL = ['preinstall', 'install', 'postinstall'];

/** Install scripts of this package, of what it needs, and of development packages that are not listed. */
export function installScriptProblems(manifest: Manifest, lockfile: Lockfile): readonly string[] {
  const { packages: shipped } = shippedPackages(lockfile);
  const own = RUN_AT_INSTALL.filter((name) => Object.hasOwn(manifest.scripts, name));
  const having = Object.entries(lockfile.packages).filter(
    ([location, entry]) => location !== '' && entry.hasInstallScript,
  );
  const names = having.map(([location, entry]) => packageName(location, entry));
  return [
    ...own.map(
      (name) => `package.json has a script "${name}", which would run on each machine that installs it`,
    ),
    ...having
      .filter(([location]) => shipped.has(location))
      .map(([location]) => `${location} has an install script, and is shipped to users`),
    ...having
      .filter(
        ([location, entry]) =>
          !shipped.has(location) && !Object.hasOwn(DEVELOPMENT_SCRIPTS, packageName(location, entry)),
      )
      .map(([location]) => `${location} has an install script, and is not in DEVELOPMENT_SCRIPTS`),
    ...Object.keys(DEVELOPMENT_SCRIPTS)
      .filter((name) => !names.includes(name))
      .map((name) => `${name} is in DEVELOPMENT_SCRIPTS, but has no install script`),
  ];
}
