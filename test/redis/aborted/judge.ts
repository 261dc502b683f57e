/** What was answered to one question about a token. */
export interface Told {
  readonly what: 'burn' | 'commit' | 'release' | 'collect' | 'revoke' | 'inspect' | 'barred';
  readonly outcome: string;
  readonly attempt?: string;
  readonly collector?: string;
  readonly proof?: string | undefined;
  /** Of an answer to a burn that was not given before. */
  readonly usesLeft?: number | undefined;
}

/** Answers after which nobody new may redeem the token. */
const BARS: Readonly<Record<string, ReadonlySet<string>>> = {
  burn: new Set(['already-burned', 'revoked', 'superseded', 'void']),
  revoke: new Set(['already-burned', 'revoked', 'superseded', 'void', 'expired']),
  inspect: new Set(['burned', 'revoked', 'superseded']),
  barred: new Set(['barred']),
};

/** What is wrong with a token for so many uses of which all this was answered, if anything. */
export function wrongOf(uses: number, told: readonly Told[]): string | undefined {
  const redeemed = redemptions(told).length;
  if (redeemed > uses) return `redeemed ${redeemed} times of ${uses}`;
  if (isRevived(told)) return 'redeemed by somebody new after it was answered that nobody may';
  if (isCollectedTwice(told)) return 'collected by two';
  if (isProofUsedTwice(told)) return 'redeemed twice with one proof';
  if (countsTooMany(uses, told)) return 'told of more uses than are left';
  return undefined;
}

/** The attempts whose holder could have acted upon what it was told. */
export function redemptions(told: readonly Told[]): readonly string[] {
  const attempts = new Set(told.flatMap(({ attempt }) => attempt ?? []));
  return [...attempts].filter((each) => {
    const own = told.filter(({ attempt }) => attempt === each);
    if (own.some(({ outcome }) => outcome === 'burned' || outcome === 'collected')) return true;
    return own.some(({ outcome }) => outcome === 'held') && !own.some(({ what }) => what === 'release');
  });
}

/** Whether somebody new may still redeem it. */
export function isOpen(uses: number, told: readonly Told[]): boolean {
  return redemptions(told).length < uses && !told.some(isBar);
}

function isLetIn({ what, outcome }: Told): boolean {
  return what === 'burn' && (outcome === 'burned' || outcome === 'held');
}

function isRevived(told: readonly Told[]): boolean {
  const barred = told.findIndex(isBar);
  if (barred < 0) return false;
  const known = new Set(told.slice(0, barred).map(({ attempt }) => attempt));
  return told.slice(barred + 1).some((each) => isLetIn(each) && !known.has(each.attempt));
}

function isBar({ what, outcome }: Told): boolean {
  return BARS[what]?.has(outcome) ?? false;
}

function isCollectedTwice(told: readonly Told[]): boolean {
  const collected = told.filter(({ outcome }) => outcome === 'collected');
  return collected.some((one) =>
    collected.some((other) => one.attempt === other.attempt && one.collector !== other.collector),
  );
}

function isProofUsedTwice(told: readonly Told[]): boolean {
  const shown = told.filter((each) => isLetIn(each) && each.proof !== undefined);
  return shown.some((one) =>
    shown.some((other) => one.proof === other.proof && one.attempt !== other.attempt),
  );
}

function countsTooMany(uses: number, told: readonly Told[]): boolean {
  return told.some(
    ({ usesLeft }, index) =>
      usesLeft !== undefined && usesLeft > uses - redemptions(told.slice(0, index + 1)).length,
  );
}
