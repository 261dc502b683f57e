import type { Parsed } from '../contract/parsed.ts';
import type { InputProblem } from '../errors.ts';
import { type Destination, parseDestination } from '../token/destination.ts';
import type { PurposeLink } from '../token/purpose.ts';
import { claimInTextProblem } from './claim-in-text.ts';
import type { ClaimsSchema } from './declared-claims.ts';

interface PurposeWithThen {
  readonly link?: { readonly then?: string | readonly string[] | undefined } | undefined;
  readonly sealed?: readonly string[] | undefined;
}

/**
 * Where the links of the purpose at this path lead; undefined if nowhere. `claims` is the schema of its claims: undefined
 * if it is not known, and then each mint shows whether its link can lead anywhere.
 */
export function asDestinations(
  purposePath: string,
  { link, sealed = [] }: PurposeWithThen,
  claims: ClaimsSchema | undefined,
): Parsed<PurposeLink['then']> {
  const texts = typeof link?.then === 'string' ? [link.then] : (link?.then ?? []);
  const problems: InputProblem[] = [];
  const destinations = texts.flatMap((text, index): readonly Destination[] => {
    const parsed = parseDestination(text, (claim) => {
      if (sealed.includes(claim)) return 'that claim is sealed, and everybody on the way can read a URL';
      return claims && claimInTextProblem(claim, claims);
    });
    if (parsed.ok) return [parsed.destination];
    const path = `${purposePath}.link.then${typeof link?.then === 'string' ? '' : `.${index}`}`;
    problems.push({ path, message: parsed.problem });
    return [];
  });
  if (problems.length > 0) return { ok: false, problems };
  const [first, ...others] = destinations;
  return { ok: true, value: first && [first, ...others] };
}
