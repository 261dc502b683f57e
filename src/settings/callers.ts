import type { Caller } from '../callers/caller.ts';
import type { PurposeScope } from '../callers/scope.ts';
import type { InputProblem } from '../errors.ts';
import { didYouMean } from '../input-problems.ts';
import type { SettingsFile } from './schema.ts';

type CallerSettings = SettingsFile['callers'][string];

/** The callers of a file in which `callerProblems` found nothing. */
export function asCallers(callers: SettingsFile['callers']): readonly Caller[] {
  return Object.entries(callers).map(([name, settings]) => asCaller(name, settings));
}

function asCaller(name: string, settings: CallerSettings): Caller {
  const { keySha256, mint, redeem, s3, inspect, revoke, audience, expires, disabled, operator, limit } =
    settings;
  return {
    name,
    keySha256,
    mint: new Set(mint),
    redeem: new Set(redeem),
    inspect: asScope(inspect),
    revoke: asScope(revoke),
    s3: new Set(s3),
    ...(audience === undefined ? {} : { audiences: new Set(listed(audience)) }),
    ...(expires === undefined ? {} : { expiresAtMs: expires }),
    ...(disabled ? { isDisabled: true } : {}),
    ...(operator === undefined ? {} : { operator }),
    ...(limit ? { limit } : {}),
  };
}

function asScope(scope: CallerSettings['inspect']): PurposeScope {
  return typeof scope === 'boolean' ? scope : new Set(scope);
}

/** Rights to what is not configured, and keys that two callers have. */
export function callerProblems({ callers, purposes, stores }: SettingsFile): readonly InputProblem[] {
  const purposeNames = Object.keys(purposes);
  const audiences = [...new Set(Object.values(purposes).flatMap(({ audience }) => listed(audience)))];
  return [
    ...Object.entries(callers).flatMap(([caller, { mint, redeem, inspect, revoke, s3, audience }]) => {
      const check = (setting: string, named: readonly string[], known: readonly string[], problem: string) =>
        named
          .filter((each) => !known.includes(each))
          .map((each) => ({
            path: `callers.${caller}.${setting}`,
            message: `${problem} ${each}${didYouMean(each, known)}`,
          }));
      return [
        ...check('mint', mint, purposeNames, NO_PURPOSE),
        ...check('redeem', redeem, purposeNames, NO_PURPOSE),
        ...check('inspect', typeof inspect === 'boolean' ? [] : inspect, purposeNames, NO_PURPOSE),
        ...check('revoke', typeof revoke === 'boolean' ? [] : revoke, purposeNames, NO_PURPOSE),
        ...check('audience', audience === undefined ? [] : listed(audience), audiences, NO_AUDIENCE),
        ...check('s3', s3, Object.keys(stores), 'no store is named'),
      ];
    }),
    ...sharedKeyProblems(callers),
  ];
}

const NO_PURPOSE = 'no purpose is named';
const NO_AUDIENCE = 'no purpose has the audience';

function sharedKeyProblems(callers: SettingsFile['callers']): readonly InputProblem[] {
  const owners = new Map<string, string>();
  const problems: InputProblem[] = [];
  for (const [name, { keySha256 }] of Object.entries(callers)) {
    for (const digest of keySha256) {
      const owner = owners.get(digest);
      const where = owner === name ? 'twice' : `for ${owner}`;
      if (owner)
        problems.push({ path: `callers.${name}.keySha256`, message: `the same key is listed ${where}` });
      owners.set(digest, name);
    }
  }
  return problems;
}

function listed(audience: string | readonly string[]): readonly string[] {
  return typeof audience === 'string' ? [audience] : audience;
}
