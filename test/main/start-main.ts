import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '../support/child.ts';
import { programFile } from '../support/program.ts';

/** The service process in a folder, whatever becomes of it. Nothing of this environment's settings reaches it. */
export function startMain(folder: string, env: NodeJS.ProcessEnv = {}): Child {
  const { REDIS_URL: _redis, HOST: _host, MATCHSTICK_CONFIG: _config, ...rest } = process.env;
  return startChild(process.execPath, [programFile('main')], {
    cwd: folder,
    env: { ...rest, PORT: '0', ...env },
  });
}

/** A new folder with nothing in it, removed by `onClose`. */
export async function emptyFolder(
  onClose: (close: () => unknown) => void,
  name = 'matchstick-start-',
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), name));
  onClose(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The URL that the process says it listens on. */
export async function urlOf(child: Child): Promise<string> {
  const [, url = ''] = await child.printed(/listens on (http:\/\/\S+)/);
  return url;
}

/** Ends a process that still runs. */
export async function end(child: Child): Promise<void> {
  child.kill('SIGKILL');
  await child.exited();
}
