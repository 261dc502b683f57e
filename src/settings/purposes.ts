import type { z } from 'zod';
import { BINDINGS } from '../contract/bindings.ts';
import type { Parsed } from '../contract/parsed.ts';
import type { InputProblem } from '../errors.ts';
import { didYouMean } from '../input-problems.ts';
import type { OpeningRules } from '../s3/opening-rules.ts';
import type { StorePolicies } from '../s3/store-policy.ts';
import type { Purpose, PurposeLink, Purposes } from '../token/purpose.ts';
import { asPurposeLink } from './branding.ts';
import { type ClaimsSchema, declaredNames } from './declared-claims.ts';
import { asDestinations } from './destinations.ts';
import { asOpeningRules } from './opens-schema.ts';
import type { purposeSchema } from './schema.ts';

/** A purpose as a deployment declares it, with its claims declared in one way or another. */
export type DeclaredPurpose<Claims> = Omit<PurposeSettings, 'claims' | 'link'> & {
  readonly claims?: Claims | undefined;
  readonly link?: Omit<NonNullable<PurposeSettings['link']>, 'text'> | undefined;
};

type PurposeSettings = z.output<typeof purposeSchema>;

/** A way to declare claims. */
export interface ClaimsKind<Claims> {
  /** Throws an Error that says what is wrong with the declaration. */
  readonly parserOf: (claims: Claims) => NonNullable<Purpose['parseClaims']>;
  /** Undefined when the claims cannot be told from the declaration. */
  readonly schemaOf: (claims: Claims) => ClaimsSchema | undefined;
}

/** What purposes are for, what they open, and the schemas of their claims; each by purpose. */
export interface DeclaredPurposes {
  readonly purposes: Purposes;
  readonly opens: ReadonlyMap<string, OpeningRules>;
  readonly claimsSchemas: ReadonlyMap<string, ClaimsSchema>;
}

/**
 * The purposes of a deployment, or everything that is wrong with them. `stores` are what purposes may open; while they
 * are not known, that is not checked.
 */
export function parsePurposes<Claims>(
  policies: Readonly<Record<string, DeclaredPurpose<Claims>>>,
  { parserOf, schemaOf }: ClaimsKind<Claims>,
  stores: StorePolicies | undefined,
): Parsed<DeclaredPurposes> {
  const problems: InputProblem[] = [];
  const purposes = new Map<string, Purpose>();
  const opens = new Map<string, OpeningRules>();
  const claimsSchemas = new Map<string, ClaimsSchema>();
  for (const [name, policy] of Object.entries(policies)) {
    const path = `purposes.${name}`;
    const { claims } = policy;
    const schema = claims === undefined ? NO_CLAIMS : schemaOf(claims);
    const parser = tryTo(() => claims && parserOf(claims), `${path}.claims`);
    const then = asDestinations(path, policy, schema);
    const opening = stores && asOpeningRules(path, policy, schema, stores);
    problems.push(
      ...(parser.ok ? [] : parser.problems),
      ...sealedProblems(path, policy, schema),
      ...boundLinkProblems(path, policy),
      ...(then.ok ? [] : then.problems),
      ...(opening?.ok === false ? opening.problems : []),
    );
    if (parser.ok && then.ok) purposes.set(name, asPurpose(name, policy, then.value, parser.value));
    if (opening?.ok && opening.value) opens.set(name, opening.value);
    if (claims !== undefined && schema) claimsSchemas.set(name, schema);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: { purposes, opens, claimsSchemas } };
}

const NO_CLAIMS: ClaimsSchema = {};

function asPurpose(
  name: string,
  policy: DeclaredPurpose<unknown>,
  then: PurposeLink['then'],
  parseClaims: Purpose['parseClaims'],
): Purpose {
  const {
    audience,
    lifetime,
    uses,
    live,
    limit,
    link,
    bind,
    sealed,
    claims: _,
    opens: __,
    ...unheeded
  } = policy;
  unheeded satisfies Record<string, never>;
  return {
    name,
    audiences: typeof audience === 'string' ? [audience] : audience,
    lifetimeSeconds: lifetime,
    uses,
    ...(live === undefined ? {} : { live }),
    ...(limit ? { limit } : {}),
    ...(link ? { link: asPurposeLink(link, then) } : {}),
    ...(bind ? { bind } : {}),
    ...(sealed ? { sealed: new Set(sealed) } : {}),
    ...(parseClaims ? { parseClaims } : {}),
  };
}

function boundLinkProblems(
  path: string,
  { bind = {}, link }: DeclaredPurpose<unknown>,
): readonly InputProblem[] {
  const required = BINDINGS.filter((kind) => bind[kind] === 'required');
  if (!link || required.length === 0) return [];
  const message = `a visitor can show no proof, so no link works while bind requires ${required.join(' and ')}`;
  return [{ path: `${path}.link`, message }];
}

function tryTo<T>(make: () => T, path: string): Parsed<T> {
  try {
    return { ok: true, value: make() };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be used';
    return { ok: false, problems: [{ path, message }] };
  }
}

/** Only declared claims can be sealed. What opens something ends up in a URL, for its holder to read. */
function sealedProblems(
  path: string,
  { sealed = [], opens }: DeclaredPurpose<unknown>,
  schema: ClaimsSchema | undefined,
): readonly InputProblem[] {
  const declared = schema && declaredNames(schema);
  const opening = Object.values(opens?.s3 ?? {}).join('\n');
  return sealed.flatMap((claim) => {
    const problem = (message: string) => [{ path: `${path}.sealed`, message }];
    if (declared && !declared.includes(claim)) {
      return problem(`no claim is named ${claim}${didYouMean(claim, declared)}`);
    }
    if (!opening.includes(`{claims.${claim}}`)) return [];
    return problem(`the claim ${claim} is used by opens, so it cannot be sealed`);
  });
}
