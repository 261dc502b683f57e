import { randomBytes } from 'node:crypto';
import { expiryMinute, type LedgerNote } from '../src/ledger/burn-ledger.ts';
import { connectLedger } from '../src/redis/connection.ts';
import { recordsPerShard } from '../src/redis/events.ts';
import { redisLedger } from '../src/redis/ledger.ts';
import { NONCE_BYTES } from '../src/token/id.ts';
import { note } from './problems.ts';

/** Long enough that nothing is forgotten while ten million are burned. */
const SHORTEST_SECONDS = 3000;
const LONGEST_SECONDS = 3540;
const SUBJECTS = 1000;

/** As long as that of a redemption over HTTP. */
export const RECORD: LedgerNote = {
  text: JSON.stringify({ v: 1, note: 'x'.repeat(480) }),
  recorded: () => {},
};

/** A ledger in Redis, and burns in it by the entry that the service uses. */
export interface FilledLedger {
  /** Burns as many tokens, each once, so many at a time. */
  burn(count: number, record?: LedgerNote): Promise<void>;
  close(): Promise<void>;
}

export interface FilledLedgerOptions {
  readonly redis: Parameters<typeof connectLedger>[0];
  readonly namespace: string;
  readonly shards: number;
  /** How many records of changes are kept; 0: none. */
  readonly keep: number;
  readonly atOnce: number;
}

export async function filledLedger(options: FilledLedgerOptions): Promise<FilledLedger> {
  const { redis, namespace, shards, keep, atOnce } = options;
  const monotonicMs = () => performance.now();
  const connection = connectLedger(redis, { timeoutMs: 10_000, monotonicMs });
  const ledger = redisLedger({
    ...{ connection, namespace, issuer: 'https://cap.example.test', shards, randomBytes },
    ...{ monotonicMs, nowMs: Date.now, instance: 'bench/1', keepPerShard: recordsPerShard(keep, shards) },
  });
  const characters = (octets: number) => randomBytes(octets).toString('base64url');
  const subjects = Array.from({ length: Math.max(SUBJECTS, shards) }, (_, n) => `user-${n}`);

  return {
    burn: async (count, record) => {
      const living = await Promise.all(subjects.map((subject) => ledger.living(subject)));
      let begun = 0;
      const burnOne = async (n: number) => {
        const index = n % subjects.length;
        const [subject, place] = [subjects[index] ?? '', living[index]];
        if (!place) return;
        const { nowMs, ...where } = place;
        const issuedAt = Math.floor(nowMs / 1000);
        const lifetime = SHORTEST_SECONDS + Math.floor(Math.random() * (LONGEST_SECONDS - SHORTEST_SECONDS));
        const times = { issuedAt, expiresAt: issuedAt + lifetime };
        const level = ledger.levelOf?.(where.shard, expiryMinute(times)) ?? 0;
        const { outcome } = await ledger.burn({
          ...{ id: { ...where, ...times, uses: 1, nonce: characters(NONCE_BYTES), level } },
          ...{ subject, purpose: 'reset', kid: 'A'.repeat(16), attempt: characters(16), caller: 'main-app' },
          ...{ burnableFromMs: issuedAt * 1000, burnableUntilMs: times.expiresAt * 1000, note: record },
        });
        if (outcome !== 'burned') note(`a burn was answered ${outcome}`);
      };
      const keepBurning = async () => {
        while (begun < count) await burnOne(begun++);
      };
      await Promise.all(Array.from({ length: atOnce }, keepBurning));
    },
    close: () => ledger.close(),
  };
}
