import { randomBytes } from 'node:crypto';
import type { Deployment } from '../../src/burn/deployment.ts';
import { retriedAttempts } from '../../src/contract/retried-attempts.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { parseKeyRing } from '../../src/keys/key-ring.ts';
import { processMemory } from '../../src/ledger/memory.ts';
import { memoryLimits } from '../../src/limits/memory.ts';
import type { Purpose } from '../../src/token/purpose.ts';

/** What a deployment needs that limits nobody and logs nothing. */
export const UNLIMITED = {
  log: { info: () => {}, warn: () => {}, error: () => {} },
  limits: memoryLimits(() => performance.now()),
  quotas: { code: { count: 1_000_000, perSeconds: 60 } },
  claimsSchemas: new Map(),
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
