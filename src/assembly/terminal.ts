import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ReadStream, WriteStream } from 'node:tty';

type Environment = Readonly<Record<string, string | undefined>>;

/** Everything on standard input. */
export function readInput(stdin: NodeJS.ReadStream): Promise<string> {
  return text(stdin);
}

/** Colours at a terminal only; NO_COLOR takes them away, and FORCE_COLOR gives them anywhere. */
export function hasColours(stream: Pick<WriteStream, 'isTTY'>, environment: Environment): boolean {
  const { NO_COLOR, FORCE_COLOR } = environment;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return !NO_COLOR && stream.isTTY === true && environment.TERM !== 'dumb';
}

/** Asks without showing what is typed; nothing is answered with nothing. Undefined where there is no terminal to ask at. */
export function promptAtTerminal({
  stdin,
  stderr,
  pid,
  kill,
}: {
  readonly stdin: Pick<ReadStream, 'isTTY'> & NodeJS.ReadableStream;
  readonly stderr: Pick<WriteStream, 'isTTY'> & NodeJS.WritableStream;
  readonly pid: number;
  readonly kill: (pid: number, signal: 'SIGINT') => unknown;
}): ((question: string) => Promise<string>) | undefined {
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  return (question) =>
    new Promise((resolve) => {
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
      const asking = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
      // Not before: from here on, what is typed is not shown.
      stderr.write(question);
      asking.once('line', (answer) => {
        resolve(answer);
        asking.close();
      });
      asking.once('SIGINT', () => {
        asking.close();
        kill(pid, 'SIGINT');
      });
      // Also for Ctrl-D, and for a terminal that is gone.
      asking.once('close', () => {
        stderr.write('\n');
        resolve('');
      });
    });
}

/** Hears the first Ctrl-C, which then does not end the process. The second one does. */
export function watchInterrupt(process: Pick<NodeJS.Process, 'once' | 'off'>): {
  readonly signal: AbortSignal;
  readonly end: () => void;
} {
  const interrupted = new AbortController();
  const hear = () => interrupted.abort();
  process.once('SIGINT', hear);
  return { signal: interrupted.signal, end: () => void process.off('SIGINT', hear) };
}

/**
 * Hears that what is printed cannot be written. Whoever reads may go, as `head` does, and that is no error; a full disk
 * is one.
 */
export function watchOutput(process: NodeJS.Process): {
  readonly unread: AbortSignal;
  readonly ignore: () => void;
} {
  const gone = new AbortController();
  let isIgnored = false;
  let hasFailed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isIgnored || gone.signal.aborted) return;
    gone.abort();
    if (error.code === 'EPIPE') return;
    hasFailed = true;
    process.stderr.write(`Standard output cannot be written: ${error.code ?? error.message}\n`);
  });
  process.stderr.on('error', () => {});
  process.on('exit', () => {
    if (hasFailed && Number(process.exitCode ?? 0) === 0) process.exitCode = 1;
  });
  return {
    unread: gone.signal,
    ignore: () => {
      isIgnored = true;
    },
  };
}
