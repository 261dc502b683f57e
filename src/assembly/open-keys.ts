import { type LoadedKeyRing, loadKeyFile } from '../keys/key-file.ts';
import { UnfitKeyError } from '../keys/parse-key.ts';
import { SecretFileError } from '../keys/secret-file.ts';
import { SettingsError } from '../settings/error.ts';
import type { Settings } from '../settings/parse.ts';

/** The keys of the settings. Throws a SettingsError that names the setting for a file that cannot be used. */
export function openKeyFile(
  { keys, source }: Pick<Settings, 'keys' | 'source'>,
  nowMs: number,
): Promise<LoadedKeyRing> {
  return namingSetting('keys.file', source, () => loadKeyFile(keys.file, keys.algorithm, nowMs));
}

/** What a setting's file gives. Throws a SettingsError that names both for a file that cannot be used. */
export async function namingSetting<T>(setting: string, source: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnfitKeyError || error instanceof SecretFileError)) throw error;
    throw new SettingsError(source, [{ path: setting, message: error.message }]);
  }
}
