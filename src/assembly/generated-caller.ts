import { dirname, resolve } from 'node:path';
import { base64url } from 'jose';
import { type Caller, callerKeyDigest, callerWithEveryRight } from '../callers/caller.ts';
import { CALLER_KEY } from '../contract/limits.ts';
import { readOrCreateOnce } from '../keys/create-once.ts';
import { UnfitKeyError } from '../keys/parse-key.ts';
import type { Settings } from '../settings/parse.ts';
import { namingSetting } from './open-keys.ts';

type CallerSettings = Pick<Settings, 'callers' | 'keys'>;

const NAME = 'dev';
const SECRET_BYTES = 32;

/** Where the key is of the caller that is generated if none is configured; undefined if some are. */
export function callerKeyFile({ callers, keys }: CallerSettings): string | undefined {
  return callers.length > 0 ? undefined : resolve(dirname(keys.file), 'caller-key');
}

/** The callers of the settings, or a generated one. */
export async function callersOf(
  settings: CallerSettings & Pick<Settings, 'source'>,
  randomBytes: (size: number) => Uint8Array,
): Promise<readonly Caller[]> {
  const path = callerKeyFile(settings);
  if (path === undefined) return settings.callers;
  return [await namingSetting('callers', settings.source, () => generatedCaller(path, randomBytes))];
}

/**
 * The caller of a deployment that names none: it may do everything. Its key is made on first start
 * into a file of its own (mode 0600), so that it stays the same for everyone who shares the folder.
 */
async function generatedCaller(path: string, randomBytes: (size: number) => Uint8Array): Promise<Caller> {
  const make = async () => `ms_${NAME}_${base64url.encode(randomBytes(SECRET_BYTES))}\n`;
  const key = (await readOrCreateOnce(path, make)).text.trim();
  if (!CALLER_KEY.test(key))
    throw new UnfitKeyError(`${path} does not hold a caller key: move it away, and one is made`);
  return callerWithEveryRight(NAME, [callerKeyDigest(key)]);
}
