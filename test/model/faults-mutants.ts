import type { Mutate } from './faults-memories.ts';

/** Ledgers with one weakness each that the first protocol had. */
export interface Weakness {
  readonly mutate: Mutate;
  /** Its instances forget what they have heard once they hear of another epoch. */
  readonly forgetful?: boolean;
}

export const WEAKNESSES: Readonly<Record<string, Weakness>> = {
  'writes down last what it forgets': inScripts(
    [
      `  redis.call('HSET', ledger.meta_key, 'forgotten', whole(ended), 'size', ledger.size)\n`,
      `  redis.call('HSET', ledger.meta_key, 'size', ledger.size)\n`,
    ],
    [
      `redis.pcall('UNLINK', key) end\n`,
      `redis.call('UNLINK', key) end\n  redis.call('HSET', ledger.meta_key, 'forgotten', whole(ended))\n`,
    ],
  ),
  'begins an epoch without a watermark': inScripts([
    `local epoch, forgotten = epoch_name(ledger), ended_minute(ledger.now_ms)`,
    `local epoch, forgotten = epoch_name(ledger), -1`,
  ]),
  'answers from a lapsed hold and does not write it down': inScripts([
    `put(bucket, nonce, encode_use(token.newest), false)`,
    ``,
  ]),
  'remembers no epoch that was replaced': { mutate: (source) => source, forgetful: true },
  'does not count the fields of meta': inScripts(
    [`if not values[index] then is_complete = false end`, ``],
    [
      `not is_complete or tonumber(meta.size) ~= size`,
      `not (meta.epoch and meta.identity and meta.format and meta.changes and meta.generation and meta.subjects)`,
    ],
    [
      `tonumber(meta.forgotten), tonumber(meta.frozen_until)`,
      `tonumber(meta.forgotten or -1), tonumber(meta.frozen_until or 0)`,
    ],
  ),
};

function inScripts(...changes: readonly (readonly [from: string, to: string])[]): Weakness {
  const known = new Map<string, string>();
  return {
    mutate(source) {
      const mutated =
        known.get(source) ?? changes.reduce((text, [from, to]) => text.replaceAll(from, () => to), source);
      known.set(source, mutated);
      return mutated;
    },
  };
}
