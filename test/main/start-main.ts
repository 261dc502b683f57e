import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from '../support/child.ts';
import { programFile } from '../support/program.ts';

const SHIPPED = new URL('../../config/matchstick.yaml', import.meta.url);

/**
 * The service process in a folder, whatever becomes of it. Nothing of this environment's settings reaches it. A folder
 * without a configuration gets the shipped one, whose keys are in `data/` there: as it is, it would put them in the clone.
 */
export function startMain(folder: string, env: NodeJS.ProcessEnv = {}): Child {
  if (!env.MATCHSTICK_CONFIG) writeConfig(folder);
  return startProgram(folder, env);
}

/** The same in a folder that has no configuration. */
export function startProgram(folder: string, env: NodeJS.ProcessEnv = {}): Child {
  const {
    REDIS_URL: _redis,
    HOST: _host,
    MATCHSTICK_CONFIG: _config,
    NODE_ENV: _mode,
    ...rest
  } = process.env;
  return startChild(process.execPath, [programFile('main')], {
    cwd: folder,
    env: { ...rest, PORT: '0', ...env },
  });
}

function writeConfig(folder: string): void {
  const path = join(folder, 'config/matchstick.yaml');
  if (existsSync(path)) return;
  mkdirSync(join(folder, 'config'), { recursive: true });
  const text = readFileSync(SHIPPED, 'utf8').replace('file: ./data/keys.json', 'file: ../data/keys.json');
  writeFileSync(path, text);
}

/** A new folder with nothing in it, removed by `onClose`. */
export async function emptyFolder(
  onClose: (close: () => unknown) => void,
  name = 'matchstick-start-',
): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), name)));
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
