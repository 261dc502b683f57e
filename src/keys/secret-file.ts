import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A file of secrets that cannot be used. The message names it, and says how to mend that. */
export class SecretFileError extends Error {
  override readonly name = 'SecretFileError';

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path} ${problem}`, options);
  }
}

const MAX_BYTES = 1_048_576;

/**
 * The text of a secret file; undefined if there is none. The file that is looked at is the one that is read, whatever is
 * put in its place meanwhile. Throws a SecretFileError.
 */
export async function readSecret(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    // Without waiting: a pipe would be waited for until somebody writes into it.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new SecretFileError(path, whyUnread(error), { cause: error });
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) {
      throw new SecretFileError(
        path,
        `is ${stat.isDirectory() ? 'a folder' : 'a device or pipe'}, not a file`,
      );
    }
    requireUnshared(path, stat);
    if (stat.size > MAX_BYTES)
      throw new SecretFileError(path, 'is larger than 1 MiB, so it holds something else');
    // As much as it says that it has: what the system makes up on reading, as in /proc, says 0 and may never end.
    const { bytesRead, buffer } = await file.read(Buffer.alloc(stat.size), 0, stat.size, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    throw error instanceof SecretFileError
      ? error
      : new SecretFileError(path, whyUnread(error), { cause: error });
  } finally {
    await file.close();
  }
}

const OTHERS = 0o077;
/** A file of somebody else was put there for this process, as an orchestrator does: its group is how it is given. */
const BEYOND_ITS_READING_GROUP = 0o037;

function requireUnshared(path: string, { mode, uid }: { readonly mode: number; readonly uid: number }): void {
  const self = process.geteuid?.();
  // Windows has no such modes.
  if (self === undefined) return;
  if (uid === self) {
    if ((mode & OTHERS) === 0) return;
    const mend = `Run: chmod 600 ${shellWord(path)}`;
    throw new SecretFileError(path, `may be read or written by others than its owner. ${mend}`);
  }
  if ((mode & BEYOND_ITS_READING_GROUP) === 0) return;
  const who = 'may be read by everybody, or written by others than its owner';
  throw new SecretFileError(
    path,
    `${who}. Mount it with mode 0440 or 0400, or run: chmod 440 ${shellWord(path)}`,
  );
}

function whyUnread(error: unknown): string {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return `may not be read by ${thisUser().replace(/,$/, '')}. Give it to that user: chown, or chmod for a group of theirs`;
    case 'ENOTDIR':
      return 'cannot be there: a part of that path is a file, not a folder';
    case 'ELOOP':
      return 'is a symbolic link that leads back to itself';
    default:
      return `cannot be read (${codeOf(error) ?? 'for an unknown reason'})`;
  }
}

/** Who runs this process, as `chown` takes it. */
export function thisUser(): string {
  const uid = process.geteuid?.();
  return uid === undefined ? 'the user that runs this' : `user ${uid}, who runs this,`;
}

function shellWord(text: string): string {
  return /^[\w./+:@%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The system's word for what went wrong, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
