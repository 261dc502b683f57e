import { randomBytes } from 'node:crypto';
import type { Deployment } from '../../src/burn/deployment.ts';
import { retriedAttempts } from '../../src/contract/retried-attempts.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { parseKeyRing } from '../../src/keys/key-ring.ts';
import { processMemory } from '../../src/ledger/memory.ts';
import type { Purpose } from '../../src/token/purpose.ts';

/** A deployment of one purpose, with its ledger in memory and a new key. */
export async function deploymentInMemory(
  purpose: Purpose,
  nowMs: () => number = Date.now,
): Promise<Deployment> {
  const keys = JSON.stringify({ keys: [await generateKey('ES256', nowMs())] });
  return {
    ...processMemory({ nowMs, randomBytes }),
    openers: new Map(),
    keys: await parseKeyRing(keys, 'ES256'),
    issuer: 'https://cap.example.test',
    purposes: new Map([[purpose.name, purpose]]),
    clockToleranceSeconds: 0,
    retried: retriedAttempts(),
    randomBytes,
  };
}
