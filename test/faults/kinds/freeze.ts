import { randomBytes, randomUUID } from 'node:crypto';
import type { RedisTarget } from '../../../src/redis/client.ts';
import { connectLedger } from '../../../src/redis/connection.ts';
import { ledgerFreeze } from '../../../src/redis/freeze.ts';
import { TEST_LEDGER } from '../../support/open-ledger.ts';
import { pause } from '../support/workload.ts';
import type { NamedFault } from './fault.ts';

const FREEZE_SECONDS = 3;
const TIMEOUT_MS = 1000;
const TRIES = 5;

/** A planned restart, in which anything may happen to the frozen ledger. Each list is for one strike. */
export function freezeFaults(target: RedisTarget): readonly NamedFault[] {
  const ticket = randomUUID();
  let untilMs: number | undefined;

  async function withFreeze<T>(act: (freeze: ReturnType<typeof ledgerFreeze>) => Promise<T>): Promise<T> {
    const monotonicMs = () => performance.now();
    const connection = connectLedger(target, { timeoutMs: TIMEOUT_MS, monotonicMs });
    try {
      return await act(ledgerFreeze({ ...TEST_LEDGER, connection, randomBytes, monotonicMs }));
    } finally {
      await connection.close();
    }
  }

  /** Only a shard in which nothing was changed may be asked again. */
  async function thaw(): Promise<void> {
    await withFreeze(async (freeze) => {
      let thawed = await freeze.thaw(ticket);
      for (let tries = 1; tries < TRIES && thawed.untouched.length > 0; tries++) {
        await pause(50);
        const shards = thawed.untouched.map(({ shard }) => shard);
        thawed = await freeze.thaw(ticket, { shards });
      }
      const [left] = [...thawed.untouched, ...thawed.unknown];
      if (left) throw new Error(`shard ${left.shard} was perhaps not thawed`);
    });
  }

  return [
    {
      name: 'frozen-and-thawed',
      begin: () =>
        withFreeze(async (freeze) => {
          ({ untilMs } = await freeze.freeze(ticket, FREEZE_SECONDS));
        }),
      end: thaw,
      isOverAtMs: () => untilMs,
    },
  ];
}
