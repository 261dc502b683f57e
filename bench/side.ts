import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Deployment, TEST_PURPOSES } from '../test/support/deployment.ts';
import { type MeasuredProcess, startMeasured } from './process.ts';

/** One of the things compared: a process that mints and redeems over HTTP, asked in the same words as all others. */
export interface Side {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** A request with the caller's key; with a body, it is sent as JSON. */
  request(method: string, path: string, content?: object): string;
  mintRequest(subject: string): string;
  redeemRequest(token: string): string;
  close(): Promise<void>;
}

/** The other ways to do it, each a program that names its port. */
export const PROGRAMS = {
  floor: pathOf('./floor.ts'),
  'express + jsonwebtoken': pathOf('./recipes/express-jsonwebtoken.ts'),
  'fastify + fast-jwt': pathOf('./recipes/fastify-fast-jwt.ts'),
  'opaque token': pathOf('./recipes/opaque-token.ts'),
} as const;

/** What the benchmark mints, unless a part needs another. */
export const PURPOSE = 'password-reset' satisfies keyof typeof TEST_PURPOSES;
const SETUP = pathOf('../scripts/setup.mjs');
/** The built service, unless BENCH_SERVICE names another: that needs no build. */
const SERVICE = process.env.BENCH_SERVICE || pathOf('../dist/main.js');
const LISTENS = /listens on http:\/\/127\.0\.0\.1:(\d+)/;

/** The built service, with every check on. `deployment` names its ledger. */
export async function startServiceSide(
  deployment: Deployment,
  { name = 'service', env = {} }: { readonly name?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Side> {
  buildService();
  const ambient = { HOST: '', PORT: '0', MATCHSTICK_CONFIG: deployment.configPath, ...env };
  return sideOf(
    name,
    await startMeasured([SERVICE], LISTENS, { cwd: deployment.folder, env: ambient }),
    deployment,
  );
}

/** The floor or a recipe. */
export async function startProgramSide(
  name: keyof typeof PROGRAMS,
  deployment: Deployment,
  redisUrl: string,
): Promise<Side> {
  const env = { REDIS_URL: redisUrl, API_KEY: deployment.callerKeys.main };
  const args = ['--import', import.meta.resolve('tsx'), PROGRAMS[name]];
  return sideOf(name, await startMeasured(args, LISTENS, { env }), deployment);
}

/** If a source is newer than what was built. */
export function buildService(): void {
  if (process.env.BENCH_SERVICE) return;
  const build = spawnSync(process.execPath, [SETUP, 'build'], { stdio: ['ignore', 2, 2] });
  if (build.status !== 0) throw new Error('the service could not be built');
}

function sideOf(name: string, { pid, match, close }: MeasuredProcess, deployment: Deployment): Side {
  const port = Number(match[1]);
  const head = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${deployment.callerKeys.main}\r\n`;
  const request: Side['request'] = (method, path, content) => {
    if (!content) return `${method} ${path} HTTP/1.1\r\n${head}\r\n`;
    const body = JSON.stringify(content);
    const length = Buffer.byteLength(body);
    return `${method} ${path} HTTP/1.1\r\n${head}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
  };
  return {
    ...{ name, pid, port, request, close },
    mintRequest: (subject) => request('POST', '/v1/tokens', { purpose: PURPOSE, subject }),
    redeemRequest: (token) => request('POST', '/v1/redemptions', { purpose: PURPOSE, token }),
  };
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
