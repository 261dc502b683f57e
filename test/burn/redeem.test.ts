import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { unnamedAttempt } from '../../src/burn/attempt.ts';
import type { Deployment } from '../../src/burn/deployment.ts';
import { mint } from '../../src/burn/mint.ts';
import { type RedeemRequest, redeem } from '../../src/burn/redeem.ts';
import { clockIsBehind, verifyNow } from '../../src/burn/verify-now.ts';
import { MatchstickError } from '../../src/errors.ts';
import type { MatchstickEvent } from '../../src/events/event.ts';
import { NO_REQUEST } from '../../src/events/occasion.ts';
import { recorder } from '../../src/events/recorder.ts';
import { witness } from '../../src/events/witness.ts';
import type { BurnRequest } from '../../src/ledger/burn-ledger.ts';
import { deploymentInMemory } from './deployment-in-memory.ts';

const LIFETIME_SECONDS = 300;
const TOLERANCE_SECONDS = 30;
const MINTED_AT_MS = 1_800_000_000_000;

describe('redeeming a token', () => {
  let nowMs: number;
  let asked: BurnRequest[];
  /** The ledger decides, and its answer is lost. */
  let isLost: boolean;
  /** The next question is lost, on its way to the ledger. */
  let isUnasked: boolean;
  let deployment: Deployment;
  let token: string;

  beforeEach(async () => {
    nowMs = MINTED_AT_MS;
    asked = [];
    isLost = false;
    isUnasked = false;
    const purpose = { name: 'reset', audiences: ['app', 'shop'], lifetimeSeconds: LIFETIME_SECONDS };
    const { ledger, ...rest } = await deploymentInMemory(purpose, () => nowMs);
    deployment = {
      ...rest,
      clockToleranceSeconds: TOLERANCE_SECONDS,
      ledger: {
        ...ledger,
        burn: async (request) => {
          asked.push(request);
          if (isUnasked) {
            isUnasked = false;
            throw new MatchstickError('ledger_unavailable', 'lost');
          }
          const answer = await ledger.burn(request);
          if (isLost) throw new MatchstickError('ledger_unavailable', 'lost');
          return answer;
        },
      },
    };
    const order = { purpose: 'reset', subject: 'user-42', audience: 'app', uses: 1 };
    token = (await mint({ ...order, lifetimeSeconds: LIFETIME_SECONDS }, deployment)).minted.token;
  });

  async function outcome(more: Partial<RedeemRequest> = {}, caller = 'main'): Promise<string> {
    const attempt = unnamedAttempt(caller, randomBytes);
    try {
      const answer = await redeem({ token, purpose: 'reset', ...more }, attempt, deployment);
      return answer instanceof MatchstickError ? answer.code : 'redeemed';
    } catch (error) {
      if (error instanceof MatchstickError) return error.code;
      throw error;
    }
  }

  for (const [seconds, code] of [
    [-TOLERANCE_SECONDS - 1, 'ledger_unavailable'],
    [-TOLERANCE_SECONDS, 'redeemed'],
    [LIFETIME_SECONDS + TOLERANCE_SECONDS - 1, 'redeemed'],
    [LIFETIME_SECONDS + TOLERANCE_SECONDS, 'token_expired'],
  ] as const) {
    it(`answers ${code} by the ledger’s clock ${seconds} s after the minting`, async () => {
      nowMs += seconds * 1000;
      expect(await outcome()).to.equal(code);
    });
  }

  it('judges by the time of the minting where the ledger’s clock is behind that', async () => {
    for (const [seconds, expected] of [
      [-100, MINTED_AT_MS],
      [100, MINTED_AT_MS + 100_000],
    ] as const) {
      nowMs = MINTED_AT_MS + seconds * 1000;
      expect(await verifyNow(token, deployment)).to.include({ nowMs: expected });
    }
  });

  it('asks no ledger about a token for another purpose or audience', async () => {
    expect(await outcome({ purpose: 'download' })).to.equal('purpose_mismatch');
    expect(await outcome({ audiences: new Set(['shop']) })).to.equal('audience_mismatch');
    expect(asked).to.deep.equal([]);
    expect(await outcome({ audiences: new Set(['app']) })).to.equal('redeemed');
  });

  it('asks no ledger about a token whose key is revoked: a new memory may not have heard of it', async () => {
    const { keys } = deployment;
    deployment = { ...deployment, keys: { ...keys, revoked: new Set([keys.signing.kid]) } };
    expect(await outcome()).to.equal('token_revoked');
    expect(asked).to.deep.equal([]);
  });

  it('goes on with the attempt whose answer was lost, of the same caller alone', async () => {
    isLost = true;
    for (let again = 0; again < 2; again++) expect(await outcome()).to.equal('ledger_unavailable');
    isLost = false;
    expect(await outcome({}, 'billing')).to.equal('token_burned');
    expect(await outcome()).to.equal('redeemed');
    expect(await outcome()).to.equal('token_burned');
    const attempts = asked.map(({ attempt }) => attempt);
    expect(attempts[1]).to.equal(attempts[0]);
    expect(attempts[3]).to.equal(attempts[0]);
    expect(new Set(attempts).size).to.equal(3);
  });

  it('goes on with each attempt that was left, until the one that burned it', async () => {
    [isLost, isUnasked] = [true, true];
    expect(await Promise.all([outcome(), outcome()])).to.deep.equal(Array(2).fill('ledger_unavailable'));
    isLost = false;
    expect(await outcome()).to.equal('redeemed');
    expect(asked.map(({ attempt }) => attempt).slice(2)).to.deep.equal(
      asked.map(({ attempt }) => attempt).slice(0, 2),
    );
  });

  it('tells whoever hears of events that it was refused, also if it was not signed here', async () => {
    const events: MatchstickEvent[] = [];
    const telling = recorder({
      ...{ instance: 'test', nowMs: () => nowMs, randomBytes, subject: String, ledgerRecords: true },
      ...{ listeners: [(event) => events.push(event)], keep: () => {} },
    });
    deployment = { ...deployment, witness: witness(telling, { kind: 'system' }, NO_REQUEST) };
    const forged = `${token.slice(0, -10)}AAAAAAAAAA`;
    expect(await outcome({ token: forged })).to.equal('token_invalid');
    expect(await outcome({ purpose: 'download' })).to.equal('purpose_mismatch');
    expect(events.map(({ type, code, token: about }) => [type, code, about?.subject])).to.deep.equal([
      ['token.refused', 'token_invalid', undefined],
      ['token.refused', 'purpose_mismatch', 'user-42'],
    ]);
  });

  it('is worth trying again when the clock of the ledger has caught up, and not before', () => {
    for (const [byMs, seconds] of [
      [1, 1],
      [1000, 1],
      [1001, 2],
      [59_500, 60],
    ] as const) {
      expect(clockIsBehind(byMs).extras).to.include({ retryAfterSeconds: seconds });
    }
  });
});
