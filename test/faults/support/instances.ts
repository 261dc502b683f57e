import { randomBytes } from 'node:crypto';
import type { RedisTarget } from '../../../src/redis/client.ts';
import { connectLedger, type LedgerConnection } from '../../../src/redis/connection.ts';
import { redisLedger } from '../../../src/redis/ledger.ts';
import { TEST_LEDGER } from '../../support/open-ledger.ts';
import { naiveLedger } from '../naive-ledger.ts';
import type { Instance } from './workload.ts';

const TIMEOUT_MS = 500;

export interface InstanceOptions {
  readonly timeoutMs?: number;
  readonly shards?: number;
  /** How far this instance's clocks are ahead. */
  readonly aheadMs?: number;
  readonly namespace?: string;
  /** What becomes of its connection before the ledger gets it. */
  readonly through?: (connection: LedgerConnection) => LedgerConnection;
}

/** An instance whose process can end and begin again: what it remembered is gone then. */
export interface RestartableInstance extends Instance {
  isRunning(): boolean;
  stop(): Promise<void>;
  start(): void;
}

export function openInstance(name: string, target: RedisTarget, options: InstanceOptions = {}): Instance {
  const { timeoutMs = TIMEOUT_MS, aheadMs = 0 } = options;
  const { shards = TEST_LEDGER.shards, namespace = TEST_LEDGER.namespace } = options;
  const { through = (connection) => connection } = options;
  const monotonicMs = () => performance.now() + aheadMs;
  const ledger = redisLedger({
    connection: through(connectLedger(target, { timeoutMs, monotonicMs })),
    namespace,
    issuer: TEST_LEDGER.issuer,
    shards,
    randomBytes,
    nowMs: () => Date.now() + aheadMs,
    monotonicMs,
  });
  return { name, ledger };
}

export function openNaiveInstance(name: string, target: RedisTarget): Instance {
  const monotonicMs = () => performance.now();
  const connection = connectLedger(target, { timeoutMs: TIMEOUT_MS, monotonicMs });
  return { name, ledger: naiveLedger(connection, Date.now) };
}

/** Until it is started again, a stopped one gives no answer. */
export function restartable(open: () => Instance): RestartableInstance {
  let running = open();
  let isRunning = true;
  return {
    name: running.name,
    isRunning: () => isRunning,
    get ledger() {
      return running.ledger;
    },
    stop: () => {
      isRunning = false;
      return running.ledger.close();
    },
    start: () => {
      running = open();
      isRunning = true;
    },
  };
}

export function closeInstances(instances: readonly Instance[]): Promise<unknown> {
  return Promise.all(instances.map(({ ledger }) => ledger.close()));
}
