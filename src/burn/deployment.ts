import type { RetriedAttempts } from '../contract/retried-attempts.ts';
import type { BurnLedger } from '../ledger/burn-ledger.ts';
import type { Deposits } from '../ledger/deposits.ts';
import type { KeyRing } from '../token/key.ts';
import type { Verifier } from '../token/verify.ts';
import type { Openers } from './opening.ts';

/** What minting, redeeming and inspecting need: the rules of a deployment, its keys and its ledger. */
export interface Deployment extends Verifier {
  readonly keys: KeyRing;
  readonly ledger: BurnLedger;
  readonly deposits: Deposits;
  /** By purpose: what its redemptions open. A purpose that is missing opens nothing. */
  readonly openers: Openers;
  readonly retried: RetriedAttempts;
  readonly randomBytes: (size: number) => Uint8Array;
}
