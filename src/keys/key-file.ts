import type { Algorithm } from '../token/key.ts';
import { readOrCreateOnce } from './create-once.ts';
import { generateKey } from './generate-key.ts';
import { type PublishedKeyRing, parseKeyRing } from './key-ring.ts';
import { UnfitKeyError } from './parse-key.ts';

/** The ring of a file. */
export interface LoadedKeyRing extends PublishedKeyRing {
  /** Whether the file has just been made. */
  readonly isNew: boolean;
}

/**
 * The ring in the file, which is made with one new key if it is not there. Throws an UnfitKeyError or a SecretFileError
 * that names the file.
 */
export async function loadKeyFile(path: string, algorithm: Algorithm, nowMs: number): Promise<LoadedKeyRing> {
  const { text, isNew } = await readOrCreateOnce(path, async () => {
    const keys = [await generateKey(algorithm, nowMs)];
    return `${JSON.stringify({ keys }, null, 2)}\n`;
  });
  try {
    return { ...(await parseKeyRing(text, algorithm)), isNew };
  } catch (error) {
    if (!(error instanceof UnfitKeyError)) throw error;
    throw new UnfitKeyError(`${path}: ${error.message}`, { cause: error.cause });
  }
}
