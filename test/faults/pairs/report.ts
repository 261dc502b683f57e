/** What became of one pair: one line of JSON. */
export interface PairReport {
  readonly topology?: string;
  readonly pair: string;
  readonly seed: number;
  readonly milliseconds: number;
  readonly tokens: number;
  readonly tries: number;
  /** Tokens that were redeemed more often than they have uses. */
  readonly tooOften: number;
  /** Tokens that were redeemed although an answer had said that they cannot be any more. */
  readonly afterRevocation: number;
  /** Tokens of which a use was given back and had again, or burned and given back. */
  readonly unsettled: number;
  /** Uses that were collected twice. */
  readonly collectedTwice: number;
  /** Instances that redeemed no fresh token by themselves, or servers that could not be put right. */
  readonly notRecovered: readonly string[];
  /** Steps that were not possible as things were. */
  readonly couldNot: readonly string[];
  readonly naiveTokens: number;
  readonly naiveReplays: number;
  /** Of a failure. */
  readonly story?: string;
}

export function hasFailed(report: PairReport): boolean {
  const { tooOften, afterRevocation, unsettled, collectedTwice, notRecovered } = report;
  return tooOften + afterRevocation + unsettled + collectedTwice + notRecovered.length > 0;
}

/** How to run just that again. */
export function describeFailure({ topology, pair, seed, story = '', ...report }: PairReport): string {
  const { tooOften, afterRevocation, unsettled, collectedTwice, notRecovered } = report;
  const what = `${tooOften} redeemed too often, ${afterRevocation} after a revocation, ${unsettled} unsettled, ${collectedTwice} collected twice, not recovered: ${notRecovered.join(', ') || 'none'}`;
  return `FAULTS_TOPOLOGY=${topology} FAULTS_PAIRS=${pair} FAULTS_SEED=${seed} npm run faults:pairs\n${what}\n${story}`;
}
