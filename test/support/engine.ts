import { spawnSync } from 'node:child_process';
import { SERVER_PROGRAM } from './redis-server.ts';

/** What the tests run on, as its program says. */
export interface Engine {
  readonly name: 'Redis' | 'Valkey';
  /** Its own one: Valkey gives clients that of the Redis that it began from as `redis_version`. */
  readonly version: string;
  /** Whether a field of a hash can have a time to live of its own: Redis since 7.4, Valkey since 9. */
  readonly fieldsExpire: boolean;
}

/** Throws when the program prints something else, as a command line client does. */
export function testedEngine(): Engine {
  const { stdout } = spawnSync(SERVER_PROGRAM, ['--version'], { encoding: 'utf8' });
  const [, name, version = '', major, minor] =
    /^(Redis|Valkey) server v=((\d+)\.(\d+)\.\S+)/.exec(stdout ?? '') ?? [];
  if (name !== 'Redis' && name !== 'Valkey') {
    throw new Error(`REDIS_SERVER: ${SERVER_PROGRAM} --version does not print the version of a server`);
  }
  const firstWithExpiringFields = name === 'Valkey' ? [9, 0] : [7, 4];
  return { name, version, fieldsExpire: isAtLeast([Number(major), Number(minor)], firstWithExpiringFields) };
}

function isAtLeast(
  [major = 0, minor = 0]: readonly number[],
  [first = 0, second = 0]: readonly number[],
): boolean {
  return major > first || (major === first && minor >= second);
}
