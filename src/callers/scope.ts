import { MatchstickError } from '../errors.ts';

/** The purposes whose tokens a caller may inspect or revoke: `true` means all of them. */
export type PurposeScope = boolean | ReadonlySet<string>;

/** Whether a scope lets a caller do anything at all. */
export function isScoped(scope: PurposeScope): boolean {
  return typeof scope === 'boolean' ? scope : scope.size > 0;
}

/** Whether tokens of this purpose are within a scope. Undefined, a purpose that nobody knows, needs the whole scope. */
export function covers(scope: PurposeScope, purpose: string | undefined): boolean {
  if (typeof scope === 'boolean') return scope;
  return purpose !== undefined && scope.has(purpose);
}

/** Why only a caller with the whole scope may name a token by its `jti`. */
export const JTI_HINT = 'A jti does not say its purpose: send the token.';

/** The refusal of what is outside a scope. It says what would be allowed; `hint` is a sentence that says how. */
export function outsideScope(
  { name, ...rights }: { readonly name: string } & Readonly<Record<'inspect' | 'revoke', PurposeScope>>,
  right: 'inspect' | 'revoke',
  hint = '',
): MatchstickError {
  const scope = rights[right];
  const allowed = typeof scope === 'boolean' ? [] : [...scope];
  const detail = `The caller ${name} may ${right} only tokens of ${allowed.join(', ') || 'no purpose'}.`;
  return new MatchstickError('caller_forbidden', hint ? `${detail} ${hint}` : detail);
}
