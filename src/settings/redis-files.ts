import { dirname, resolve } from 'node:path';
import { redisFileProblems, redisPathsFrom } from '../redis/target-files.ts';
import { SettingsError } from './error.ts';
import type { Settings } from './parse.ts';

/** The files that `ledger.redis` names, from the folder of the configuration file. Throws a SettingsError for one that cannot be used. */
export function withRedisFiles(settings: Settings, source: string): Settings {
  const { redis } = settings.ledger;
  if (!redis) return settings;
  const target = redisPathsFrom(redis, (path) => resolve(dirname(source), path));
  const problems = redisFileProblems(target);
  if (problems.length > 0) throw new SettingsError(source, problems);
  return { ...settings, ledger: { ...settings.ledger, redis: target } };
}
