import { link, mkdtemp, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { codeOf, readSecret, SecretFileError, thisUser } from './secret-file.ts';

/** What a file holds, and whether this process has just made it. */
export interface OnceCreated {
  readonly text: string;
  readonly isNew: boolean;
}

/**
 * The text of a secret file, made by `make` if there is none. Any number of processes may start at
 * once: each writes a file of its own (mode 0600, flushed) and links it to the name, which only one
 * can do; the others read the winner's. The name never shows half a file. Throws a SecretFileError for a file that others
 * may read or write, and for one that cannot be read or made.
 */
export async function readOrCreateOnce(path: string, make: () => Promise<string>): Promise<OnceCreated> {
  const existing = await readSecret(path);
  if (existing !== undefined) return { text: existing, isNew: false };
  const made = await make();
  let isNew: boolean;
  try {
    isNew = await writeOnce(path, made);
  } catch (error) {
    throw new SecretFileError(path, `is not there, and ${whyNotMade(path, error)}`, { cause: error });
  }
  const text = await readSecret(path);
  if (text === undefined) throw new SecretFileError(path, 'is a symbolic link to a file that is not there');
  return { text, isNew };
}

/** Whether it was this call that made the file. */
async function writeOnce(path: string, text: string): Promise<boolean> {
  await makeFolder(dirname(path), 0o700);
  const folder = await mkdtemp(`${path}.`);
  const draft = join(folder, 'draft');
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function whyNotMade(path: string, error: unknown): string {
  const folder = dirname(path);
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return `${thisUser()} may not make it in ${folder}. Let that user write there, or put the file there`;
    case 'EROFS':
      return `${folder} is read-only. Put the file there, or name one in a folder that can be written`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `there is no space left for it in ${folder}`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${folder} is a file, not a folder`;
    default:
      return `it cannot be made in ${folder} (${codeOf(error) ?? 'for an unknown reason'})`;
  }
}
