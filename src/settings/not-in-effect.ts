import type { InputProblem } from '../errors.ts';
import { callerSchema, fileSchema, keysSchema, purposeSchema, type SettingsFile } from './schema.ts';

/** Each setting that the file has and this version does not act on, with what that means. */
export function settingsNotInEffect(file: SettingsFile): readonly InputProblem[] {
  const found: InputProblem[] = [];
  const look = (
    path: string,
    value: object,
    shape: Readonly<Record<string, { description?: string | undefined }>>,
  ) => {
    for (const name of Object.keys(value)) {
      const description = shape[name]?.description;
      if (description?.startsWith('Not in effect'))
        found.push({ path: `${path}${name}`, message: description });
    }
  };
  look('', file, fileSchema.shape);
  look('keys.', file.keys, keysSchema.shape);
  for (const [name, rights] of Object.entries(file.callers))
    look(`callers.${name}.`, rights, callerSchema.shape);
  for (const [name, policy] of Object.entries(file.purposes))
    look(`purposes.${name}.`, policy, purposeSchema.shape);
  return found;
}
