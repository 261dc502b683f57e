import { z } from 'zod';
import { type Locked, packageName, type Reached } from './lockfile.ts';

const LICENSE = z.union([
  z.object({ license: z.object({ id: z.string() }) }).transform(({ license }) => license.id),
  z.object({ expression: z.string() }).transform(({ expression }) => expression),
]);

const COMPONENT = z.object({
  name: z.string(),
  version: z.string(),
  purl: z.string(),
  hashes: z.array(z.object({ alg: z.string(), content: z.string() })).default([]),
  licenses: z.array(LICENSE).default([]),
});

const BOM = z.object({
  bomFormat: z.literal('CycloneDX'),
  serialNumber: z.string().optional(),
  metadata: z.object({ timestamp: z.string().optional(), component: COMPONENT }),
  components: z.array(COMPONENT),
});

const MADE_AT_A_MOMENT = z.looseObject({
  serialNumber: z.unknown(),
  metadata: z.looseObject({ timestamp: z.unknown() }),
});

export type Bom = z.output<typeof BOM>;
export type Component = z.output<typeof COMPONENT>;

/** Reads a CycloneDX document. Throws a ZodError that names what is wrong. */
export function parseBom(value: unknown): Bom {
  return BOM.parse(value);
}

/** The same document without its random serial number and its time, both of which CycloneDX lets out. */
export function reproducible(bom: unknown): unknown {
  const { serialNumber: _, metadata, ...rest } = MADE_AT_A_MOMENT.parse(bom);
  const { timestamp: __, ...lasting } = metadata;
  return { ...rest, metadata: lasting };
}

/** Where an SBOM is not about exactly what is shipped: packages missing or too many, other contents, a moment in it. */
export function bomProblems(bom: Bom, { packages, missing }: Reached): readonly string[] {
  const wanted = new Map([...packages].map(([location, entry]) => [idOf(location, entry), entry]));
  const listed = new Map(
    bom.components.map((component) => [`${component.name}@${component.version}`, component]),
  );
  return [
    ...missing.map((what) => `package-lock.json lacks ${what}`),
    ...[...wanted.keys()].filter((id) => !listed.has(id)).map((id) => `the SBOM lacks ${id}`),
    ...[...listed.keys()]
      .filter((id) => !wanted.has(id))
      .map((id) => `the SBOM has ${id}, which is not shipped`),
    ...[...listed].flatMap(([id, component]) => contentProblems(id, component, wanted.get(id))),
    ...(bom.serialNumber === undefined ? [] : ['the SBOM has a serial number, which differs with every run']),
    ...(bom.metadata.timestamp === undefined
      ? []
      : ['the SBOM has a timestamp, which differs with every run']),
  ];
}

function contentProblems(
  id: string,
  { purl, hashes, name, version }: Component,
  entry: Locked | undefined,
): readonly string[] {
  if (entry === undefined) return [];
  const expected = Buffer.from(entry.integrity?.replace('sha512-', '') ?? '', 'base64').toString('hex');
  const hash = hashes.find(({ alg }) => alg === 'SHA-512')?.content;
  return [
    ...(hash === expected ? [] : [`the SBOM has another hash for ${id} than package-lock.json`]),
    ...(purl === `pkg:npm/${name.replace('@', '%40')}@${version}` ? [] : [`the SBOM names ${id} as ${purl}`]),
  ];
}

function idOf(location: string, entry: Locked): string {
  return `${packageName(location, entry)}@${entry.version}`;
}
