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
 * Purposes, checked, with their types: `PurposeTypesOf<typeof purposes>` is what `Matchstick` is typed by.
 * Throws a SettingsError that lists every problem, except of what they open: the stores are not known yet.
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
