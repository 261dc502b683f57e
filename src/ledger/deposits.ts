/** Where a deposit is: names are digests of secrets that only its finder has. */
export interface DepositPlace {
  readonly shard: number;
  /** 22 base64url characters. */
  readonly name: string;
}

export interface Deposit extends DepositPlace {
  /** The epoch of its shard in which it is put. It is gone when that ends. */
  readonly epoch: string;
  /** Unreadable without the secret that the name was made of. */
  readonly contents: string;
  /** Unix milliseconds. */
  readonly untilMs: number;
  /** What must be guessed to use it, and how often that may go wrong. */
  readonly lock?: DepositLock;
}

export interface DepositLock {
  /** A digest in base64url or hexadecimal, to be compared with that of a guess. */
  readonly answer: string;
  readonly tries: number;
}

export interface FoundDeposit {
  readonly contents: string;
  /** If it has a lock: how many wrong guesses are left, possibly none. */
  readonly triesLeft?: number;
}

export type GuessAnswer =
  /** Costs no try, however often. */
  | { readonly outcome: 'right'; readonly contents: string; readonly triesLeft: number }
  /** With no try left, right guesses are wrong too. */
  | { readonly outcome: 'wrong'; readonly contents: string; readonly triesLeft: number }
  /** The deposit has no lock. */
  | { readonly outcome: 'open'; readonly contents: string }
  | { readonly outcome: 'gone' };

/**
 * Texts that wait in the ledger's memory for somebody with their secret. A deposit may be lost with that
 * memory, and then leads to nothing; nothing that must happen once hangs on its being kept. Every method
 * rejects with `ledger_unavailable` when there was no answer, and may be asked again.
 */
export interface Deposits {
  /** The shard where a deposit with this secret waits: the same at every instance. Tells nothing of the secret. */
  shardOf(secret: string): number;
  /**
   * Puts a deposit, or replaces its contents and its end; a lock that it has stays, with its wrong guesses
   * counted. Resolves to false when the epoch does not live.
   */
  put(deposit: Deposit): Promise<boolean>;
  /** Undefined when there is none, or none any more. */
  find(place: DepositPlace): Promise<FoundDeposit | undefined>;
  /**
   * One guess at its lock. Wrong ones are counted in one atomic decision; one that is sent again because
   * its reply was lost may count twice. A deposit without a lock is found as it is.
   */
  guess(place: DepositPlace, answer: string): Promise<GuessAnswer>;
}
