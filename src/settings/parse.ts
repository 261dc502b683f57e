import { parseDocument } from 'yaml';
import type { Quotas } from '../burn/deployment.ts';
import type { Caller } from '../callers/caller.ts';
import type { InputProblem } from '../errors.ts';
import { parseBy } from '../input-problems.ts';
import type { Branding } from '../pages/branding.ts';
import type { StorePolicies } from '../s3/store-policy.ts';
import { logoFileOf, parseBranding } from './branding.ts';
import { asCallers, callerProblems } from './callers.ts';
import { compileClaimsSchema } from './claims-schema.ts';
import type { ClaimsSchema } from './declared-claims.ts';
import { type Environment, substituteEnvironment, unsetVariables } from './environment.ts';
import { SettingsError } from './error.ts';
import { settingsNotInEffect } from './not-in-effect.ts';
import { type DeclaredPurposes, parsePurposes } from './purposes.ts';
import { fileSchema, type SettingsFile } from './schema.ts';
import { asStorePolicies } from './stores-schema.ts';

export { SettingsError };

/** Everything that a deployment decides. Frozen; nothing else reads the environment. */
export interface Settings
  extends Pick<SettingsFile, 'issuer' | 'listen' | 'workers' | 'ledger' | 'keys'>,
    DeclaredPurposes {
  /** What was read, as errors name it. */
  readonly source: string;
  readonly clockToleranceSeconds: number;
  readonly callers: readonly Caller[];
  readonly quotas: Quotas;
  readonly pages: Branding;
  /** Where the logo of the pages is, while it has not been read. */
  readonly logoFile?: string;
  readonly stores: StorePolicies;
  /** What the file sets and this version does not act on, for the start to say. */
  readonly notInEffect: readonly InputProblem[];
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
      // Only the first line: the others quote the file, which may hold a password.
      document.errors.map(({ message }) => ({ path: '', message: message.replace(/:?\n[\s\S]*$/, '') })),
    );
  }
  const written = plainTree(document, source);
  const refuse = (problems: readonly InputProblem[]) =>
    new SettingsError(source, namingVariables(problems, unsetVariables(written, environment)));
  const tree = substituteEnvironment(written, environment);
  const parsed = parseBy(fileSchema, withListenOverrides(tree, environment));
  if (!parsed.ok) throw refuse(parsed.problems);
  const file = parsed.value;
  const stores = asStorePolicies(file.stores);
  const declared = parsePurposes(file.purposes, CLAIMS_BY_SCHEMA, stores);
  const branding = parseBranding(file);
  const problems = [
    ...(declared.ok ? [] : declared.problems),
    ...callerProblems(file),
    ...(branding.ok ? [] : branding.problems),
  ];
  if (!declared.ok || !branding.ok || problems.length > 0) throw refuse(problems);
  const { issuer, listen, workers, ledger, keys, clockTolerance: clockToleranceSeconds } = file;
  const notInEffect = settingsNotInEffect(file);
  return Object.freeze({
    source,
    issuer,
    listen,
    workers,
    ledger,
    keys,
    clockToleranceSeconds,
    callers: asCallers(file.callers),
    quotas: file.limits,
    ...declared.value,
    pages: branding.value,
    ...logoFileOf(file),
    stores,
    notInEffect,
  });
}

const CLAIMS_BY_SCHEMA = { parserOf: compileClaimsSchema, schemaOf: (schema: ClaimsSchema) => schema };

/** A setting may be wrong only because a variable that it names is not set. */
function namingVariables(
  problems: readonly InputProblem[],
  unset: ReadonlyMap<string, readonly string[]>,
): readonly InputProblem[] {
  return problems.map((problem) => {
    const names = unset.get(problem.path);
    return names ? { ...problem, message: `${problem.message} (not set: ${names.join(', ')})` } : problem;
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
