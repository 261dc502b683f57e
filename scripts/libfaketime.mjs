import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join('faketime', 'libfaketime.so.1');

/** The library that sets a process's clock: LIBFAKETIME, or where distributions put it; undefined when it is not there. */
export function findLibfaketime() {
  const { LIBFAKETIME } = process.env;
  if (LIBFAKETIME) return existsSync(LIBFAKETIME) ? LIBFAKETIME : undefined;
  const folders = ['/usr/lib64', '/usr/local/lib', '/usr/lib', ...subfolders('/usr/lib')];
  return folders.map((folder) => join(folder, FILE)).find((path) => existsSync(path));
}

function subfolders(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}
