import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stripVTControlCharacters } from 'node:util';

/** A command at a terminal of its own. */
export interface AtTerminal {
  /** What the terminal shows: what was printed, and what was typed unless it is hidden. */
  shown(): string;
  /** The same with the colors. */
  raw(): string;
  type(keys: string): void;
  /** Resolves once the terminal shows it; rejects if the command ends before. */
  shows(pattern: RegExp): Promise<void>;
  /** Resolves with the exit code; 128 and more for a signal. */
  exited(): Promise<number>;
  end(): Promise<void>;
}

/** Runs a line of sh at a pseudo-terminal, by `script` of util-linux. */
export function atTerminal(line: string, options: { cwd: string; env: NodeJS.ProcessEnv }): AtTerminal {
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    ...options,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...options.env, SHELL: '/bin/sh' },
  });
  let raw = '';
  const lookers = new Set<() => void>();
  child.stdin.on('error', () => {});
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    raw += chunk;
    for (const look of lookers) look();
  });
  const exit = once(child, 'close').then(([code]) => Number(code));
  const shown = () => stripVTControlCharacters(raw).replaceAll('\r\n', '\n');
  return {
    shown,
    raw: () => raw,
    type: (keys) => child.stdin.write(keys),
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!pattern.test(shown())) return;
          lookers.delete(look);
          resolve();
        };
        lookers.add(look);
        exit.then(() => reject(new Error(`it ended before it showed ${pattern}:\n${shown()}`)));
        look();
      }),
    exited: () => exit,
    end: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
