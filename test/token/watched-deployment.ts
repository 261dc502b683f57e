import { randomBytes } from 'node:crypto';
import type { Deployment } from '../../src/burn/deployment.ts';
import { retriedAttempts } from '../../src/contract/retried-attempts.ts';
import { processMemory } from '../../src/ledger/memory.ts';
import type { SigningKey } from '../../src/token/key.ts';
import { verificationKeys } from '../../src/token/key.ts';
import type { Verifier } from '../../src/token/verify.ts';
import { UNLIMITED } from '../burn/deployment-in-memory.ts';
import { ISSUER, NOW_S, PURPOSES } from '../support/forge.ts';

export interface WatchedDeployment {
  readonly deployment: Deployment;
  /** What its ledger was asked for, its time aside, in order. */
  readonly asked: string[];
}

/** A deployment at `NOW_S` whose ledger tells what it was asked for. */
export function watchedDeployment(
  signing: SigningKey,
  overrides: Partial<Omit<Verifier, 'keys'>> & Partial<Pick<Deployment, 'randomBytes'>> = {},
): WatchedDeployment {
  const asked: string[] = [];
  const nowMs = () => NOW_S * 1000;
  const { ledger, deposits } = processMemory({ nowMs, randomBytes });
  return {
    asked,
    deployment: {
      issuer: ISSUER,
      purposes: PURPOSES,
      clockToleranceSeconds: 0,
      randomBytes,
      ...overrides,
      keys: {
        signing,
        verification: verificationKeys([signing]),
        sealing: new Map(),
        revoked: new Set(),
        subjectKey: new Uint8Array(32),
      },
      ...UNLIMITED,
      retried: retriedAttempts(),
      deposits,
      openers: new Map(),
      ledger: new Proxy(ledger, {
        get(target, method, receiver) {
          if (method !== 'nowMs') asked.push(String(method));
          return Reflect.get(target, method, receiver);
        },
      }),
    },
  };
}
