import type { Matchstick } from '../../src/contract/matchstick.ts';
import { collectingContract } from './matchstick/collecting.ts';
import { holdingContract } from './matchstick/holding.ts';
import { lookingContract, purposesContract } from './matchstick/looking.ts';
import { mintingContract } from './matchstick/minting.ts';
import { redeemingContract } from './matchstick/redeeming.ts';
import { revokingContract } from './matchstick/revoking.ts';
import type { ContractPurposes } from './matchstick-purposes.ts';

/** A deployment with `CONTRACT_PURPOSES`, as its callers see it. */
export interface OpenMatchstick {
  /** As the caller `main`. */
  readonly matchstick: Matchstick<ContractPurposes>;
  /** As the caller `other`, on the same ledger; absent where nobody else can be on it. */
  readonly other?: Matchstick<ContractPurposes>;
  /** Presses the button at a link, and gives the redemption id that the visitor is sent on with; absent where there are no pages. */
  readonly press?: (url: string) => Promise<string>;
  close(): Promise<void>;
}

/**
 * What every `Matchstick` promises, in process and over HTTP. Each kind's test file runs it on the real
 * thing. `open` is called once.
 */
export function matchstickContract(open: () => Promise<OpenMatchstick>): void {
  let opened: OpenMatchstick | undefined;
  before(async () => {
    opened = await open();
  });
  after(() => opened?.close());
  const get = () => {
    if (!opened) throw new Error('it was not opened');
    return opened;
  };
  mintingContract(get);
  redeemingContract(get);
  holdingContract(get);
  lookingContract(get);
  purposesContract(get);
  revokingContract(get);
  collectingContract(get);
}
