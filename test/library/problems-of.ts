import { SettingsError } from '../../src/index.ts';

/** Every problem that a declaration is refused with, as `path: message`; empty when it is let through. */
export async function problemsOf(declare: () => unknown): Promise<readonly string[]> {
  try {
    await declare();
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}
