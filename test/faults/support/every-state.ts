import { expect } from 'chai';
import { describeTokens, redemptions, type TriedToken } from './token.ts';
import { newAttempt, type Workload } from './workload.ts';

const HOLD_SECONDS = 290;

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
  const revokedSubjects = Array.from({ length: 8 }, (_, index) => `revoked-${index}`);
  for (const subject of revokedSubjects) await workload.mintMany(2, { subject });
  const limitedSubjects = Array.from({ length: 8 }, (_, index) => `limited-${index}`);
  for (const subject of limitedSubjects) await workload.surelyMintOnly(subject);
  return {
    single: await workload.mintMany(160),
    several: await workload.mintMany(20, { uses: 3 }),
    held: await workload.mintMany(20),
    revoked: await workload.mintMany(12),
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
  for (const subject of revokedSubjects) await workload.surelyRevokeSubject(subject);
  for (const subject of limitedSubjects) await workload.surelyMintOnly(subject);
  await Promise.all(revoked.map((token) => workload.surelyRevoke(token)));
  await Promise.all(single.flatMap((token) => [workload.redeemSurely(token), workload.redeemSurely(token)]));
  for (const [index, token] of several.entries()) {
    await workload.redeemSurely(token);
    await workload.redeemSurely(token);
    if (index % 2 === 0) await workload.redeemSurely(token);
  }
  const givenBack = held.filter((_, index) => index % 2 === 0);
  for (const token of held) {
    const attempt = newAttempt();
    const outcome = await workload.redeemSurely(token, { attempt, holdSeconds: HOLD_SECONDS });
    expect(outcome).to.equal('held');
    if (givenBack.includes(token)) await workload.settleSurely(token, attempt, 'release');
  }
  const oneLeft = several.filter((_, index) => index % 2 === 1);
  const barred = workload.tokens.filter(({ barredMs }) => barredMs !== undefined);
  const used = [...single, ...several, ...held, ...barred].filter(
    (token) => !givenBack.includes(token) && !oneLeft.includes(token),
  );
  for (const token of [...single, ...several.filter((each) => !oneLeft.includes(each))]) {
    expect(redemptions(token), describeTokens([token])).to.have.length(token.id.uses);
  }
  return { used, givenBack, oneLeft };
}
