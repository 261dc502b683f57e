import { randomBytes } from 'node:crypto';
import type { Deployment } from '../../src/burn/deployment.ts';
import { retriedAttempts } from '../../src/contract/retried-attempts.ts';
import { NO_TRACING } from '../../src/contract/tracing.ts';
import { NO_REQUEST } from '../../src/events/occasion.ts';
import { recorder } from '../../src/events/recorder.ts';
import { witness } from '../../src/events/witness.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { parseKeyRing } from '../../src/keys/key-ring.ts';
import { processMemory } from '../../src/ledger/memory.ts';
import { memoryLimits } from '../../src/limits/memory.ts';
import type { Purpose } from '../../src/token/purpose.ts';

/** Hears of events, and forgets them. */
export const UNHEARD = recorder({
  instance: 'test',
  nowMs: Date.now,
  randomBytes,
  subject: (subject) => subject,
  listeners: [],
  keep: () => {},
  ledgerRecords: false,
});

/** What a deployment needs that limits nobody, logs nothing and tells nothing. */
export const UNLIMITED = {
  log: { info: () => {}, warn: () => {}, error: () => {} },
  limits: memoryLimits(() => performance.now()),
  quotas: { code: { count: 1_000_000, perSeconds: 60 } },
  claimsSchemas: new Map(),
  recorder: UNHEARD,
  tracing: NO_TRACING,
  witness: witness(UNHEARD, { kind: 'system' }, NO_REQUEST),
};

/** A deployment of one purpose, with its ledger in memory and a new key. */
export async function deploymentInMemory(
  purpose: Purpose,
  nowMs: () => number = Date.now,
): Promise<Deployment> {
  const keys = JSON.stringify({ keys: [await generateKey('ES256', nowMs())] });
  return {
    ...processMemory({ nowMs, randomBytes }),
    openers: new Map(),
    ...UNLIMITED,
    keys: await parseKeyRing(keys, 'ES256'),
    issuer: 'https://cap.example.test',
    purposes: new Map([[purpose.name, purpose]]),
    clockToleranceSeconds: 0,
    retried: retriedAttempts(),
    randomBytes,
  };
}
