import { Redis } from 'ioredis';
import type { LedgerConnection } from '../../src/redis/connection.ts';
import { type Tampering, tampered } from '../support/tampered-scripts.ts';
import { copyOf, newPast, type Past } from './faults-past.ts';
import { COPIES, MEMORIES, type Pick } from './faults-steps.ts';

/** A database that stands for a server: it has an identity, a clock and a past of its own. */
export interface Memory {
  readonly db: number;
  /** Asks it by whatever befalls its scripts at that moment. */
  readonly connection: LedgerConnection;
  readonly tampering: Tampering;
  identity: { readonly replid: string; readonly runId: string };
  /** How far its clock is from the right time. */
  clockAheadMs: number;
  slot: 'whole' | 'migrating' | 'importing';
  frozenUntilMs: number;
}

/** A key of a memory, and its fields. */
interface Key {
  readonly name: string;
  readonly fields: readonly string[];
}

/** A change of a script's source. */
export type Mutate = (source: string) => string;

export type Memories = Awaited<ReturnType<typeof openMemories>>;

/** The field of meta that names them. */
const REVOKED_KEYS = 'revoked_keys';
const KIND_OF = { meta: /:m$/, bucket: /:b:/, subject: /:s:/, any: /./ };

/** Databases `firstDb` and after of a server that nobody else uses meanwhile. */
export async function openMemories(redisUrl: string, mutate?: Mutate, firstDb = 0) {
  const admin = new Redis(redisUrl);
  const clients = Array.from({ length: MEMORIES }, (_, at) => new Redis(redisUrl, { db: firstDb + at }));
  const dbOfCopy = (copy: number) => firstDb + MEMORIES + copy;
  let pasts = new Map<number, Past>();
  let identities = 0;

  const memories = clients.map((redis, at): Memory => {
    const tampering: Tampering = { rewrite: mutate };
    const connection = {
      redis,
      answer: <T>(ask: (client: Redis) => Promise<T>) => ask(redis),
      askOnce: <T>(ask: (client: Redis) => Promise<T>) => ask(redis),
      close: async () => {},
    } as LedgerConnection;
    return {
      db: firstDb + at,
      connection: tampered(connection, tampering),
      tampering,
      identity: newIdentity(),
      clockAheadMs: 0,
      slot: 'whole',
      frozenUntilMs: 0,
    };
  });

  function memoryAt(at: number): Memory {
    const memory = memories[at % MEMORIES];
    if (!memory) throw new Error('there is no such memory');
    return memory;
  }

  function newIdentity() {
    const hex = () => (++identities).toString(16).padStart(40, '0');
    return { replid: hex(), runId: hex() };
  }

  function pastOf(db: number): Past {
    const past = pasts.get(db) ?? newPast();
    pasts.set(db, past);
    return past;
  }

  async function copy(from: number, to: number): Promise<void> {
    await admin.eval(COPY, 0, from, to);
    pasts.set(to, copyOf(pastOf(from)));
  }

  async function keysOf({ db }: Memory): Promise<Key[]> {
    const listed = JSON.parse(String(await admin.eval(LIST, 0, db))) as [string, string[] | object][];
    return listed
      .map(([name, fields]) => ({ name, fields: Array.isArray(fields) ? fields.sort() : [] }))
      .sort(byName);
  }

  async function keyAt(memory: Memory, { kind, number }: Pick): Promise<Key | undefined> {
    const keys = (await keysOf(memory)).filter(({ name }) => KIND_OF[kind].test(name));
    return keys[number % keys.length];
  }

  async function at(memory: Memory, ...command: readonly (string | number)[]): Promise<unknown> {
    return admin.eval(RUN, 0, memory.db, ...command);
  }

  function forgetRevokedKeys({ db }: Memory): void {
    pastOf(db).revokedKeys.clear();
  }

  /** Moves a key, unless there is one of its name. What is known of the past goes with meta. */
  async function moveKey(from: Memory, to: Memory, { name }: Key): Promise<void> {
    if ((await at(from, 'MOVE', name, to.db)) !== 1 || !KIND_OF.meta.test(name)) return;
    pasts.set(to.db, pastOf(from.db));
    pasts.set(from.db, newPast());
  }

  return {
    all: memories,
    memoryAt,
    otherThan: (memory: Memory) => memoryAt(memory === memoryAt(0) ? 1 : 0),
    newIdentity,
    pastOf: ({ db }: Memory) => pastOf(db),

    reset: async (): Promise<void> => {
      for (let db = firstDb; db < dbOfCopy(COPIES); db++) await admin.eval(FLUSH, 0, db);
      pasts = new Map();
      identities = 0;
      for (const memory of memories) {
        Object.assign(memory, { identity: newIdentity(), clockAheadMs: 0, slot: 'whole', frozenUntilMs: 0 });
      }
    },
    keep: (memory: Memory, copyNumber: number) => copy(memory.db, dbOfCopy(copyNumber)),
    restore: (copyNumber: number, memory: Memory) => copy(dbOfCopy(copyNumber), memory.db),
    replicate: (from: Memory, to: Memory) => copy(from.db, to.db),
    empty: async (memory: Memory): Promise<void> => {
      await admin.eval(FLUSH, 0, memory.db);
      pasts.set(memory.db, newPast());
    },
    swap: async ({ db }: Memory, copyNumber: number): Promise<void> => {
      const other = dbOfCopy(copyNumber);
      await admin.swapdb(db, other);
      const [past, otherPast] = [pastOf(db), pastOf(other)];
      pasts.set(db, otherPast);
      pasts.set(other, past);
    },
    move: async (from: Memory, to: Memory, pick: Pick): Promise<void> => {
      const key = await keyAt(from, pick);
      if (key) await moveKey(from, to, key);
    },
    moveKey,
    /** The epoch that meta names. */
    epochOf: async (memory: Memory): Promise<string | undefined> => {
      const meta = await keyAt(memory, { kind: 'meta', number: 0 });
      return meta && String(await at(memory, 'HGET', meta.name, 'epoch'));
    },
    keysOf,
    vanish: async (memory: Memory, pick: Pick, field?: number): Promise<void> => {
      const key = await keyAt(memory, pick);
      if (!key) return;
      const name = field === undefined ? undefined : key.fields[field % key.fields.length];
      if (name === undefined) await at(memory, 'DEL', key.name);
      else await at(memory, 'HDEL', key.name, name);
      if (KIND_OF.meta.test(key.name) && (name ?? REVOKED_KEYS) === REVOKED_KEYS) forgetRevokedKeys(memory);
    },
    rename: async (memory: Memory, number: number): Promise<void> => {
      const keys = await keysOf(memory);
      const pairs = keys.flatMap((from) =>
        keys
          .filter((to) => to !== from && to.fields.length === from.fields.length)
          .map((to) => ({ from, to })),
      );
      const pair = pairs[number % pairs.length];
      if (!pair) return;
      const { from, to } = pair;
      await at(memory, 'RENAME', from.name, to.name);
      if ([from, to].some(({ name }) => KIND_OF.meta.test(name))) forgetRevokedKeys(memory);
    },
    expire: async (memory: Memory, nowMs: number): Promise<void> => {
      await admin.eval(EXPIRE, 0, memory.db, Math.floor(nowMs / 1000));
      if (!(await keyAt(memory, { kind: 'meta', number: 0 }))) forgetRevokedKeys(memory);
    },
    close: () => {
      for (const client of [admin, ...clients]) client.disconnect();
    },
  };
}

export function identityOf({ identity: { replid, runId } }: Memory): string {
  return `${replid} ${runId}`;
}

function byName(a: Key, b: Key): number {
  return a.name < b.name ? -1 : 1;
}

const FLUSH = `redis.call('SELECT', ARGV[1]) redis.call('FLUSHDB')`;
const COPY = `
redis.call('SELECT', ARGV[2]) redis.call('FLUSHDB')
redis.call('SELECT', ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', ARGV[2]) end`;
const LIST = `
redis.call('SELECT', ARGV[1])
local keys = {}
for index, key in ipairs(redis.call('KEYS', '*')) do
  local fields = redis.call('TYPE', key).ok == 'hash' and redis.call('HKEYS', key) or {}
  keys[index] = { key, fields }
end
return #keys == 0 and '[]' or cjson.encode(keys)`;
const RUN = `
redis.call('SELECT', ARGV[1])
return redis.call(unpack(ARGV, 2))`;
const EXPIRE = `
redis.call('SELECT', ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do
  local at = redis.call('EXPIRETIME', key)
  if at >= 0 and at <= tonumber(ARGV[2]) then redis.call('DEL', key) end
end`;
