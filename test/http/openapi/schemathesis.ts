import { fileURLToPath } from 'node:url';
import { python } from '../../support/pypi.ts';

const CONFIG = fileURLToPath(new URL('./schemathesis.toml', import.meta.url));

export const SCHEMATHESIS = { package: 'schemathesis', version: '4.32.5', module: 'schemathesis.cli' };

export interface FuzzOptions {
  readonly path: string;
  readonly url: string;
  readonly key: string;
  /** Generated requests for each call of the API. */
  readonly examples: number;
  readonly seed: number;
}

/** Sends generated requests to a service, as its own description has them, with every check on. */
export function fuzzApi({ path, url, key, examples, seed }: FuzzOptions) {
  return python(path, [
    ...['-m', SCHEMATHESIS.module, '--config-file', CONFIG, '--no-color', 'run', `${url}/openapi.json`],
    ...['--url', url, '-H', `Authorization: Bearer ${key}`, '--max-examples', String(examples)],
    ...['--seed', String(seed), '--generation-database', 'none', '--request-timeout', '60'],
    '--continue-on-failure',
  ]);
}
