import { didYouMean } from '../input-problems.ts';
import { type ClaimsSchema, declaredNames } from './declared-claims.ts';

const TEXT_TYPES = ['string', 'number', 'integer'];

/** What is wrong with putting a claim into text, by the schema of the purpose's claims. */
export function claimInTextProblem(name: string, claims: ClaimsSchema): string | undefined {
  const names = declaredNames(claims);
  if (!names.includes(name)) return `the purpose declares no such claim${didYouMean(name, names)}`;
  const schema: unknown = Object.entries(claims.properties ?? {}).find(([claim]) => claim === name)?.[1];
  const type = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : undefined;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type ?? 'string'];
  return types.some((one) => TEXT_TYPES.includes(String(one)))
    ? undefined
    : 'that claim is not a string or number';
}
