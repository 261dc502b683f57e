import { readFileSync } from 'node:fs';

let known: string | undefined;

/** Which version of Matchstick this is, as package.json says; and which Node. Read once: its files may be gone later. */
export function buildOf({ node }: NodeJS.ProcessVersions): {
  readonly version: string;
  readonly node: string;
} {
  known ??= readVersion();
  return { version: known, node };
}

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest && manifest.version;
  return String(version || '(none)');
}
