import { z } from 'zod';
import type { InputProblem } from '../errors.ts';
import { parseBy } from '../input-problems.ts';
import { SettingsError } from '../settings/error.ts';
import { parsePurposes } from '../settings/purposes.ts';
import type { PurposePolicies, SealingDeclared } from './purpose-policy.ts';
import { purposesSchema } from './purposes-schema.ts';
import { VALIDATED_CLAIMS } from './validated-claims.ts';

const definitionSchema = z.strictObject({ purposes: purposesSchema });

/**
 * Checks purposes and keeps their types, so that you can declare them in one file and use them in others:
 * `PurposeTypesOf<typeof purposes>` is the type parameter of `Matchstick` and `createClient`.
 *
 * @param purposes - The purposes, by name.
 * @returns The same purposes.
 * @throws SettingsError With every problem, except those of what purposes open: the stores are not known here.
 * @example
 * export const purposes = definePurposes({ 'password-reset': { audience: 'app', lifetime: '15m' } });
 */
export function definePurposes<const P extends PurposePolicies>(purposes: P & SealingDeclared<P>): P {
  const parsed = parseBy(definitionSchema, { purposes });
  if (!parsed.ok) throw refused(parsed.problems);
  const declared = parsePurposes(parsed.value.purposes, VALIDATED_CLAIMS, undefined);
  if (!declared.ok) throw refused(declared.problems);
  return purposes;
}

function refused(problems: readonly InputProblem[]): SettingsError {
  return new SettingsError('definePurposes', problems);
}
