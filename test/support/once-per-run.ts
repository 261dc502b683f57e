import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Names the folder of what the workers of a run share. The process that starts them sets it. */
const VARIABLE = 'TEST_RUN_FOLDER';
const LOOK_MS = 50;
const MOST_LOOKS = 120_000 / LOOK_MS;

/** Makes the folder that the workers of this run share, and gives what removes it. */
export function shareFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'matchstick-run-'));
  process.env[VARIABLE] = folder;
  return () => {
    delete process.env[VARIABLE];
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

/**
 * A folder of that name with what `make` puts there: by the first worker of a run that asks for it, while the others wait. A
 * process that is no such worker has its own until it ends.
 */
export function onceInRun(name: string, make: (folder: string) => void): string {
  const run = process.env[VARIABLE];
  if (run === undefined) {
    const folder = folderOfOwn(name);
    make(folder);
    return folder;
  }
  const folder = join(run, name);
  for (let looks = 0; !existsSync(`${folder}.done`); looks++) {
    if (looks > MOST_LOOKS) throw new Error(`${folder} is not there after two minutes.`);
    if (!isFirst(folder)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
    else {
      make(folder);
      writeFileSync(`${folder}.done`, '');
    }
  }
  return folder;
}

/** The same of what takes a while to make, without keeping this process from anything else. */
export async function onceInRunLater(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const run = process.env[VARIABLE];
  if (run === undefined) {
    const folder = folderOfOwn(name);
    await make(folder);
    return folder;
  }
  const folder = join(run, name);
  for (let looks = 0; !existsSync(`${folder}.done`); looks++) {
    if (looks > MOST_LOOKS) throw new Error(`${folder} is not there after two minutes.`);
    if (!isFirst(folder)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    else {
      await make(folder);
      writeFileSync(`${folder}.done`, '');
    }
  }
  return folder;
}

function folderOfOwn(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `matchstick-${name}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
