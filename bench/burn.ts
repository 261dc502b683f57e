// What recording costs a burn, in Redis itself: script time per burn from INFO commandstats, with the event and without
// it, interleaved. Prints a table.
import { randomBytes } from 'node:crypto';
import type { LedgerNote } from '../src/ledger/burn-ledger.ts';
import { connectLedger } from '../src/redis/connection.ts';
import { recordsPerShard } from '../src/redis/events.ts';
import { redisLedger } from '../src/redis/ledger.ts';
import { NONCE_BYTES } from '../src/token/id.ts';
import { startRedis } from '../test/support/redis-server.ts';

const ROUNDS = 9;
const BURNS = 4000;
const AT_ONCE = 50;
const LIFETIME_SECONDS = 900;

/** As long as that of a redemption over HTTP. */
const NOTE: LedgerNote = { text: JSON.stringify({ v: 1, note: 'x'.repeat(480) }), recorded: () => {} };

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const characters = (octets: number) => randomBytes(octets).toString('base64url');

async function main(): Promise<void> {
  const redis = await startRedis();
  const monotonicMs = () => performance.now();
  const open = (keep: number) => {
    const connection = connectLedger({ url: redis.url }, { timeoutMs: 10_000, monotonicMs });
    return redisLedger({
      ...{ connection, namespace: `keep${keep}`, issuer: 'https://cap.example.test', shards: 4, randomBytes },
      ...{ monotonicMs, nowMs: Date.now, instance: 'bench/1', keepPerShard: recordsPerShard(keep, 4) },
    });
  };
  const ledgers = [open(0), open(100_000)] as const;
  const scriptUs = async () => {
    const stats = String(await redis.command('INFO', 'commandstats'));
    const of = /cmdstat_evalsha:calls=(\d+),usec=(\d+)/.exec(stats);
    return { calls: Number(of?.[1]), us: Number(of?.[2]) };
  };
  const measure = async (ledger: (typeof ledgers)[number], note: LedgerNote | undefined): Promise<number> => {
    const { nowMs, ...living } = await ledger.living('bench');
    const issuedAt = Math.floor(nowMs / 1000);
    const burn = () => {
      const id = {
        ...living,
        issuedAt,
        expiresAt: issuedAt + LIFETIME_SECONDS,
        uses: 1,
        nonce: characters(NONCE_BYTES),
      };
      return ledger.burn({
        ...{
          id,
          subject: 'bench',
          purpose: 'reset',
          kid: 'A'.repeat(16),
          attempt: characters(16),
          caller: 'main-app',
        },
        ...{ burnableFromMs: issuedAt * 1000, burnableUntilMs: (issuedAt + LIFETIME_SECONDS) * 1000, note },
      });
    };
    const before = await scriptUs();
    for (let done = 0; done < BURNS; done += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, burn));
    const after = await scriptUs();
    return (after.us - before.us) / (after.calls - before.calls);
  };
  try {
    const without: number[] = [];
    const recorded: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      without.push(await measure(ledgers[0], undefined));
      recorded.push(await measure(ledgers[1], NOTE));
    }
    const [plain, told] = [median(without), median(recorded)];
    process.stdout.write(`| a burn | script time, median of ${ROUNDS} |\n| --- | --- |\n`);
    process.stdout.write(
      `| without its record | ${plain.toFixed(1)} us |\n| with it | ${told.toFixed(1)} us |\n`,
    );
    process.stdout.write(`| ratio | ${(told / plain).toFixed(2)} |\n`);
  } finally {
    await Promise.all(ledgers.map((ledger) => ledger.close()));
    await redis.close();
  }
}

await main();
