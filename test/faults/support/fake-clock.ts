import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLibfaketime } from '../../../scripts/libfaketime.mjs';

/** The clock of a process that is started with `env`. */
export interface FakeClock {
  readonly env: NodeJS.ProcessEnv;
  /** From now on the process's clock differs by so many seconds from the real one. */
  set(seconds: number): void;
  close(): Promise<void>;
}

export async function startFakeClock(seconds = 0): Promise<FakeClock> {
  const library = findLibfaketime();
  if (!library) {
    throw new Error(
      'libfaketime is not installed (Debian: apt-get install libfaketime); LIBFAKETIME can name it',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-clock-'));
  const file = join(folder, 'offset');
  const set = (offset: number) => writeFileSync(file, `${offset < 0 ? '' : '+'}${offset}`);
  set(seconds);
  return {
    env: {
      // libc comes first among the allocators: jemalloc asks for the time before the library can tell it.
      LD_PRELOAD: `${library}:libc.so.6`,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    set,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
