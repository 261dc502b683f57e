import { readFileSync } from 'node:fs';

/** Which version of Matchstick this is, as package.json says; and which Node. */
export function buildOf({ node }: NodeJS.ProcessVersions): {
  readonly version: string;
  readonly node: string;
} {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest && manifest.version;
  return { version: String(version || '(none)'), node };
}
