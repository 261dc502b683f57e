// What a burn costs Redis: script time, with its event and without, beside a one-line script that only sets a key; and
// memory. Everything by turns, medians. Prints a table. BURNS=100000,1000000 says at how many burns memory is looked at.
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { type BurnLedger, expiryMinute, type LedgerNote } from '../src/ledger/burn-ledger.ts';
import { connectLedger } from '../src/redis/connection.ts';
import { recordsPerShard } from '../src/redis/events.ts';
import { redisLedger } from '../src/redis/ledger.ts';
import { NONCE_BYTES } from '../src/token/id.ts';
import { type RedisServer, startRedis } from '../test/support/redis-server.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 9);
const BURNS_A_ROUND = 2000;
const AT_ONCE = 50;
/** The longest: burning a million takes some minutes, in which none may expire. */
const LIFETIME_SECONDS = 3600;
const SHARDS = 4;
const SUBJECTS = 16;
const KEPT = 100_000;
const MEMORY_AT = (process.env.BURNS ?? '100000').split(',').map(Number);
/** As the floor of bench/floor.ts. */
const SET_ONCE = "return redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1])";
/** As long as that of a redemption over HTTP. */
const NOTE: LedgerNote = { text: JSON.stringify({ v: 1, note: 'x'.repeat(480) }), recorded: () => {} };

const characters = (octets: number) => randomBytes(octets).toString('base64url');
const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function open(redis: RedisServer, keep: number): BurnLedger {
  const monotonicMs = () => performance.now();
  const connection = connectLedger({ url: redis.url }, { timeoutMs: 60_000, monotonicMs });
  return redisLedger({
    ...{
      connection,
      namespace: `keep${keep}`,
      issuer: 'https://cap.example.test',
      shards: SHARDS,
      randomBytes,
    },
    ...{ monotonicMs, nowMs: Date.now, instance: 'bench/1', keepPerShard: recordsPerShard(keep, SHARDS) },
  });
}

async function inTurns(times: number, once: (index: number) => Promise<unknown>): Promise<void> {
  for (let done = 0; done < times; done += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => once(done + index)));
  }
}

/** Burns so many new tokens, of as many subjects, whose expiries are spread over so many seconds. */
async function burnMany(
  ledger: BurnLedger,
  times: number,
  {
    note,
    caller = 'main-app',
    overSeconds = 1,
  }: { note?: LedgerNote; caller?: string; overSeconds?: number },
): Promise<void> {
  const subjects = Array.from({ length: SUBJECTS }, (_, index) => `subject-${index}`);
  const places = await Promise.all(
    subjects.map(async (subject) => ({ subject, living: await ledger.living(subject) })),
  );
  await inTurns(times, async (index) => {
    const place = places[index % SUBJECTS];
    if (!place) throw new Error('no subject');
    const {
      subject,
      living: { nowMs, ...living },
    } = place;
    const issuedAt = Math.floor(nowMs / 1000) - (index % overSeconds);
    const times = { issuedAt, expiresAt: issuedAt + LIFETIME_SECONDS };
    const level = ledger.levelOf?.(living.shard, expiryMinute(times)) ?? 0;
    const nonce = characters(NONCE_BYTES);
    const answer = await ledger.burn({
      ...{ id: { ...living, ...times, uses: 1, nonce, level }, subject, purpose: 'reset' },
      ...{ kid: 'A'.repeat(16), attempt: characters(16), caller, note },
      ...{ burnableFromMs: issuedAt * 1000, burnableUntilMs: (issuedAt + LIFETIME_SECONDS) * 1000 },
    });
    if (answer.outcome !== 'burned') throw new Error(`a new token is ${answer.outcome}`);
  });
}

async function scriptTimes(redis: RedisServer): Promise<readonly (readonly [string, number])[]> {
  const client = new Redis(redis.url);
  const [plain, recording] = [open(redis, 0), open(redis, KEPT)];
  const sha1 = String(await client.script('LOAD', SET_ONCE));
  /** Script time of what is run meanwhile. Among it are the few questions for the living epoch. */
  const measured = async (run: () => Promise<unknown>) => {
    await client.config('RESETSTAT');
    await run();
    const [, us] = /cmdstat_evalsha:.*?usec_per_call=([\d.]+)/.exec(await client.info('commandstats')) ?? [];
    return Number(us);
  };
  const sides = {
    'SET NX EX in one line': () =>
      inTurns(BURNS_A_ROUND, () => client.evalsha(sha1, 1, `floor:${characters(36)}`, LIFETIME_SECONDS)),
    'a burn without its event': () => burnMany(plain, BURNS_A_ROUND, {}),
    'a burn with its event': () => burnMany(recording, BURNS_A_ROUND, { note: NOTE }),
  };
  const times = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, run] of Object.entries(sides)) {
      times.set(name, [...(times.get(name) ?? []), await measured(run)]);
    }
  }
  await Promise.all([plain.close(), recording.close()]);
  client.disconnect();
  return [...times].map(([name, values]) => [name, median(values)] as const);
}

/** Octets of used_memory a burn, of a caller with the longest name, at so many burns. */
async function memory(redis: RedisServer, burns: number, overSeconds: number): Promise<number> {
  const used = async () =>
    Number(/used_memory:(\d+)/.exec(String(await redis.command('INFO', 'memory')))?.[1]);
  await redis.command('FLUSHALL');
  const ledger = open(redis, 0);
  await burnMany(ledger, 1000, { caller: 'c'.repeat(64), overSeconds });
  const before = await used();
  await burnMany(ledger, burns, { caller: 'c'.repeat(64), overSeconds });
  const after = await used();
  await ledger.close();
  return (after - before) / burns;
}

const redis = await startRedis();
try {
  const times = await scriptTimes(redis);
  const [[, floor = 1] = []] = times;
  process.stdout.write(
    `| script time, median of ${ROUNDS} | us | beside the one line |\n| --- | --- | --- |\n`,
  );
  for (const [name, us] of times) {
    process.stdout.write(`| ${name} | ${us.toFixed(1)} | ${(us / floor).toFixed(2)} |\n`);
  }
  process.stdout.write('\n| burns | that expire within | octets a burn |\n| --- | --- | --- |\n');
  for (const burns of MEMORY_AT) {
    for (const overSeconds of [1, 600]) {
      const octets = await memory(redis, burns, overSeconds);
      process.stdout.write(`| ${burns} | ${overSeconds} s | ${octets.toFixed(1)} |\n`);
    }
  }
} finally {
  await redis.close();
}
