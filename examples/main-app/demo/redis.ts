import { findProgram } from '../../../scripts/test-tools.mjs';
import { freePort } from './ports.ts';
import { type Running, startProgram } from './processes.ts';

export interface DemoRedis extends Running {
  readonly url: string;
}

/** A Redis of the demo's own, which keeps nothing on disk; undefined when there is no redis-server. */
export async function startRedis(
  { REDIS_SERVER }: NodeJS.ProcessEnv,
  folder: string,
  interrupted: AbortSignal,
): Promise<DemoRedis | undefined> {
  const command = REDIS_SERVER ?? findProgram('redis-server');
  if (!command) return undefined;
  const port = await freePort();
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const program = { command, args, cwd: folder, ready: /Ready to accept connections/ };
  const running = await startProgram(program, interrupted);
  return { ...running, url: `redis://127.0.0.1:${port}` };
}
