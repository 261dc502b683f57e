import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { unnamedAttempt } from '../../src/burn/attempt.ts';
import type { Deployment } from '../../src/burn/deployment.ts';
import { mint } from '../../src/burn/mint.ts';
import { redeem } from '../../src/burn/redeem.ts';
import { revokeToken } from '../../src/burn/revoke.ts';
import { MatchstickError } from '../../src/errors.ts';
import { deploymentInMemory } from './deployment-in-memory.ts';

const MINTED_AT_MS = 1_800_000_000_000;
const LIFETIME_SECONDS = 60;
const TOLERANCE_SECONDS = 30;

describe('revoking a token whose time is over, but for the tolerance of clocks', () => {
  let nowMs: number;
  let deployment: Deployment;
  let token: string;

  beforeEach(async () => {
    nowMs = MINTED_AT_MS;
    const purpose = { name: 'reset', audiences: ['app'], lifetimeSeconds: LIFETIME_SECONDS };
    const exact = await deploymentInMemory(purpose, () => nowMs);
    deployment = { ...exact, clockToleranceSeconds: TOLERANCE_SECONDS };
    const order = { purpose: 'reset', subject: 'user-42', audience: 'app', uses: 1 };
    token = (await mint({ ...order, lifetimeSeconds: LIFETIME_SECONDS }, deployment)).minted.token;
  });

  const passSeconds = (seconds: number) => {
    nowMs = MINTED_AT_MS + seconds * 1000;
  };
  const revoked = async () => {
    const answer = await revokeToken(token, () => undefined, deployment);
    return answer instanceof MatchstickError ? answer.code : answer.state;
  };
  const redeemed = async () => {
    const answer = await redeem({ token, purpose: 'reset' }, unnamedAttempt('a', randomBytes), deployment);
    return answer instanceof MatchstickError ? answer.code : answer.state;
  };

  it('is done: until the tolerance is over too, it could be redeemed', async () => {
    passSeconds(LIFETIME_SECONDS + TOLERANCE_SECONDS - 1);
    expect(await revoked()).to.equal('revoked');
    expect(await redeemed()).to.equal('token_revoked');
  });

  it('is not needed from then on', async () => {
    passSeconds(LIFETIME_SECONDS + TOLERANCE_SECONDS);
    expect(await revoked()).to.equal('expired');
  });

  it('would have come too late for one that was redeemed in that time', async () => {
    passSeconds(LIFETIME_SECONDS + TOLERANCE_SECONDS - 1);
    expect(await redeemed()).to.equal('burned');
    expect(await revoked()).to.equal('burned');
  });
});
