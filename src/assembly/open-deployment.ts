import type { Deployment } from '../burn/deployment.ts';
import type { Log } from '../contract/log.ts';
import { retriedAttempts } from '../contract/retried-attempts.ts';
import { NO_REQUEST } from '../events/occasion.ts';
import { type Witness, witness } from '../events/witness.ts';
import type { LiveRing } from '../keys/ring-options.ts';
import { insured } from '../limits/insured.ts';
import type { Limits } from '../limits/limit.ts';
import { memoryLimits } from '../limits/memory.ts';
import { limitSetting, type MetLimit } from '../limits/setting.ts';
import { watched } from '../limits/watched.ts';
import type { OperationPorts } from '../operations/all.ts';
import type { ReadinessChecks } from '../operations/readiness.ts';
import type { EventSettings } from '../settings/events-schema.ts';
import type { Settings } from '../settings/parse.ts';
import { openTracing } from '../tracing/opentelemetry.ts';
import { keyOffice, shareRevocations, tellChange } from './key-office.ts';
import { type Ambient, type LedgerObservers, type LedgerState, requireFit } from './ledger-state.ts';
import { openEvents, type Telling } from './open-events.ts';
import { openLedger } from './open-ledger.ts';
import { openStores } from './open-stores.ts';
import type { Parts } from './parts.ts';
import { shareTime } from './share-time.ts';
import { statusBoard } from './status-board.ts';

/** What a deployment decides of its tokens. */
export type TokenSettings = Pick<
  Settings,
  'issuer' | 'purposes' | 'clockToleranceSeconds' | 'ledger' | 'stores' | 'opens' | 'quotas' | 'claimsSchemas'
> & { readonly events: Pick<EventSettings, 'keep'> };

export interface OpenDeployment {
  readonly deployment: Deployment;
  /** What its operations need besides it. */
  readonly ports: OperationPorts;
  readonly readiness: ReadinessChecks;
  /** Where the ledger is, and whether it answered. */
  readonly ledgerState: LedgerState;
  /** Closes it. Resolves when what can be kept of its events is kept. */
  close(): Promise<void>;
}

/**
 * Opens everything that a deployment's tokens need. Rejects for a store that
 * cannot be found, and for a server that can never hold the ledger.
 */
export async function openDeployment(
  settings: TokenSettings,
  keys: LiveRing,
  log: Log,
  ambient: Ambient,
  {
    parts,
    observers = {},
    ...telling
  }: Telling & { readonly parts: Parts; readonly observers?: LedgerObservers },
): Promise<OpenDeployment> {
  const { issuer, purposes, clockToleranceSeconds, quotas, claimsSchemas } = settings;
  const { timeoutMs } = settings.ledger;
  const { monotonicMs } = ambient;
  const { signer, openers } = await openStores(settings, log, ambient.nowMs, parts);
  const told = openEvents(keys, telling, ambient, {
    keep: settings.events.keep,
    ledgerRecords: settings.ledger.redis !== undefined,
  });
  const { recorder } = told;
  const tracing = await openTracing();
  // Until the ledger is open there is nobody to tell.
  let shareRevoked = () => {};
  const onMemory = () => shareRevoked();
  const opened = await openLedger(settings, log, ambient, recorder, parts, {
    ...observers,
    tracing,
    onMemory,
  });
  const { ledger, deposits, limits, events, findings, newestFindings, epochs, revokedKeys, state } = opened;
  const { requireAnswer } = opened;
  told.keepIn(events);
  const counted = (each: Limits) => watched(each, { monotonicMs, onRefused: observers.limited });
  const system = witness(recorder, { kind: 'system' }, NO_REQUEST);
  const sharing = shareRevocations({
    ...{ ring: keys, ledger, revokedKeys },
    onUnrevoked: (kid, reason) => log.warn({ event: 'keys.unrevoked', kid, reason }, UNREVOKED),
  });
  shareRevoked = () => void sharing.share();
  keys.tell({ changed: (change) => tellChange(change, system), renewed: shareRevoked });
  const timing = shareTime(keys, ledger);
  const timed = timing.share();
  if (state.kind === 'memory' || state.answers.ok) await timed;
  if (state.kind === 'redis' && state.answers.ok) await sharing.share();
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
      recorder,
      tracing,
      witness: system,
    },
    ports: {
      signer,
      events,
      keys: keyOffice(keys, ledger),
      lookAtStatus: statusBoard(
        { ledger: state, newestFindings, epochs, keys, events, keep: settings.events.keep, timeoutMs },
        ambient,
      ),
      nowMs: ambient.nowMs,
      insuredLimits: counted(insured(limits, memoryLimits(monotonicMs), { timeoutMs, monotonicMs })),
      reportLimit: (met, witness) => reportLimit(met, log, witness),
    },
    readiness: {
      checks: [
        { part: 'ledger', check: requireAnswer },
        { part: 'ledger', check: async () => requireFit(await newestFindings()) },
      ],
      warnings: () => [
        ...(settings.ledger.redis ? [] : [IN_MEMORY]),
        ...(keys.trouble === undefined ? [] : [{ part: 'keys', code: 'trouble', detail: keys.trouble }]),
        ...findings()
          .filter(({ level }) => level === 'warn')
          .map(({ check, detail }) => ({ part: 'ledger', code: check, detail })),
      ],
    },
    ledgerState: state,
    close: async () => {
      timing.stop();
      sharing.stop();
      await told.close();
      await ledger.close();
    },
  };
}

/** Somebody met a limit for the first time in a window. */
function reportLimit(met: MetLimit, log: Log, witness: Witness): void {
  log.warn({ event: 'limit.exceeded', ...met, setting: limitSetting(met) });
  const { limit: code, purpose } = met;
  witness.tell('limit.reached', {
    code,
    outcome: 'refused',
    ...(purpose === undefined ? {} : { about: { purpose } }),
  });
}

const UNREVOKED =
  'A key of the ring was revoked: the ledger refuses its tokens. It could not be revoked in the ring.';

const IN_MEMORY = {
  part: 'ledger',
  code: 'memory',
  detail:
    'The ledger is the memory of this process: its tokens are void when it ends, and no other instance knows of them. Set ledger.redis to keep it in Redis.',
};
