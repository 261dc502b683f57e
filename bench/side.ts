import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../test/support/child.ts';
import type { Deployment, TEST_PURPOSES } from '../test/support/deployment.ts';

/** One of the two things compared: a process that mints and redeems over HTTP. */
export interface Side {
  readonly name: 'service' | 'floor';
  readonly process: Child;
  readonly port: number;
  mintRequest(subject: string): string;
  redeemRequest(token: string): string;
  close(): Promise<void>;
}

const PURPOSE = 'password-reset' satisfies keyof typeof TEST_PURPOSES;
const SETUP = pathOf('../scripts/setup.mjs');
const SERVICE = pathOf('../dist/main.js');
const FLOOR = pathOf('./floor.ts');

/** The built service, with every check on. `deployment` names its ledger. */
export async function startServiceSide(deployment: Deployment): Promise<Side> {
  const build = spawnSync(process.execPath, [SETUP, 'build'], { stdio: ['ignore', 2, 2] });
  if (build.status !== 0) throw new Error('the service could not be built');
  const env = { ...process.env, HOST: '', PORT: '0', MATCHSTICK_CONFIG: deployment.configPath };
  const child = startChild(process.execPath, [SERVICE], { cwd: deployment.folder, env });
  return listeningSide('service', child, deployment);
}

/** The floor, asked in the same words as the service. */
export async function startFloorSide(deployment: Deployment, redisUrl: string): Promise<Side> {
  const env = { ...process.env, REDIS_URL: redisUrl };
  const child = startChild(process.execPath, ['--import', import.meta.resolve('tsx'), FLOOR], { env });
  return listeningSide('floor', child, deployment);
}

async function listeningSide(name: Side['name'], child: Child, deployment: Deployment): Promise<Side> {
  const [, port] = await child.printed(/listens on http:\/\/127\.0\.0\.1:(\d+)/);
  const post = (path: string, content: object) => {
    const body = JSON.stringify(content);
    return (
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${deployment.callerKeys.main}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    );
  };
  return {
    name,
    process: child,
    port: Number(port),
    mintRequest: (subject) => post('/v1/tokens', { purpose: PURPOSE, subject }),
    redeemRequest: (token) => post('/v1/redemptions', { purpose: PURPOSE, token }),
    close: async () => {
      child.kill('SIGKILL');
      await child.exited();
    },
  };
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
