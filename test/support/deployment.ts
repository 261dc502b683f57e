import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A folder with a configuration, for any number of service processes. */
export interface Deployment {
  readonly folder: string;
  readonly configPath: string;
  /** Caller keys by caller name, as an `Authorization` header wants them. */
  readonly callerKeys: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

type Tree = Readonly<Record<string, unknown>>;

export const ISSUER = 'https://cap.example.test';

/**
 * The purposes that tests use, unless they say otherwise. None has claims: what checks those takes a service a third longer to
 * load, and a run starts hundreds.
 */
export const TEST_PURPOSES = {
  'password-reset': { audience: 'https://app.example.test', lifetime: '15m' },
  'file-download': { audience: 'https://app.example.test', lifetime: '5m' },
  'service-call': { audience: ['billing', 'mailer'], lifetime: '60s' },
};

/** The same with claims, one of which is a list. */
export const CLAIMING_PURPOSES = {
  ...TEST_PURPOSES,
  'file-download': {
    ...TEST_PURPOSES['file-download'],
    claims: {
      type: 'object',
      required: ['key'],
      properties: {
        key: { type: 'string' },
        filename: { type: 'string' },
        tags: { type: 'array', items: { type: 'string' } },
      },
    },
  },
};

/** `main` may do everything; `reader` may redeem one purpose only; `auditor` may only inspect. */
export const TEST_CALLERS = {
  main: { mint: Object.keys(TEST_PURPOSES), redeem: Object.keys(TEST_PURPOSES), inspect: true },
  other: { mint: Object.keys(TEST_PURPOSES), redeem: Object.keys(TEST_PURPOSES), inspect: true },
  reader: { redeem: ['file-download'] },
  auditor: { inspect: true },
};

export async function makeDeployment(
  overrides: Tree = {},
  callers: Readonly<Record<string, Tree>> = TEST_CALLERS,
): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'matchstick-deployment-'));
  const configPath = join(folder, 'matchstick.yaml');
  const callerKeys = Object.fromEntries(
    Object.keys(callers).map((name) => [name, `ms_${name}_${randomBytes(32).toString('base64url')}`]),
  );
  const callerSettings = Object.entries(callers).map(([name, rights]) => [
    name,
    {
      keySha256: [
        createHash('sha256')
          .update(callerKeys[name] ?? '')
          .digest('hex'),
      ],
      ...rights,
    },
  ]);
  const tree = {
    issuer: ISSUER,
    keys: { file: join(folder, 'keys.json') },
    callers: Object.fromEntries(callerSettings),
    purposes: TEST_PURPOSES,
    ...overrides,
  };
  await writeFile(configPath, stringify(tree));
  return { folder, configPath, callerKeys, close: () => rm(folder, { recursive: true, force: true }) };
}
