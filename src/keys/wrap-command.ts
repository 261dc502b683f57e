import { execFile } from 'node:child_process';
import { base64url } from 'jose';
import { isCanonicalBase64url } from '../token/base64url.ts';
import { UnfitKeyError } from './parse-key.ts';
import { DATA_KEY_OCTETS, type DataKeyWrapper, type WrapCommand } from './wrap.ts';

/** How long a program may take. */
export const COMMAND_MS = 10_000;
const MAX_OUTPUT = 65_536;
const TOLD_CHARACTERS = 200;

/**
 * Has programs wrap a data key, without a shell. It goes to stdin as a line of 43 base64url characters, since secret
 * managers take lines of text better than octets; what comes back may be any octets, and is stored in base64url.
 */
export function commandWrapper(
  { wrap, unwrap }: WrapCommand,
  setting: string,
  limitMs = COMMAND_MS,
): DataKeyWrapper {
  return {
    by: 'command',
    wrap: async (dataKey) => {
      const name = `${setting}.wrap`;
      const output = await run(wrap, `${base64url.encode(dataKey)}\n`, name, limitMs);
      if (output.length === 0) throw new UnfitKeyError(`${name} wrote nothing to stdout`);
      return base64url.encode(output);
    },
    unwrap: async (text) => {
      const name = `${setting}.unwrap`;
      const output = await run(unwrap, base64url.decode(text), name, limitMs);
      const dataKey = output.toString('latin1').trim();
      if (!isCanonicalBase64url(dataKey) || base64url.decode(dataKey).length !== DATA_KEY_OCTETS) {
        throw new UnfitKeyError(`${name} wrote something other to stdout than the line that was wrapped`);
      }
      return base64url.decode(dataKey);
    },
  };
}

/** What a program writes to stdout. An error says nothing of what went in or came out, and has no cause that would. */
function run(
  [program = '', ...args]: readonly string[],
  input: string | Uint8Array,
  name: string,
  limitMs: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      encoding: 'buffer',
      timeout: limitMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT,
    } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else
        reject(new UnfitKeyError(`${name} (${program}) ${whyFailed(error, limitMs)}${told(stderr, input)}`));
    });
    // A program that does not read its input ends before it, and says itself whether it failed.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

interface Failure {
  readonly code?: number | string | null | undefined;
  readonly killed?: boolean | undefined;
  readonly signal?: NodeJS.Signals | null | undefined;
}

function whyFailed({ code, killed, signal }: Failure, limitMs: number): string {
  if (code === 'ENOENT') return 'was not found: install it, or name it with its whole path';
  if (code === 'EACCES') return 'may not be run by this user';
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `wrote more than ${MAX_OUTPUT} octets`;
  if (killed) return `did not end within ${limitMs / 1000} s`;
  if (signal) return `was ended by ${signal}`;
  return typeof code === 'number' ? `failed with exit code ${code}` : `could not be run (${code})`;
}

/** Runs of characters as keys are written: 32 octets are 43 of them in base64url, and 64 in hex. */
const KEY_LIKE = /[\w+/=-]{32,}/g;

/** The beginning of what a program wrote to stderr, in one line, without what it was given and what may be the key. */
function told(stderr: Buffer, input: string | Uint8Array): string {
  const given = Buffer.from(input).toString('utf8').trim();
  const text = stderr
    .toString('utf8')
    .replaceAll(KEY_LIKE, '…')
    .replaceAll(given, '…')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return text === '' ? '' : `: ${text.slice(0, TOLD_CHARACTERS)}`;
}
