import { watchAnswers } from './answers.ts';
import { type Child, SPANS_FILE, startChild } from './child.ts';
import type { Deployment } from './deployment.ts';
import { moduleFile, programFile } from './program.ts';

/** A real service process. */
export interface ServiceProcess {
  readonly url: string;
  readonly process: Child;
  readonly deployment: Deployment;
  close(): Promise<void>;
}

export interface CallOptions {
  /** A caller of the deployment; null sends no key. Default `main`. */
  readonly as?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a string or octets, which are sent as they are. */
  readonly body?: unknown;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
  readonly json: any;
}

export async function startService(
  deployment: Deployment,
  env: NodeJS.ProcessEnv = {},
): Promise<ServiceProcess> {
  const child = startChild(process.execPath, [isHookedInto(env) ? moduleFile('main') : programFile('main')], {
    cwd: deployment.folder,
    env: {
      ...process.env,
      REDIS_URL: '',
      HOST: '',
      PORT: '0',
      MATCHSTICK_CONFIG: deployment.configPath,
      ...env,
    },
  });
  const [, url = ''] = await child.printed(/listens on (http:\/\/\S+)/);
  const expectFittingAnswers = watchAnswers(url);
  return {
    url,
    process: child,
    deployment,
    close: async () => {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await child.exited();
      await expectFittingAnswers();
    },
  };
}

function isHookedInto(env: NodeJS.ProcessEnv): boolean {
  return SPANS_FILE !== undefined || env.NODE_OPTIONS !== undefined;
}

/** One HTTP request to a service. */
export async function call(
  service: Pick<ServiceProcess, 'url' | 'deployment'>,
  method: string,
  path: string,
  { as = 'main', headers = {}, body }: CallOptions = {},
): Promise<Answered> {
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(`${service.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(as === null ? {} : { Authorization: `Bearer ${service.deployment.callerKeys[as]}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text === '' ? undefined : parse(text),
  };
}

/** Mints a token and gives its text. */
export async function mintToken(
  service: Pick<ServiceProcess, 'url' | 'deployment'>,
  order: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const minted = await call(service, 'POST', '/v1/tokens', {
    body: { purpose: 'password-reset', subject: 'user-42', ...order },
  });
  if (minted.status !== 201) throw new Error(`mint answered ${minted.status}: ${minted.text}`);
  return minted.json.token;
}

export function redeemToken(
  service: Pick<ServiceProcess, 'url' | 'deployment'>,
  token: unknown,
  {
    purpose = 'password-reset',
    audience,
    ...options
  }: CallOptions & { readonly purpose?: string; readonly audience?: string } = {},
): Promise<Answered> {
  return call(service, 'POST', '/v1/redemptions', { body: { token, purpose, audience }, ...options });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
