import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import type { LedgerMemory } from '../../../src/ledger/memory.ts';
import { connectLedger, type LedgerConnection } from '../../../src/redis/connection.ts';
import { type LedgerFreeze, ledgerFreeze } from '../../../src/redis/freeze.ts';
import { redisMemory } from '../../../src/redis/memory.ts';
import { unavailable } from '../../../src/redis/unavailable.ts';
import { TEST_LEDGER } from '../../support/open-ledger.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { type Tampering, tampered } from '../../support/tampered-scripts.ts';

/** More than the busiest machine takes. */
const TIMEOUT_MS = 60_000;

/** Every change is recorded, and no record is cut off. */
const RECORDING = { instance: 'an instance', keepPerShard: 1_000_000 };

/** One instance of the service, which has heard of nothing yet. */
export interface Instance extends LedgerMemory {
  readonly freeze: LedgerFreeze;
}

/** One database of a server. It holds one shard of a ledger. */
export interface Memory {
  readonly database: number;
  readonly redis: Redis;
  /** `tamperingOf` tells what befalls its first script, its second, and so on. */
  instance(tamperingOf: (script: number) => Tampering): Instance;
  /** Holds from now on what another memory holds, and nothing else. Instances stop looking around. */
  become(original: Memory): Promise<void>;
  /** Another one for everything else that it may hold, except records. */
  fingerprint(): Promise<string>;
  /** How many changes are recorded, in which epoch, and how many that epoch has counted. */
  booked(): Promise<Booked>;
  keys(): Promise<readonly string[]>;
  /** Keeps these keys elsewhere, until they are put back. */
  takeAway(keys: readonly string[]): Promise<void>;
  putBack(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface Booked {
  readonly records: number;
  readonly epoch: string;
  readonly changes: number;
}

const BECOME = `
for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('DEL', key) end
redis.call('SELECT', ARGV[1])
for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', ARGV[2]) end`;

const FINGERPRINT = `
local parts = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'stream' then kind = '' end
  local content = kind == 'hash' and redis.call('HGETALL', key) or { kind, redis.call('DUMP', key) }
  for index = 1, kind == '' and 0 or #content, 2 do parts[#parts + 1] = table.concat({ key, content[index], content[index + 1] }, ' ') end
  if kind ~= '' then parts[#parts + 1] = table.concat({ key, redis.call('EXPIRETIME', key) }, ' ') end
end
table.sort(parts)
return redis.sha1hex(table.concat(parts, '\\n'))`;

/** Entries that an epoch has made of itself have no event. */
const BOOKED = `
local records, epoch, changes = 0, '', 0
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'stream' then
    for _, entry in ipairs(redis.call('XRANGE', key, '-', '+')) do
      for index = 1, #entry[2], 2 do if entry[2][index] == 'event' then records = records + 1 end end
    end
  elseif kind == 'hash' and string.sub(key, -2) == ':m' then
    epoch, changes = redis.call('HGET', key, 'epoch') or '', redis.call('HGET', key, 'changes') or 0
  end
end
return { records, epoch, tonumber(changes) }`;

const RENAME = `for index = 1, #KEYS, 2 do redis.call('RENAME', KEYS[index], KEYS[index + 1]) end`;
const away = (key: string) => `away:${key}`;

export async function openMemory(server: RedisServer, database: number): Promise<Memory> {
  const url = `${server.url}/${database}`;
  const monotonicMs = () => performance.now();
  const patient = connectLedger({ url }, { timeoutMs: TIMEOUT_MS, monotonicMs });
  await patient.answer((client) => client.ping());
  const connection = askingOnce(patient);
  const redis = new Redis(url);
  await redis.ping();
  /** Never connects: an instance looks around by itself when its client does. */
  const idle = new Redis({ lazyConnect: true }).setMaxListeners(0);
  const instances: Instance[] = [];
  return {
    database,
    redis,
    instance: (tamperingOf) => {
      const asking = { ...tamperedOneByOne(connection, tamperingOf), redis: idle, close: async () => {} };
      const clocks = { nowMs: Date.now, monotonicMs };
      const options = {
        ...TEST_LEDGER,
        ...clocks,
        shards: 1,
        connection: asking,
        randomBytes: newBytes,
        ...RECORDING,
      };
      const instance = { ...redisMemory(options), freeze: ledgerFreeze(options) };
      instances.push(instance);
      return instance;
    },
    become: async (original) => {
      for (const { ledger } of instances.splice(0)) await ledger.close();
      await run(redis, BECOME, [], original.database, database);
    },
    fingerprint: async () => String(await run(redis, FINGERPRINT)),
    booked: async () => {
      const [records, epoch, changes] = (await run(redis, BOOKED)) as [number, string, number];
      return { records, epoch, changes };
    },
    keys: async () => (await redis.keys('*')).sort(),
    takeAway: async (keys) => {
      await run(
        redis,
        RENAME,
        keys.flatMap((key) => [key, away(key)]),
      );
    },
    putBack: async (keys) => {
      await run(
        redis,
        RENAME,
        keys.flatMap((key) => [away(key), key]),
      );
    },
    close: async () => {
      for (const { ledger } of instances.splice(0)) await ledger.close();
      redis.disconnect();
      await connection.close();
    },
  };
}

/** Every question is asked once, so that what befalls that try is all that befalls it. */
function askingOnce(connection: LedgerConnection): LedgerConnection {
  const askOnce: LedgerConnection['askOnce'] = async (ask) => {
    try {
      return await ask(connection.redis);
    } catch (error) {
      throw unavailable(error);
    }
  };
  return { ...connection, answer: askOnce, askOnce };
}

function tamperedOneByOne(
  connection: LedgerConnection,
  tamperingOf: (script: number) => Tampering,
): LedgerConnection {
  let scripts = 0;
  const next = () => tampered(connection, tamperingOf(++scripts));
  return { ...connection, answer: (ask) => next().answer(ask), askOnce: (ask) => next().askOnce(ask) };
}

let drawn = 0;

/** Never the same twice, and quicker than random ones. */
function newBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, ++drawn);
  return bytes;
}

async function run(
  redis: Redis,
  script: string,
  keys: readonly string[] = [],
  ...args: readonly number[]
): Promise<unknown> {
  try {
    return await redis.evalsha(sha1(script), keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.eval(script, keys.length, ...keys, ...args);
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
