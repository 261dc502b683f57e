import { expect } from 'chai';
import { redemptions } from './promises.ts';
import { IS_ALL } from './thorough.ts';
import { describeTokens, isBarred, type TriedToken } from './token.ts';
import { newAttempt, type Workload } from './workload.ts';

const HOLD_SECONDS = 290;
/** How many there are of each state. */
const COUNTS = IS_ALL
  ? { single: 160, several: 20, held: 20, revoked: 12, subjects: 8 }
  : { single: 48, several: 6, held: 6, revoked: 6, subjects: 4 };

export interface Minted {
  readonly single: readonly TriedToken[];
  readonly several: readonly TriedToken[];
  readonly held: readonly TriedToken[];
  readonly revoked: readonly TriedToken[];
  readonly revokedSubjects: readonly string[];
  readonly limitedSubjects: readonly string[];
}

export const noTokens = (): Minted => ({
  single: [],
  several: [],
  held: [],
  revoked: [],
  revokedSubjects: [],
  limitedSubjects: [],
});

export async function mintEverything(workload: Workload): Promise<Minted> {
  const revokedSubjects = Array.from({ length: COUNTS.subjects }, (_, index) => `revoked-${index}`);
  const limitedSubjects = Array.from({ length: COUNTS.subjects }, (_, index) => `limited-${index}`);
  await Promise.all([
    ...revokedSubjects.map((subject) => workload.mintMany(2, { subject })),
    ...limitedSubjects.map((subject) => workload.surelyMintOnly(subject)),
  ]);
  return {
    single: await workload.mintMany(COUNTS.single),
    several: await workload.mintMany(COUNTS.several, { uses: 3 }),
    held: await workload.mintMany(COUNTS.held),
    revoked: await workload.mintMany(COUNTS.revoked),
    revokedSubjects,
    limitedSubjects,
  };
}

export interface Spent {
  /** Not to be redeemed by anybody new. */
  readonly used: readonly TriedToken[];
  readonly givenBack: readonly TriedToken[];
  readonly oneLeft: readonly TriedToken[];
}

export async function spendEverything(workload: Workload, minted: Minted): Promise<Spent> {
  const { single, several, held, revoked, revokedSubjects, limitedSubjects } = minted;
  const oneLeft = several.filter((_, index) => index % 2 === 1);
  const givenBack = held.filter((_, index) => index % 2 === 0);
  const useUp = async (token: TriedToken): Promise<void> => {
    await workload.redeemSurely(token);
    await workload.redeemSurely(token);
    if (!oneLeft.includes(token)) await workload.redeemSurely(token);
  };
  const hold = async (token: TriedToken): Promise<void> => {
    const attempt = newAttempt();
    const outcome = await workload.redeemSurely(token, { attempt, holdSeconds: HOLD_SECONDS });
    expect(outcome).to.equal('held');
    if (givenBack.includes(token)) await workload.settleSurely(token, attempt, 'release');
  };
  await Promise.all([
    ...revokedSubjects.map((subject) => workload.surelyRevokeSubject(subject)),
    ...limitedSubjects.map((subject) => workload.surelyMintOnly(subject)),
    ...revoked.map((token) => workload.surelyRevoke(token)),
    ...single.flatMap((token) => [workload.redeemSurely(token), workload.redeemSurely(token)]),
    ...several.map(useUp),
    ...held.map(hold),
  ]);
  const barred = workload.tokens.filter(isBarred);
  const used = [...single, ...several, ...held, ...barred].filter(
    (token) => !givenBack.includes(token) && !oneLeft.includes(token),
  );
  for (const token of [...single, ...several.filter((each) => !oneLeft.includes(each))]) {
    expect(redemptions(token), describeTokens([token])).to.have.length(token.id.uses);
  }
  return { used, givenBack, oneLeft };
}
