import * as z from 'zod/mini';

const timestamp = z.iso.datetime().check(z.describe('RFC 3339, UTC.'));

const shardStatus = z.strictObject({
  shard: z.int().check(z.nonnegative()),
  /** The epoch that Redis remembers. Absent while no token was asked for: the shard remembers nothing yet. */
  epoch: z.exactOptional(z.string()),
  beganAt: z.exactOptional(timestamp),
  /** Why it began. */
  reason: z.exactOptional(z.string()),
  frozenSince: z.exactOptional(timestamp),
  /** When the freeze gives up by itself; its tokens are void then. */
  frozenUntil: z.exactOptional(timestamp),
});

/** One of the independent memories of a ledger. */
export type ShardStatus = z.output<typeof shardStatus>;

const ledgerStatus = z.strictObject({
  kind: z.enum(['memory', 'redis']),
  /** Where it is, without credentials. Absent in memory. */
  where: z.exactOptional(z.string()),
  answers: z.boolean(),
  /** Why it does not answer. */
  reason: z.exactOptional(z.string()),
  /** Why it cannot be used now, although it answers. */
  unfit: z.exactOptional(z.string()),
  /** Empty if it does not answer. */
  shards: z.readonly(z.array(shardStatus)),
});

const keysStatus = z.strictObject({
  signing: z.exactOptional(
    z.strictObject({ kid: z.string(), since: timestamp, ageSeconds: z.int().check(z.nonnegative()) }),
  ),
  next: z.exactOptional(z.strictObject({ kid: z.string(), readyAt: z.exactOptional(timestamp) })),
  /** When the next key begins to sign by itself. Absent: when somebody rotates. */
  rotatesAt: z.exactOptional(timestamp),
  /** Why the keys cannot be read or changed now. */
  trouble: z.exactOptional(z.string()),
});

export const serviceStatus = z.strictObject({
  version: z.string(),
  node: z.string(),
  /** The process that answers, as events name it. */
  instance: z.string(),
  startedAt: timestamp,
  /** Its time when it answered. */
  time: timestamp,
  ledger: ledgerStatus,
  keys: keysStatus,
  events: z.strictObject({
    /** About how many events are kept. */
    keep: z.int().check(z.nonnegative()),
    /** Of what has happened since then, everything is kept. */
    keptSince: z.exactOptional(timestamp),
  }),
});

/** How a deployment is, for its operators. */
export type ServiceStatus = z.output<typeof serviceStatus>;

export const hashedSubject = z.strictObject({
  /** What events of this deployment call the subject. */
  hash: z.string().check(z.minLength(1)),
});
