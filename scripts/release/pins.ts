import type { Locked, Lockfile, Manifest } from './lockfile.ts';
import { packageName } from './lockfile.ts';

/** `1.2.3`, or `npm:name@1.2.3` for a package under another name. */
const EXACT = /^(?:npm:(?<name>(?:@[^/@\s]+\/)?[^/@\s]+)@)?(?<version>\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/;
/** 64 bytes in base64. */
const SHA512 = /^sha512-[A-Za-z0-9+/]{86}==$/;
const SECTIONS = ['dependencies', 'devDependencies', 'peerDependencies'] as const;

/** Dependencies whose version is a range, and peers that no exact version is tested with. */
export function pinProblems({
  dependencies,
  devDependencies,
  peerDependencies,
}: Manifest): readonly string[] {
  const loose = Object.entries({ ...devDependencies, ...dependencies })
    .filter(([, version]) => !EXACT.test(version))
    .map(([name, version]) => `${name}@${version} in package.json is no exact version`);
  const untested = Object.keys(peerDependencies)
    .filter((name) => !Object.hasOwn(devDependencies, name))
    .map((name) => `${name} is a peer, but not in devDependencies with an exact version`);
  return [...loose, ...untested];
}

/** Where package-lock.json says something else than package.json. */
export function agreementProblems(manifest: Manifest, { packages }: Lockfile): readonly string[] {
  const root = packages[''];
  if (!root) return ['package-lock.json has no entry for the project'];
  return [
    ...(root.name === manifest.name && root.version === manifest.version
      ? []
      : [`package-lock.json is of ${root.name}@${root.version}, not ${manifest.name}@${manifest.version}`]),
    ...SECTIONS.flatMap((section) => differences(section, manifest[section], root[section])),
    ...Object.entries({ ...manifest.devDependencies, ...manifest.dependencies })
      .filter(([name, version]) => EXACT.test(version) && !isInstalledAs(name, version, packages))
      .map(([name, version]) => `package-lock.json does not install ${name}@${version}`),
  ];
}

/** Entries that do not come from the registry that npm is configured with, or whose content is not known by a hash. */
export function entryProblems({ packages }: Lockfile): readonly string[] {
  return Object.entries(packages)
    .filter(([location]) => location !== '')
    .flatMap(([location, entry]) => [
      ...originProblems(location, entry),
      ...(SHA512.test(entry.integrity ?? '') ? [] : [`${location} has no SHA-512 integrity hash`]),
    ]);
}

/** Lines of .npmrc that name a registry, or a credential for one. */
export function npmrcProblems(npmrc: string): readonly string[] {
  return npmrc
    .split('\n')
    .map((line) => line.split('=')[0]?.trim() ?? '')
    .filter((setting) => /^(?:\/\/|@[^:]+:)|registry$|^_|password|token/i.test(setting))
    .map((setting) => `.npmrc sets ${setting}, which belongs in the configuration of your machine`);
}

// .npmrc leaves the address out for what the registry has, so any address is of something else.
function originProblems(location: string, { version, resolved, link }: Locked): readonly string[] {
  if (link) return [`${location} is a link to a folder`];
  if (resolved !== undefined) return [`${location} comes from an address of its own`];
  return version !== undefined && EXACT.test(version) ? [] : [`${location} has no version of the registry`];
}

function differences(
  section: string,
  inManifest: Readonly<Record<string, string>>,
  inLockfile: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.keys({ ...inManifest, ...inLockfile })
    .filter((name) => inManifest[name] !== inLockfile[name])
    .map(
      (name) =>
        `${section}: package.json has ${name}@${inManifest[name] ?? '(none)'}, package-lock.json ${inLockfile[name] ?? '(none)'}`,
    );
}

function isInstalledAs(folder: string, wanted: string, packages: Lockfile['packages']): boolean {
  const location = `node_modules/${folder}`;
  const entry = packages[location];
  const { name = folder, version } = EXACT.exec(wanted)?.groups ?? {};
  return entry !== undefined && entry.version === version && packageName(location, entry) === name;
}
