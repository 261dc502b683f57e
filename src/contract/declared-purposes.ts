/** The audiences of each purpose, by its name. */
export type DeclaredAudiences = ReadonlyMap<string, readonly string[]>;

const declared = new WeakMap<object, DeclaredAudiences>();

/** Notes the purposes of a Matchstick that knows them itself, so that a guard can refuse a wrong one when it is built. */
export function declarePurposes<M extends object>(matchstick: M, purposes: DeclaredAudiences): M {
  declared.set(matchstick, purposes);
  return matchstick;
}

/** The purposes of a Matchstick; undefined if only its service knows them. */
export function declaredPurposes(matchstick: object): DeclaredAudiences | undefined {
  return declared.get(matchstick);
}
