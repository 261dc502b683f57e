import { link, mkdir, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * The text of a secret file, made by `make` if there is none. Any number of processes may start at
 * once: each writes a file of its own (mode 0600, flushed) and links it to the name, which only one
 * can do; the others read the winner's. The name never shows half a file. Throws a SharedSecretError for a file that
 * others may read or write.
 */
export async function readOrCreateOnce(path: string, make: () => Promise<string>): Promise<string> {
  const existing = await readIfThere(path);
  if (existing !== undefined) return existing;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(`${path}.`);
  const draft = join(folder, 'draft');
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(await make());
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path).catch((error: unknown) => {
      if (!isError(error, 'EEXIST')) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return readFile(path, 'utf8');
}

const OTHERS = 0o077;

/** A file that others may read or write. Its message says how to mend that. */
export class SharedSecretError extends Error {
  override readonly name = 'SharedSecretError';

  constructor(path: string) {
    super(`${path} may be read or written by others than its owner. Run: chmod 600 ${path}`);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    const file = await stat(path);
    if (process.platform !== 'win32' && file.isFile() && (file.mode & OTHERS) !== 0)
      throw new SharedSecretError(path);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
