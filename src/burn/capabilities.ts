import type { KeyRing } from '../token/key.ts';
import type { Verifier } from '../token/verify.ts';
import type { BurnLedger } from './ledger.ts';
import type { UnsettledAttempts } from './unsettled-attempts.ts';

/** What minting, redeeming and inspecting need: the rules of a deployment, its keys and its ledger. */
export interface Capabilities extends Verifier {
  readonly keys: KeyRing;
  readonly ledger: BurnLedger;
  readonly unsettled: UnsettledAttempts;
  readonly randomBytes: (size: number) => Uint8Array;
}
