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
import { type Environment, readVariables } from './environment.ts';
import { SettingsError } from './error.ts';
import { issuerOf } from './issuer.ts';
import { type PathBase, withAbsolutePaths } from './paths.ts';
import { type DeclaredPurposes, parsePurposes } from './purposes.ts';
import { fileSchema, type SettingsFile } from './schema.ts';
import { soundRest } from './sound-rest.ts';
import { refusal, withListenOverrides } from './sources.ts';
import { asStorePolicies } from './stores-schema.ts';
import { writtenSecrets } from './written-secrets.ts';
import { readYaml } from './yaml-text.ts';

export { SettingsError };

/** Everything that a deployment decides. Frozen; nothing else reads the environment. */
export interface Settings
  extends Pick<
      SettingsFile,
      'listen' | 'workers' | 'ledger' | 'keys' | 'events' | 'metrics' | 'openapi' | 'console'
    >,
    DeclaredPurposes {
  /** What was read, as errors name it. */
  readonly source: string;
  /** The settings whose secrets are in the file itself, in no variable. */
  readonly writtenSecrets: readonly string[];
  readonly issuer: string;
  readonly clockToleranceSeconds: number;
  readonly callers: readonly Caller[];
  readonly quotas: Quotas;
  readonly pages: Branding;
  /** Where the logo of the pages is, while it has not been read. */
  readonly logoFile?: string;
  readonly stores: StorePolicies;
}

/** Paths that count from the working folder. */
const UNMOVED: PathBase = { folder: '.', workingFolder: '.', isThere: () => false };

/**
 * The settings in a YAML text and the environment, with absolute paths. `source` names the text in errors. Throws a
 * SettingsError that lists every problem, each with where its value comes from.
 */
export function parseSettings(
  text: string,
  environment: Environment,
  source: string,
  base: PathBase = UNMOVED,
): Settings {
  const written = readYaml(text, source);
  const read = readVariables(written.tree, environment);
  const located = withAbsolutePaths(read.tree, base);
  const refuse = (problems: readonly InputProblem[]) =>
    refusal(source, withoutEchoes(problems).map(written.explain), read, environment);
  const tree = withListenOverrides(located.tree, environment);
  const parsed = parseBy(fileSchema, tree);
  if (!parsed.ok) {
    throw refuse([...parsed.problems, ...located.problems, ...problemsOfTheRest(tree, parsed.problems)]);
  }
  const file = parsed.value;
  const { declared, branding, stores, misfits } = fitTogether(file);
  const problems = [...located.problems, ...read.problems, ...misfits];
  if (!declared.ok || !branding.ok || problems.length > 0) throw refuse(problems);
  const { listen, workers, ledger, keys, events, metrics, clockTolerance: clockToleranceSeconds } = file;
  return Object.freeze({
    source,
    writtenSecrets: writtenSecrets(written.tree),
    issuer: issuerOf(file.issuer, listen),
    listen,
    workers,
    ledger,
    keys,
    events,
    metrics,
    openapi: file.openapi,
    console: file.console,
    clockToleranceSeconds,
    callers: asCallers(file.callers),
    quotas: file.limits,
    ...declared.value,
    pages: branding.value,
    ...logoFileOf(file),
    stores,
  });
}

/** What a file means whose parts are each as the schema has them, and how they do not fit together. */
function fitTogether(file: SettingsFile) {
  const stores = asStorePolicies(file.stores);
  const declared = parsePurposes(file.purposes, CLAIMS_BY_SCHEMA, stores);
  const branding = parseBranding(file);
  const misfits = [
    ...(declared.ok ? [] : declared.problems),
    ...callerProblems(file),
    ...(branding.ok ? [] : branding.problems),
    ...ledgerProblems(file),
    ...keyProblems(file),
  ];
  return { declared, branding, stores, misfits };
}

/** How the parts that the schema takes do not fit together. */
function problemsOfTheRest(tree: unknown, refused: readonly InputProblem[]): readonly InputProblem[] {
  const rest = soundRest(tree, refused, Object.keys(fileSchema.shape));
  const parsed = rest && parseBy(fileSchema, rest.tree);
  return parsed?.ok ? fitTogether(parsed.value).misfits.filter((each) => !rest?.mayBeAnEcho(each)) : [];
}

/** A required setting under a wrong name is one mistake: its name. */
function withoutEchoes(problems: readonly InputProblem[]): readonly InputProblem[] {
  return problems.filter(({ path, message }) => {
    const begin = path.lastIndexOf('.') + 1;
    const [parent, name] = [path.slice(0, begin), path.slice(begin)];
    const isHere = (other: InputProblem) => other.path.slice(0, other.path.lastIndexOf('.') + 1) === parent;
    const isMeant = (other: InputProblem) =>
      isHere(other) && /\(did you mean ([\w.<>-]+)/.exec(other.message)?.[1] === name;
    return message !== 'is required' || !problems.some(isMeant);
  });
}

const CLAIMS_BY_SCHEMA = { parserOf: compileClaimsSchema, schemaOf: (schema: ClaimsSchema) => schema };

/** What the ledger is, and what the file says that it is meant to be. */
function ledgerProblems({ ledger: { redis, memory } }: SettingsFile): readonly InputProblem[] {
  if (memory === true && redis)
    return [{ path: 'ledger.memory', message: 'must not be true with ledger.redis: remove one of them' }];
  if (memory === false && !redis)
    return [{ path: 'ledger.redis', message: 'is required with memory: false' }];
  return [];
}

/** Whoever can read the Redis of a ledger cannot redeem by that; with the keys in the clear they could mint. */
function keyProblems({ keys, ledger }: SettingsFile): readonly InputProblem[] {
  if (keys.in === 'file') return [];
  const problems = [
    { path: 'keys.in', isSo: !ledger.redis, message: IN_NO_REDIS },
    { path: 'keys.wrap', isSo: !keys.wrap, message: IN_THE_CLEAR },
  ];
  return problems.flatMap(({ path, isSo, message }) => (isSo ? [{ path, message }] : []));
}

const IN_NO_REDIS = 'is redis, and there is no ledger.redis: set that, or keep the keys in a file';
const IN_THE_CLEAR = 'is required with in: redis, so that Redis never has the keys in the clear';
