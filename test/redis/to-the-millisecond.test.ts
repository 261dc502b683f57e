import { expect } from 'chai';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import type { TokenId } from '../../src/token/id.ts';
import { burnOf, newTokenId } from '../contract/burn-ledger.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openTamperedLedger } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { Tampering } from '../support/tampered-scripts.ts';

const HOLD_SECONDS = 60;

describe('a ledger in Redis, to the millisecond', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  /** Where the server's clock stands still. */
  const tampering: Tampering = {};
  let redis: RedisServer;
  let ledger: BurnLedger;
  let beganMs: number;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  beforeEach(async () => {
    await redis.command('FLUSHALL');
    beganMs = Math.floor(Date.now() / 1000) * 1000;
    tampering.clockMs = beganMs;
    ledger = openTamperedLedger(redis.url, tampering, { shards: 1 });
    onTestEnd(() => ledger.close());
  });

  it('a hold is held before its deadline, and burned from the deadline on', async () => {
    const id = await newTokenId(ledger, 300);
    expect((await ledger.burn({ ...burnOf(id), holdSeconds: HOLD_SECONDS })).outcome).to.equal('held');
    tampering.clockMs = beganMs + HOLD_SECONDS * 1000 - 1;
    expect((await ledger.inspect(id)).state).to.equal('held');
    expect((await ledger.burn(burnOf(id))).outcome).to.equal('held-by-another');
    tampering.clockMs = beganMs + HOLD_SECONDS * 1000;
    expect((await ledger.inspect(id)).state).to.equal('burned');
    expect((await ledger.burn(burnOf(id))).outcome).to.equal('already-burned');
  });

  it('of several uses, a hold is held before its deadline, and burned from the deadline on', async () => {
    const id = await newTokenId(ledger, 300, 'several', 2);
    const topic = { subject: 'several' };
    for (const holdSeconds of [HOLD_SECONDS, 2 * HOLD_SECONDS]) {
      expect((await ledger.burn({ ...burnOf(id), ...topic, holdSeconds })).outcome).to.equal('held');
    }
    tampering.clockMs = beganMs + 2 * HOLD_SECONDS * 1000 - 1;
    expect((await ledger.burn({ ...burnOf(id), ...topic })).outcome).to.equal('held-by-another');
    tampering.clockMs = beganMs + 2 * HOLD_SECONDS * 1000;
    expect((await ledger.burn({ ...burnOf(id), ...topic })).outcome).to.equal('already-burned');
  });

  async function burnsWithinItsTimes(id: TokenId): Promise<void> {
    const [burnableFromMs, burnableUntilMs] = [beganMs + 1000, beganMs + 2000];
    const outcomeAt = async (ms: number) => {
      tampering.clockMs = ms;
      return (await ledger.burn({ ...burnOf(id), burnableFromMs, burnableUntilMs })).outcome;
    };
    expect(await outcomeAt(burnableUntilMs)).to.equal('expired');
    expect(await outcomeAt(burnableFromMs - 1)).to.equal('early');
    expect(await outcomeAt(burnableFromMs)).to.equal('burned');
    const other = { ...burnOf(await newTokenId(ledger, 300)), burnableFromMs, burnableUntilMs };
    tampering.clockMs = burnableUntilMs - 1;
    expect((await ledger.burn(other)).outcome).to.equal('burned');
  }

  it('a token can be burned from its first millisecond on, and before its last', async () => {
    await burnsWithinItsTimes(await newTokenId(ledger, 300));
  });

  it('so can one of several of its minute, at which the usual burn looks by itself', async () => {
    const id = await newTokenId(ledger, 300);
    for (let burned = 0; burned < 3; burned++) {
      const burn = { ...burnOf(await newTokenId(ledger, 300)), burnableUntilMs: beganMs + 2000 };
      expect((await ledger.burn(burn)).outcome).to.equal('burned');
    }
    await burnsWithinItsTimes(id);
  });

  it('a revocation says expired from the millisecond on from which the token could not be burned', async () => {
    const [one, other] = [await newTokenId(ledger, 300), await newTokenId(ledger, 300)];
    tampering.clockMs = beganMs + 999;
    expect((await ledger.revoke(one, beganMs + 1000)).outcome).to.equal('revoked');
    tampering.clockMs = beganMs + 1000;
    expect((await ledger.revoke(other, beganMs + 1000)).outcome).to.equal('expired');
  });
});
