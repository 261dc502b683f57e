const SLOTS = 16_384;
/** A shard is one octet of a `jti`. */
export const MOST_SHARDS = 256;

/** The slot of a shard's keys in a Cluster: the CRC16 (XMODEM) of their hash tag, which is the shard's number. */
export function slotOfShard(shard: number): number {
  let crc = 0;
  for (const octet of Buffer.from(String(shard))) {
    crc ^= octet << 8;
    for (let bit = 0; bit < 8; bit++)
      crc = ((crc & 0x80_00 ? (crc << 1) ^ 0x10_21 : crc << 1) & 0xff_ff) >>> 0;
  }
  return crc % SLOTS;
}

const SLOT_BY_SHARD = Array.from({ length: MOST_SHARDS }, (_, shard) => slotOfShard(shard));

/** How many shards the master with the most has, if the slots are divided evenly and in their order. */
export function mostShardsOfAMaster(shards: number, masters: number): number {
  const counts = Array.from({ length: masters }, () => 0);
  for (const slot of SLOT_BY_SHARD.slice(0, shards)) {
    const master = Math.floor((slot * masters) / SLOTS);
    counts[master] = (counts[master] ?? 0) + 1;
  }
  return Math.max(...counts);
}
