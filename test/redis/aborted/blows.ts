import type { Tampering } from '../../support/tampered-scripts.ts';
import type { Memory } from './memory.ts';

/** Something that goes wrong while one question is asked, and perhaps is over then. */
export interface Blow {
  readonly name: string;
  readonly tampering?: Tampering;
  before?(memory: Memory): Promise<unknown>;
  after?(memory: Memory): Promise<unknown>;
  /** It befalls every script that answers the question, not only the one that is meant. */
  readonly isLasting?: boolean;
  /** The ledger answers nobody until it is mended by hand. */
  readonly isForGood?: boolean;
  /** What the memory knows of keys that are revoked may be lost by it. */
  readonly forgetsKeys?: boolean;
}

export function cutAfter(commands: number): Blow {
  return { name: `cut after ${commands} commands`, tampering: { cutAfter: commands } };
}

/** The slot is half-way to another node: these keys are there already, and come back. */
export function moved(keys: readonly string[]): Blow {
  return {
    name: `while ${keys.map(shortOf).join(' and ')} had moved`,
    tampering: { migrating: true },
    isLasting: true,
    before: (memory) => memory.takeAway(keys),
    after: (memory) => memory.putBack(keys),
  };
}

export function replaced(key: string): Blow {
  return {
    name: `with a text at ${shortOf(key)}`,
    before: ({ redis }) => redis.set(key, 'text'),
    isForGood: ['m', 'e'].includes(shortOf(key)),
    forgetsKeys: shortOf(key) === 'm',
  };
}

export function deleted(key: string): Blow {
  return {
    name: `without ${shortOf(key)}`,
    before: ({ redis }) => redis.del(key),
    forgetsKeys: shortOf(key) === 'm',
  };
}

/** The same blow, and then a field of a hash is lost: `place` tells which, from 0 below 1. */
export function thenLosing(blow: Blow, place: number): Blow {
  return {
    ...blow,
    name: `${blow.name}, and a field lost at ${place}`,
    forgetsKeys: true,
    after: async (memory) => {
      await blow.after?.(memory);
      const fields = await fieldsOf(memory);
      const [key = '', field = ''] = fields[Math.floor(place * fields.length)] ?? [];
      await memory.redis.hdel(key, field);
    },
  };
}

/** The server can write nothing that needs memory. */
export function fullMemory(): Blow {
  const limit = (bytes: number) => (memory: Memory) => memory.redis.config('SET', 'maxmemory', bytes);
  return { name: 'with full memory', before: limit(1), after: limit(0) };
}

/** Every field of every hash. */
export async function fieldsOf({ redis, keys }: Memory): Promise<readonly (readonly [string, string])[]> {
  const found: [string, string][] = [];
  for (const key of await keys()) {
    if ((await redis.type(key)) !== 'hash') continue;
    for (const field of (await redis.hkeys(key)).sort()) found.push([key, field]);
  }
  return found;
}

/** Without the prefix of all keys. */
function shortOf(key: string): string {
  return key.slice(key.indexOf('}') + 2);
}

/** A bucket is lost together with its count. */
export function lostWithCount(bucket: string, meta: string): Blow {
  const [, kind, number] = /:([bs]):[\w-]+:([\d.]+)$/.exec(bucket) ?? [];
  return {
    name: `without ${shortOf(bucket)} and its count`,
    before: async ({ redis }) => {
      await redis.del(bucket);
      await redis.hdel(meta, `${kind}${number}`);
    },
  };
}

/** A bucket in the place of another one, with as many fields. */
export function inPlaceOf(bucket: string, other: string): Blow {
  return {
    name: `with ${shortOf(other)} in place of ${shortOf(bucket)}`,
    before: async ({ redis }) => {
      const size = await redis.hlen(bucket);
      const own = await redis.hget(other, '@');
      await redis.copy(other, bucket, 'REPLACE');
      const surplus = (await redis.hkeys(bucket)).filter((field) => field !== '@').slice(size - 1);
      if (surplus.length > 0) await redis.hdel(bucket, ...surplus);
      for (let filler = await redis.hlen(bucket); filler < size; filler++) {
        await redis.hset(bucket, `filler-${filler}`, own ?? '');
      }
    },
  };
}
