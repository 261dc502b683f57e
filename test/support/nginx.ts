import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../scripts/test-tools.mjs';
import { startChild } from './child.ts';

export interface Nginx {
  /** What it has logged, errors included. */
  output(): string;
  close(): Promise<void>;
}

/** A real nginx, with what belongs inside its `http` block. Ended, and its folder removed, by `close`. */
export async function startNginx(http: string): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-nginx-'));
  const file = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  await writeFile(
    file,
    [
      'daemon off;',
      // A worker of root's becomes another user, who may not write into this folder.
      process.getuid?.() === 0 ? 'user root;' : '',
      'worker_processes 1;',
      `pid ${join(folder, 'pid')};`,
      'error_log stderr notice;',
      'events { worker_connections 1024; }',
      `http { access_log off; ${temporary.join(' ')}`,
      http,
      '}',
    ].join('\n'),
  );
  const child = startChild(process.env.NGINX || (findProgram('nginx') ?? 'nginx'), [
    '-e',
    'stderr',
    '-p',
    folder,
    '-c',
    file,
  ]);
  await child.printed(/start worker process \d/);
  return {
    output: child.output,
    close: async () => {
      child.kill('SIGTERM');
      await child.exited();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
