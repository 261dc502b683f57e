import { resolve } from 'node:path';
import { redisFileProblems, redisPathsFrom } from '../redis/target-files.ts';
import { SettingsError } from './error.ts';
import type { Settings } from './parse.ts';

/** The files that `ledger.redis` names, counted from this folder. Throws a SettingsError for one that cannot be used. */
export function withRedisFiles(settings: Settings, folder: string): Settings {
  const { redis } = settings.ledger;
  if (!redis) return settings;
  const target = redisPathsFrom(redis, (path) => resolve(folder, path));
  const problems = redisFileProblems(target);
  if (problems.length > 0) throw new SettingsError(settings.source, problems);
  return { ...settings, ledger: { ...settings.ledger, redis: target } };
}
