import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8192;

/**
 * Random octets, drawn from the system many at a time: asking it costs more than what a token needs. Each octet is given
 * once, and is not kept.
 */
export function randomPool(): (size: number) => Uint8Array {
  const pool = Buffer.alloc(POOL_BYTES);
  let given = POOL_BYTES;
  return (size) => {
    if (size > POOL_BYTES / 8) return randomFillSync(Buffer.alloc(size));
    if (given + size > POOL_BYTES) {
      randomFillSync(pool);
      given = 0;
    }
    const octets = Buffer.from(pool.subarray(given, given + size));
    pool.fill(0, given, given + size);
    given += size;
    return octets;
  };
}
