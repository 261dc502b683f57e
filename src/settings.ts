import { parseDocument } from 'yaml';
import type { InputProblem } from './errors.ts';
import type { Caller } from './http/caller.ts';
import { didYouMean, inputProblems, namesIn } from './input-problems.ts';
import type { PageLook } from './links/look.ts';
import type { OpensPolicy } from './s3/opens-policy.ts';
import type { StorePolicies } from './s3/store-policy.ts';
import { compileClaimsSchema } from './settings/claims-schema.ts';
import { type Environment, substituteEnvironment } from './settings/environment.ts';
import { settingsNotInEffect } from './settings/not-in-effect.ts';
import { asOpensPolicies } from './settings/opens-schema.ts';
import { asLinkPolicy, asPageLook, logoFileOf } from './settings/page-look.ts';
import { fileSchema, type SettingsFile } from './settings/schema.ts';
import { asStorePolicies } from './settings/stores-schema.ts';
import type { Purpose, Purposes } from './token/purpose.ts';

/** Everything that a deployment decides. Frozen; nothing else reads the environment. */
export interface Settings extends Pick<SettingsFile, 'issuer' | 'listen' | 'ledger' | 'keys'> {
  readonly clockToleranceSeconds: number;
  readonly callers: readonly Caller[];
  readonly purposes: Purposes;
  readonly pages: PageLook;
  /** Where the logo of the pages is, while it has not been read. */
  readonly logoFile?: string;
  readonly stores: StorePolicies;
  /** By purpose. */
  readonly opens: ReadonlyMap<string, OpensPolicy>;
  /** What the file sets and this version does not act on, for the start to say. */
  readonly notInEffect: readonly InputProblem[];
}

/** Every problem of a configuration at once, by path. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly InputProblem[];

  constructor(source: string, problems: readonly InputProblem[]) {
    const lines = problems.map(({ path, message }) => `  ${path ? `${path}: ` : ''}${message}`);
    super(
      `${source} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${lines.join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * The settings in a YAML text and the environment. `source` names the text in errors. Throws a
 * SettingsError that lists every problem.
 */
export function parseSettings(text: string, environment: Environment, source: string): Settings {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    throw new SettingsError(
      source,
      document.errors.map(({ message }) => ({ path: '', message })),
    );
  }
  const tree = substituteEnvironment(plainTree(document, source), environment);
  const parsed = fileSchema.safeParse(withListenOverrides(tree, environment));
  if (parsed.error) throw new SettingsError(source, inputProblems(parsed.error, namesIn(fileSchema)));
  const file = parsed.data;
  const problems: InputProblem[] = [];
  const purposes = new Map(
    Object.entries(file.purposes).map(([name, policy]) => [name, asPurpose(name, policy, problems)]),
  );
  const stores = asStorePolicies(file.stores);
  const callers = Object.entries(file.callers).map(([name, rights]) =>
    asCaller(name, rights, { purposes, stores }, problems),
  );
  const opens = asOpensPolicies(file.purposes, stores, problems);
  requireDistinctKeys(callers, problems);
  const pages = asPageLook(file, problems);
  if (problems.length > 0) throw new SettingsError(source, problems);
  const { issuer, listen, ledger, keys, clockTolerance: clockToleranceSeconds } = file;
  const notInEffect = settingsNotInEffect(file);
  return Object.freeze({
    issuer,
    listen,
    ledger,
    keys,
    clockToleranceSeconds,
    callers,
    purposes,
    pages,
    ...logoFileOf(file),
    stores,
    opens,
    notInEffect,
  });
}

/** Aliases are resolved only here, and may be wrong. */
function plainTree(document: ReturnType<typeof parseDocument>, source: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be read';
    throw new SettingsError(source, [{ path: '', message }]);
  }
}

/** HOST and PORT win over the file, as hosting platforms expect. */
function withListenOverrides(tree: unknown, { HOST, PORT }: Environment): unknown {
  if (typeof tree !== 'object' || tree === null || (!HOST && !PORT)) return tree;
  const listen = 'listen' in tree ? tree.listen : {};
  if (typeof listen !== 'object' || listen === null || Array.isArray(listen) || Array.isArray(tree))
    return tree;
  return { ...tree, listen: { ...listen, ...(HOST ? { host: HOST } : {}), ...(PORT ? { port: PORT } : {}) } };
}

function asPurpose(
  name: string,
  policy: SettingsFile['purposes'][string],
  problems: InputProblem[],
): Purpose {
  const audiences = typeof policy.audience === 'string' ? [policy.audience] : policy.audience;
  const purpose: Purpose = {
    name,
    audiences,
    lifetimeSeconds: policy.lifetime,
    uses: policy.uses,
    ...(policy.live === undefined ? {} : { live: policy.live }),
    ...(policy.link ? { link: asLinkPolicy(policy.link) } : {}),
    ...(policy.bind ? { bind: policy.bind } : {}),
    ...(policy.sealed ? { sealed: new Set(policy.sealed) } : {}),
  };
  problems.push(...sealedProblems(name, policy));
  if (!policy.claims) return purpose;
  try {
    return { ...purpose, checkClaims: compileClaimsSchema(policy.claims) };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'is not a JSON Schema';
    problems.push({ path: `purposes.${name}.claims`, message });
    return purpose;
  }
}

/** Only declared claims can be sealed, and what opens something must be known before the token is redeemed. */
function sealedProblems(name: string, { claims, sealed = [], opens }: SettingsFile['purposes'][string]) {
  const declared = Object.keys(claims?.properties ?? {});
  const opening = JSON.stringify(opens ?? {});
  return sealed.flatMap((claim) => {
    const path = `purposes.${name}.sealed`;
    if (!declared.includes(claim)) {
      return [{ path, message: `no claim is named ${claim}${didYouMean(claim, declared)}` }];
    }
    if (!opening.includes(`{claims.${claim}}`)) return [];
    return [{ path, message: `the claim ${claim} is used by opens, so it cannot be sealed` }];
  });
}

function asCaller(
  name: string,
  rights: SettingsFile['callers'][string],
  { purposes, stores }: Pick<Settings, 'purposes' | 'stores'>,
  problems: InputProblem[],
): Caller {
  const requireKnown = (
    right: 'mint' | 'redeem' | 's3',
    what: string,
    known: ReadonlyMap<string, unknown>,
  ) => {
    for (const named of rights[right]) {
      if (known.has(named)) continue;
      const message = `no ${what} is named ${named}${didYouMean(named, [...known.keys()])}`;
      problems.push({ path: `callers.${name}.${right}`, message });
    }
  };
  requireKnown('mint', 'purpose', purposes);
  requireKnown('redeem', 'purpose', purposes);
  requireKnown('s3', 'store', stores);
  const { keySha256, inspect, revoke } = rights;
  const [mint, redeem, s3] = [new Set(rights.mint), new Set(rights.redeem), new Set(rights.s3)];
  return { name, keySha256, mint, redeem, inspect, revoke, s3 };
}

function requireDistinctKeys(callers: readonly Caller[], problems: InputProblem[]): void {
  const owners = new Map<string, string>();
  for (const { name, keySha256 } of callers) {
    for (const digest of keySha256) {
      const owner = owners.get(digest);
      if (owner)
        problems.push({ path: `callers.${name}.keySha256`, message: `the same key is listed for ${owner}` });
      owners.set(digest, name);
    }
  }
}
