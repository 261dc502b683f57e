import type { InputProblem } from '../errors.ts';
import { didYouMean } from '../input-problems.ts';
import type { Purposes } from '../token/purpose.ts';

const MOST_SHOWN = 20;

/** What is wrong with a purpose that nobody configured. A caller that may do nothing learns none of the others. */
export function unknownPurpose(name: string, purposes: Purposes): InputProblem {
  const known = [...purposes.keys()];
  const shown = known.length > MOST_SHOWN ? '' : ` (configured: ${known.join(', ') || 'none'})`;
  return { path: 'purpose', message: `is not configured here${didYouMean(name, known) || shown}` };
}
