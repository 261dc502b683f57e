import type { Log } from '../contract/log.ts';
import type { RetriedAttempts } from '../contract/retried-attempts.ts';
import type { Tracing } from '../contract/tracing.ts';
import type { EventActor } from '../events/event.ts';
import type { Occasion } from '../events/occasion.ts';
import type { Recorder } from '../events/recorder.ts';
import { type Witness, witness } from '../events/witness.ts';
import type { BurnLedger } from '../ledger/burn-ledger.ts';
import type { Deposits } from '../ledger/deposits.ts';
import type { Limits, Quota } from '../limits/limit.ts';
import type { KeyRing } from '../token/key.ts';
import type { Verifier } from '../token/verify.ts';
import type { Openers } from './opening.ts';

/** What is limited for everybody. What is absent is not. */
export interface Quotas {
  /** Visits of links, by address. */
  readonly link?: Quota | undefined;
  /** Wrong codes, by subject and purpose. */
  readonly code: Quota;
  /** Calls without a key that is known, by address. */
  readonly caller?: Quota | undefined;
}

/** What minting, redeeming and inspecting need: the rules of a deployment, its keys and its ledger. */
export interface Deployment extends Verifier {
  readonly keys: KeyRing;
  readonly ledger: BurnLedger;
  readonly deposits: Deposits;
  /** By purpose: the JSON Schema of its claims, where it is known. */
  readonly claimsSchemas: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** By purpose: what its redemptions open. A purpose that is missing opens nothing. */
  readonly openers: Openers;
  /** Hears of what an operator should know. */
  readonly log: Log;
  readonly limits: Limits;
  readonly quotas: Quotas;
  readonly retried: RetriedAttempts;
  readonly randomBytes: (size: number) => Uint8Array;
  readonly recorder: Recorder;
  readonly tracing: Tracing;
  /** Tells what is done here: of the system itself, or of whoever it is done for. */
  readonly witness: Witness;
}

/** The same deployment, with somebody who asks it for something. */
export function askedBy(deployment: Deployment, actor: EventActor, occasion: Occasion): Deployment {
  return { ...deployment, witness: witness(deployment.recorder, actor, occasion) };
}
