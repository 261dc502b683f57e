import { stringify } from 'yaml';
import type { Environment } from '../../src/settings/environment.ts';
import { parseSettings, SettingsError } from '../../src/settings/parse.ts';

/** Every problem of a configuration as `path: message`; none when it is accepted. */
export function problemsOf(configuration: unknown, environment: Environment = {}): readonly string[] {
  const text = typeof configuration === 'string' ? configuration : stringify(configuration);
  try {
    parseSettings(text, environment, 'test.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}
