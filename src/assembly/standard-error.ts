import { fstatSync } from 'node:fs';
import { type DestinationStream, pino } from 'pino';
import { unwaitingPipe } from './unwaiting-pipe.ts';

const STANDARD_ERROR = 2;

/** About 8,000 events. */
const MOST_WAITING = 4 * 2 ** 20;
/** Some hundred lines of the process. */
const MOST_LINES_WAITING = 65_536;
/** A write of up to 4,096 octets to a pipe is never mixed with that of another writer (pipe(7), PIPE_BUF). */
const MOST_INTO_A_PIPE = 4096;
/** One to a file is never mixed with another. */
const MOST_INTO_A_FILE = 65_536;
/** How often a full socket is tried again, with nothing else done for 100 ms each time, until its reader is taken to hang. */
const MOST_TRIES = 5;

/** For lines that are written at once if possible: the last of them says why a process ends. */
export function promptStandardError(): DestinationStream {
  const write = unwaitingPipe(STANDARD_ERROR, { mostWaiting: MOST_LINES_WAITING, dropped: () => {} });
  if (write) return { write };
  let triesLeft = MOST_TRIES;
  const destination = pino.destination({
    ...{ fd: STANDARD_ERROR, sync: true, maxLength: MOST_WAITING },
    retryEAGAIN: () => triesLeft-- > 0,
  });
  destination.on('write', (octets: number) => {
    if (octets > 0) triesLeft = MOST_TRIES;
  });
  // A full disk must not end the service: nobody else listens, and an error without a listener would.
  destination.on('error', () => {});
  return destination;
}

/** For texts that nobody waits for. */
export interface PatientStandardError {
  /** The most octets that it writes as one, so that they are not mixed with what others write. */
  readonly atOnce: number;
  write(text: string): void;
}

/** `dropped` hears what is lost because standard error is read too slowly, or cannot be written. */
export function patientStandardError(dropped: (text: string) => void): PatientStandardError {
  const atOnce = isFile(STANDARD_ERROR) ? MOST_INTO_A_FILE : MOST_INTO_A_PIPE;
  const pipe = unwaitingPipe(STANDARD_ERROR, { mostWaiting: MOST_WAITING, dropped });
  return { atOnce, write: pipe ?? inTheBackground(atOnce, dropped) };
}

/** By another thread, because files and sockets can block the one that writes to them. */
function inTheBackground(maxWrite: number, dropped: (text: string) => void): (text: string) => void {
  let isStuck = false;
  const destination = pino.destination({
    ...{ fd: STANDARD_ERROR, sync: false, maxWrite, maxLength: MOST_WAITING },
    retryEAGAIN: () => {
      isStuck = true;
      return true;
    },
  });
  destination.on('error', () => {
    isStuck = true;
  });
  destination.on('write', () => {
    isStuck = false;
  });
  destination.on('drop', dropped);
  // pino writes what is left when the process exits. On a full disk, or if nobody reads it, it would try for ever.
  process.prependOnceListener('exit', () => {
    if (isStuck) destination.destroy();
  });
  return (text) => destination.write(text);
}

function isFile(descriptor: number): boolean {
  try {
    // As numbers, what it found of a pipe would stay where Node 20's realpathSync looks, which then follows no link:
    // what is imported later would be looked for in the wrong folder.
    const found = fstatSync(descriptor, { bigint: true });
    return found.isFile() || found.isCharacterDevice();
  } catch {
    return false;
  }
}
