import { SettingsError } from './error.ts';

/** Packages that only some deployments need, each with the versions that fit. package.json lists them as peers. */
export const PEERS = {
  service: { express: '^5.3.0', 'prom-client': '^15.1.3' },
  stores: {
    '@aws-sdk/client-s3': '^3.1162.0',
    '@aws-sdk/s3-presigned-post': '^3.1162.0',
    '@aws-sdk/s3-request-presigner': '^3.1162.0',
  },
  kms: { '@aws-sdk/client-kms': '^3.1162.0' },
  tracing: { '@opentelemetry/api': '^1.9.0' },
  types: { 'json-schema-to-typescript': '^16.0.0' },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

/**
 * Loads what needs these packages. If one is not installed, it throws a SettingsError with the command that installs
 * them; any other failure passes through.
 */
export async function withPeers<T>(need: keyof typeof PEERS, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error, Object.keys(PEERS[need]))) throw error;
    const packages = Object.entries(PEERS[need]).map(([name, version]) => `"${name}@${version}"`);
    const message = `needs packages that are not installed: npm install ${packages.join(' ')}`;
    throw new SettingsError('The installation', [{ path: need, message }]);
  }
}

function isMissing(error: unknown, packages: readonly string[]): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code !== 'ERR_MODULE_NOT_FOUND' && error.code !== 'MODULE_NOT_FOUND') return false;
  return packages.some((name) => error.message.includes(`'${name}'`));
}
