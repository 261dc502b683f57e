import type { InputProblem } from '../errors.ts';

/** Every problem of a configuration at once, by path. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly InputProblem[];

  constructor(source: string, problems: readonly InputProblem[]) {
    const lines = problems.map(({ path, message }) => `  ${path ? `${path}: ` : ''}${message}`);
    super(
      `${source} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${lines.join('\n')}`,
    );
    this.problems = problems;
  }
}
