import { constants, type Stats } from 'node:fs';
import { access, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readOrCreateOnce } from './create-once.ts';
import { FixedRingError, type RingStore } from './ring-store.ts';
import { codeOf, readSecret, SecretFileError, thisUser } from './secret-file.ts';

/** Whoever has a lock for longer has died with it. */
const LOCK_MS = 30_000;

/**
 * A ring in a file, for any number of processes. It is made once, and replaced whole: one process at a time, by the lock
 * file beside it. Throws a SecretFileError.
 */
export function ringFile(path: string, nowMs: () => number): RingStore {
  return {
    name: path,
    read: () => readSecret(path),
    requireWritable: async () => {
      try {
        const file = await realpath(path);
        await openToWrite(file);
        await access(dirname(file), constants.W_OK | constants.X_OK);
      } catch (error) {
        // What is gone at this moment is put back.
        if (codeOf(error) !== 'ENOENT') throw notReplaced(path, error);
      }
    },
    replace: async (former, text) => {
      if (former === undefined) {
        const made = await readOrCreateOnce(path, async () => text);
        return made.isNew;
      }
      try {
        return await replaceLocked(await realpath(path), former, text, nowMs());
      } catch (error) {
        if (error instanceof SecretFileError) throw error;
        throw notReplaced(path, error);
      }
    },
  };
}

async function replaceLocked(path: string, former: string, text: string, nowMs: number): Promise<boolean> {
  await openToWrite(path);
  const lock = `${path}.lock`;
  const own = await take(lock, nowMs);
  if (own === undefined) return false;
  const draft = `${path}.draft`;
  try {
    if ((await readSecret(path)) !== former) return false;
    await rm(draft, { force: true });
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // Whoever was held up for too long has lost the lock, and with it the draft.
    if ((await identityOf(lock)) !== own) return false;
    await rename(draft, path);
    return true;
  } finally {
    if ((await identityOf(lock)) === own) {
      await rm(draft, { force: true });
      await rm(lock, { force: true });
    }
  }
}

/** What may not be written must not be renamed over either: somebody keeps it as it is. */
async function openToWrite(path: string): Promise<void> {
  await (await open(path, constants.O_WRONLY)).close();
}

/** Takes the lock. Resolves to what tells it from every other; undefined if somebody else has it. */
async function take(lock: string, nowMs: number): Promise<string | undefined> {
  try {
    const file = await open(lock, 'wx', 0o600);
    try {
      return identity(await file.stat());
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const since = await stat(lock).catch(() => undefined);
    if (since && nowMs - since.mtimeMs > LOCK_MS) await rm(lock, { force: true });
    return undefined;
  }
}

async function identityOf(lock: string): Promise<string | undefined> {
  const found = await stat(lock).catch(() => undefined);
  return found && identity(found);
}

/** The same number is given again soon after a file is gone, so the time counts too. */
function identity({ ino, birthtimeMs, mtimeMs }: Stats): string {
  return `${ino} ${birthtimeMs} ${mtimeMs}`;
}

/** EBUSY: it is mounted by itself, as a container does with one file. */
const FIXED: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS', 'EBUSY']);

function notReplaced(path: string, error: unknown): Error {
  const code = codeOf(error);
  if (!FIXED.has(code))
    return new SecretFileError(path, `cannot be replaced (${code ?? 'for an unknown reason'})`, {
      cause: error,
    });
  const mend = `Let ${thisUser()} write it and its folder, keep the keys in Redis, or set keys.rotateEvery to never`;
  return new FixedRingError(`${path} cannot be replaced (${code}), so its keys are not rotated. ${mend}`);
}
