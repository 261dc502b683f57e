import type { Algorithm } from '../token/key.ts';
import { readOrCreateOnce } from './create-once.ts';
import { generateKey } from './generate-key.ts';
import { type PublishedKeyRing, parseKeyRing } from './key-ring.ts';
import { UnfitKeyError } from './parse-key.ts';

/** The ring in the file, which is made with one new key if it is not there. Throws UnfitKeyError naming the file. */
export async function loadKeyFile(
  path: string,
  algorithm: Algorithm,
  nowMs: number,
): Promise<PublishedKeyRing> {
  const text = await readOrCreateOnce(path, async () => {
    const keys = [await generateKey(algorithm, nowMs)];
    return `${JSON.stringify({ keys }, null, 2)}\n`;
  });
  try {
    return await parseKeyRing(text, algorithm);
  } catch (error) {
    if (!(error instanceof UnfitKeyError)) throw error;
    throw new UnfitKeyError(`${path}: ${error.message}`, { cause: error.cause });
  }
}
