import { constants, fstatSync, openSync, writeSync } from 'node:fs';

export interface UnwaitingPipeOptions {
  /** How many octets may wait while the pipe is full. */
  readonly mostWaiting: number;
  /** Hears what is lost, because there is no room for it or nobody reads any more. */
  readonly dropped: (text: string) => void;
}

/** How long a full pipe is left alone before it is tried again. */
const PAUSE_MS = 20;
/** How often a process that ends tries to write its last lines: for a second. */
const LAST_TRIES = 50;

/**
 * Writes texts to a pipe at once, or when it has room again. No thread ever waits for the reader. The pipe is opened a second
 * time for that, without blocking: other programs that share it wait as they always did. Undefined if the descriptor is no
 * pipe, or one that cannot be opened again, as outside of Linux.
 */
export function unwaitingPipe(
  descriptor: number,
  { mostWaiting, dropped }: UnwaitingPipeOptions,
): ((text: string) => void) | undefined {
  const pipe = openAgain(descriptor);
  if (pipe === undefined) return undefined;
  const waiting: Buffer[] = [];
  let waitingOctets = 0;
  /** Whether the first of them is the rest of one. It is ended, so that the next line is not taken for its rest. */
  let hasBegun = false;

  /** What was not written: up to PIPE_BUF octets are written together or not at all (pipe(7)). */
  const restOf = (octets: Buffer): Buffer => {
    try {
      return octets.subarray(writeSync(pipe, octets));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return octets;
      dropped(octets.toString());
      return octets.subarray(octets.length);
    }
  };

  const writeWaiting = () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const rest = restOf(next);
      waitingOctets -= next.length - rest.length;
      hasBegun = rest.length > 0 && (hasBegun || rest.length < next.length);
      if (rest.length === 0) continue;
      waiting.unshift(rest);
      return;
    }
  };

  /** What was said first tells how something began, and what was said last why the process ends: the middle is dropped. */
  const dropMiddle = () => {
    while (waitingOctets > mostWaiting) {
      const [text] = waiting.splice(Math.max(hasBegun ? 1 : 0, Math.floor(waiting.length / 2)), 1);
      if (!text) return;
      waitingOctets -= text.length;
      dropped(text.toString());
    }
  };

  const tryLater = () => {
    setTimeout(() => {
      writeWaiting();
      if (waiting.length > 0) tryLater();
    }, PAUSE_MS).unref();
  };

  process.once('exit', () => {
    writeWaiting();
    for (let tries = 0; waiting.length > 0 && tries < LAST_TRIES; tries++) {
      pause();
      writeWaiting();
    }
  });

  return (text) => {
    const octets = Buffer.from(text);
    const rest = waiting.length === 0 ? restOf(octets) : octets;
    if (rest.length === 0) return;
    if (waiting.length === 0) hasBegun = rest.length < octets.length;
    waitingOctets += rest.length;
    const isFirst = waiting.push(rest) === 1;
    dropMiddle();
    if (isFirst && waiting.length > 0) tryLater();
  };
}

function openAgain(descriptor: number): number | undefined {
  try {
    if (!isPipe(descriptor)) return undefined;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

function isPipe(descriptor: number): boolean {
  // As numbers, what it found of a pipe would stay where Node 20's realpathSync looks: see isFile in standard-error.ts.
  return fstatSync(descriptor, { bigint: true }).isFIFO();
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, PAUSE_MS);
}
