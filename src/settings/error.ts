import { CALLER_KEY_IN_TEXT } from '../contract/limits.ts';
import type { InputProblem } from '../errors.ts';

/** A configuration that is not right. `message` lists every problem, one on each line. */
export class SettingsError extends Error {
  /** Always `SettingsError`. */
  override readonly name = 'SettingsError';
  /** Every problem, with the path of its setting. */
  readonly problems: readonly InputProblem[];

  /**
   * @param source - What was read: a file, or the function that took the options.
   * @param problems - Everything that is wrong with it.
   */
  constructor(source: string, problems: readonly InputProblem[]) {
    const shown = problems.map(withoutKeys);
    const lines = shown.map(({ path, message }) => `  ${path ? `${path}: ` : ''}${message}`);
    super(
      `${source} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${lines.join('\n')}`,
    );
    this.problems = shown;
  }
}

/** A caller key may stand where its hash or a name belongs, and a problem names what it found there. */
function withoutKeys({ path, pointer, message }: InputProblem): InputProblem {
  const concealed = (text: string) => text.replaceAll(CALLER_KEY_IN_TEXT, '(a caller key)');
  return {
    path: concealed(path),
    ...(pointer === undefined ? {} : { pointer: concealed(pointer) }),
    message: concealed(message),
  };
}
