import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './secret-file.ts';

/** Like a recursive mkdir, which never ends where a system says of a folder that its parent is missing, as /proc does. */
export async function makeFolder(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder), mode);
    await mkdir(folder, { mode }).catch((again: unknown) => {
      if (codeOf(again) !== 'EEXIST') throw again;
    });
  }
}
