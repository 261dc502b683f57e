import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface DemoPlaces {
  readonly service: string;
  readonly app: string;
  /** Undefined: the ledger is in memory. */
  readonly redis: string | undefined;
  /** An entry of `stores`. Undefined: nothing can be downloaded. */
  readonly store: Readonly<Record<string, unknown>> | undefined;
}

export interface ServiceConfig {
  readonly path: string;
  /** Of the callers `main-app` and `billing`. */
  readonly keys: { readonly app: string; readonly billing: string };
}

/** Writes the service's configuration of the demo: what a deployment has in config/matchstick.yaml. */
export async function writeServiceConfig(folder: string, places: DemoPlaces): Promise<ServiceConfig> {
  const keys = { app: newCallerKey('main-app'), billing: newCallerKey('billing') };
  const path = join(folder, 'matchstick.yaml');
  await writeFile(path, stringify(configuration(folder, places, keys)), { mode: 0o600 });
  return { path, keys };
}

function configuration(
  folder: string,
  { service, app, redis, store }: DemoPlaces,
  keys: ServiceConfig['keys'],
) {
  return {
    issuer: service,
    listen: { host: '127.0.0.1', port: Number(new URL(service).port), drainDelay: '0s' },
    ledger: { namespace: 'matchstick-demo', ...(redis ? { redis } : {}) },
    keys: { file: join(folder, 'keys.json') },
    callers: {
      'main-app': {
        keySha256: [sha256(keys.app)],
        mint: ['password-reset', 'service-call', ...(store ? ['file-download'] : [])],
        redeem: ['password-reset'],
        revoke: true,
      },
      billing: { keySha256: [sha256(keys.billing)], redeem: ['service-call'], audience: 'billing' },
    },
    pages: { name: 'Acme', color: '#0f766e' },
    purposes: {
      'password-reset': {
        audience: app,
        lifetime: '15m',
        live: 1,
        link: { then: `${app}/reset`, text: RESET_TEXT },
      },
      ...(store ? { 'file-download': { audience: app, ...DOWNLOAD } } : {}),
      'service-call': { audience: ['billing'], lifetime: '60s' },
    },
    ...(store ? { stores: { reports: store } } : {}),
  };
}

const RESET_TEXT = {
  en: { title: 'Reset your password', text: 'Then you choose a new one.', button: 'Continue' },
};

const DOWNLOAD = {
  lifetime: '5m',
  claims: {
    type: 'object',
    required: ['key', 'filename'],
    properties: {
      key: { type: 'string', minLength: 1, maxLength: 512 },
      filename: { type: 'string', minLength: 1, maxLength: 255 },
    },
  },
  opens: {
    s3: {
      store: 'reports',
      operation: 'get',
      key: '{subject}/{claims.key}',
      filename: '{claims.filename}',
      for: '60s',
    },
  },
  link: {
    text: { en: { title: 'Download your report', text: 'The download works once.', button: 'Download' } },
  },
};

function newCallerKey(name: string): string {
  return `ms_${name}_${randomBytes(32).toString('base64url')}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
