import type { Deployment } from '../burn/deployment.ts';
import type { Log } from '../contract/log.ts';
import { retriedAttempts } from '../contract/retried-attempts.ts';
import { insured } from '../limits/insured.ts';
import type { Limits } from '../limits/limit.ts';
import { memoryLimits } from '../limits/memory.ts';
import { limitSetting } from '../limits/setting.ts';
import { watched } from '../limits/watched.ts';
import type { OperationPorts } from '../operations/all.ts';
import type { ReadinessChecks } from '../operations/readiness.ts';
import type { Settings } from '../settings/parse.ts';
import type { KeyRing } from '../token/key.ts';
import {
  type Ambient,
  type LedgerObservers,
  type LedgerState,
  openLedger,
  requireFit,
} from './open-ledger.ts';
import { openStores } from './open-stores.ts';

/** What a deployment decides of its tokens. */
export type TokenSettings = Pick<
  Settings,
  'issuer' | 'purposes' | 'clockToleranceSeconds' | 'ledger' | 'stores' | 'opens' | 'quotas' | 'claimsSchemas'
>;

export interface OpenDeployment {
  readonly deployment: Deployment;
  /** What its operations need besides it. */
  readonly ports: OperationPorts;
  readonly readiness: ReadinessChecks;
  /** Where the ledger is, and whether it answered. */
  readonly ledgerState: LedgerState;
}

/**
 * Opens everything that a deployment's tokens need; closing the ledger closes it. Rejects for a store that
 * cannot be found, and for a server that can never hold the ledger.
 */
export async function openDeployment(
  settings: TokenSettings,
  keys: KeyRing,
  log: Log,
  ambient: Ambient,
  observers: LedgerObservers = {},
): Promise<OpenDeployment> {
  const { issuer, purposes, clockToleranceSeconds, quotas, claimsSchemas } = settings;
  const { timeoutMs } = settings.ledger;
  const { monotonicMs } = ambient;
  const { signer, openers } = await openStores(settings, log, ambient.nowMs);
  const { ledger, deposits, limits, findings, newestFindings, state } = await openLedger(
    settings,
    log,
    ambient,
    observers,
  );
  const counted = (each: Limits) => watched(each, { monotonicMs, onRefused: observers.limited });
  return {
    deployment: {
      issuer,
      purposes,
      clockToleranceSeconds,
      keys,
      ledger,
      deposits,
      openers,
      log,
      limits: counted(limits),
      quotas,
      claimsSchemas,
      retried: retriedAttempts(),
      randomBytes: ambient.randomBytes,
    },
    ports: {
      signer,
      nowMs: ambient.nowMs,
      insuredLimits: counted(insured(limits, memoryLimits(monotonicMs), { timeoutMs, monotonicMs })),
      reportLimit: (met) => log.warn({ event: 'limit.exceeded', ...met, setting: limitSetting(met) }),
    },
    readiness: {
      checks: [
        { part: 'ledger', check: () => ledger.check() },
        { part: 'ledger', check: async () => requireFit(await newestFindings()) },
      ],
      warnings: () => [
        ...(settings.ledger.redis ? [] : [IN_MEMORY]),
        ...findings()
          .filter(({ level }) => level === 'warn')
          .map(({ check, detail }) => ({ part: 'ledger', code: check, detail })),
      ],
    },
    ledgerState: state,
  };
}

const IN_MEMORY = {
  part: 'ledger',
  code: 'memory',
  detail:
    'The ledger is the memory of this process: its tokens are void when it ends, and no other instance knows of them. Set ledger.redis to keep it in Redis.',
};
