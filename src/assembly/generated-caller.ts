import { base64url } from 'jose';
import { CALLER_KEY, type Caller, callerKeyDigest } from '../callers/caller.ts';
import { readOrCreateOnce } from '../keys/create-once.ts';
import { UnfitKeyError } from '../keys/parse-key.ts';
import type { Settings } from '../settings/parse.ts';

const NAME = 'dev';
const SECRET_BYTES = 32;

/**
 * The caller of a deployment that names none: it may do everything. Its key is made on first start
 * into a file of its own (mode 0600), so that it stays the same for everyone who shares the folder.
 */
export async function generatedCaller(
  path: string,
  { purposes, stores }: Pick<Settings, 'purposes' | 'stores'>,
  randomBytes: (size: number) => Uint8Array,
): Promise<Caller> {
  const make = async () => `ms_${NAME}_${base64url.encode(randomBytes(SECRET_BYTES))}\n`;
  const key = (await readOrCreateOnce(path, make)).trim();
  if (!CALLER_KEY.test(key)) throw new UnfitKeyError(`${path}: this file does not hold a caller key`);
  const all = new Set(purposes.keys());
  return {
    name: NAME,
    keySha256: [callerKeyDigest(key)],
    mint: all,
    redeem: all,
    inspect: true,
    revoke: true,
    s3: new Set(stores.keys()),
  };
}
