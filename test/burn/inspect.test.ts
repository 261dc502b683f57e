import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { unnamedAttempt } from '../../src/burn/attempt.ts';
import type { Deployment } from '../../src/burn/deployment.ts';
import { inspectToken } from '../../src/burn/inspect.ts';
import { mint } from '../../src/burn/mint.ts';
import { redeem } from '../../src/burn/redeem.ts';
import { MatchstickError } from '../../src/errors.ts';
import { deploymentInMemory } from './deployment-in-memory.ts';

const MINTED_AT_MS = 1_800_000_000_000;
const LIFETIME_SECONDS = 60;
const HOLD_SECONDS = 300;

describe('inspecting a token', () => {
  let nowMs: number;
  let deployment: Deployment;
  let token: string;

  beforeEach(async () => {
    nowMs = MINTED_AT_MS;
    const purpose = { name: 'reset', audiences: ['app'], lifetimeSeconds: LIFETIME_SECONDS };
    deployment = await deploymentInMemory(purpose, () => nowMs);
    const order = { purpose: 'reset', subject: 'user-42', audience: 'app', uses: 1 };
    token = (await mint({ ...order, lifetimeSeconds: LIFETIME_SECONDS }, deployment)).minted.token;
  });

  const stateAfter = async (seconds: number): Promise<string> => {
    nowMs = MINTED_AT_MS + seconds * 1000;
    const inspected = await inspectToken(token, () => undefined, deployment);
    if (inspected instanceof MatchstickError) throw inspected;
    return inspected.state;
  };

  it('reads a token that nobody redeemed as live, and as expired from its expiry on', async () => {
    expect(await stateAfter(LIFETIME_SECONDS - 1)).to.equal('live');
    expect(await stateAfter(LIFETIME_SECONDS)).to.equal('expired');
  });

  it('reads a held token as held past its expiry, until its hold ends, and as burned then', async () => {
    await redeem(
      { token, purpose: 'reset', hold: HOLD_SECONDS },
      unnamedAttempt('a', randomBytes),
      deployment,
    );
    expect(await stateAfter(1)).to.equal('held');
    expect(await stateAfter(LIFETIME_SECONDS)).to.equal('held');
    expect(await stateAfter(HOLD_SECONDS - 1)).to.equal('held');
    expect(await stateAfter(HOLD_SECONDS)).to.equal('burned');
  });

  it('reads a burned token as burned past its expiry', async () => {
    await redeem({ token, purpose: 'reset' }, unnamedAttempt('a', randomBytes), deployment);
    expect(await stateAfter(LIFETIME_SECONDS)).to.equal('burned');
  });
});
