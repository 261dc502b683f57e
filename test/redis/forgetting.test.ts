import { expect } from 'chai';
import { type BurnLedger, expiryMinute } from '../../src/ledger/burn-ledger.ts';
import { burnOf, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { periodEndAfter } from '../faults/support/one-shard.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { openTamperedLedger } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { Tampering } from '../support/tampered-scripts.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

describe('what the ledger in Redis remembers, and for how long', () => {
  const onClose = cleanupAfter(after);
  const onTestEnd = cleanupAfter(afterEach);
  const tampering: Tampering = {};
  let redis: RedisServer;
  let ledger: BurnLedger;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  beforeEach(async () => {
    await redis.command('FLUSHALL');
    tampering.clockSeconds = 0;
    tampering.migrating = false;
    ledger = openTamperedLedger(redis.url, tampering, { shards: 1 });
    onTestEnd(() => ledger.close());
  });

  /** Sets the server's clock to a unix second. */
  function setClock(second: number): void {
    tampering.clockSeconds = Math.round(second - Date.now() / 1000);
  }

  async function registered(lifetimeSeconds = HOUR) {
    const id = await newTokenId(ledger, lifetimeSeconds);
    expect(await ledger.register([{ id, burnableUntilMs: id.expiresAt * 1000 }], TOKEN_SUBJECT, 1)).to.equal(
      true,
    );
    return id;
  }

  async function burnedFor(lifetimeSeconds: number) {
    const id = await newTokenId(ledger, lifetimeSeconds);
    expect(await outcomeOf(burnOf(id))).to.equal('burned');
    return id;
  }

  const outcomeOf = async (burn: Parameters<BurnLedger['burn']>[0]) => (await ledger.burn(burn)).outcome;
  const keysLike = async (pattern: string) => (await redis.command('KEYS', pattern)) as string[];

  it('answers an attempt again until its minute is forgotten, then as expired, and never as void', async () => {
    const id = await newTokenId(ledger, MINUTE);
    const burn = burnOf(id);
    expect(await outcomeOf(burn)).to.equal('burned');
    const minuteEnd = (Math.floor(id.expiresAt / MINUTE) + 1) * MINUTE;
    for (let second = minuteEnd - 5; second < minuteEnd + 25 * MINUTE; second += 30) {
      setClock(second);
      const answer = second < minuteEnd + 10 * MINUTE ? 'burned' : 'expired';
      expect(await outcomeOf(burn), `${second - minuteEnd} s after its minute`).to.equal(answer);
    }
  });

  it('goes on with one epoch while it forgets what is over', async () => {
    const periodEnd = periodEndAfter();
    setClock(periodEnd - 10);
    const { epoch } = await registered();
    await ledger.revokeSubject(TOKEN_SUBJECT.subject);
    for (let second = periodEnd; second < periodEnd + 3 * HOUR; second += 90) {
      setClock(second);
      const id = await registered(5 * MINUTE);
      expect(id.epoch, `${second - periodEnd} s after the period`).to.equal(epoch);
      expect(await outcomeOf(burnOf(id))).to.equal('burned');
    }
    // Of each kind only what may still be asked about is left.
    expect(await keysLike('*:s:*')).to.have.length(2);
    expect(await keysLike('*:b:*')).to.have.length.within(8, 17);
  });

  it('leaves nothing in Redis without an end', async () => {
    await outcomeOf(burnOf(await registered()));
    await ledger.revokeSubject(TOKEN_SUBJECT.subject);
    const keys = await keysLike('*');
    expect(keys.map((key) => key.replace(/.*\}:(\w).*/, '$1')).sort()).to.deep.equal(['b', 'm', 's']);
    for (const key of keys) {
      const seconds = Number(await redis.command('TTL', key));
      expect(seconds, key).to.be.within(HOUR, key.endsWith(':m') ? 24 * HOUR : 5 * HOUR);
    }
  });

  it('leaves a bucket in Redis for ten minutes after it has been forgotten, so that the clock may go back', async () => {
    const id = await burnedFor(5 * MINUTE);
    const [bucket = ''] = await keysLike('*:b:*');
    const forgotten = (expiryMinute(id) + 1) * MINUTE + 10 * MINUTE;
    expect(await redis.command('EXPIRETIME', bucket)).to.equal(forgotten + 10 * MINUTE);
  });

  it('keeps its memory for another day whenever it forgets something', async () => {
    const { epoch } = await registered(5 * MINUTE);
    const [meta = ''] = await keysLike('*:m');
    await redis.command('EXPIRE', meta, HOUR);
    tampering.clockSeconds = 20 * MINUTE;
    expect(await ledger.living(TOKEN_SUBJECT.subject)).to.include({ epoch });
    expect(Number(await redis.command('TTL', meta))).to.be.greaterThan(23 * HOUR);
  });

  it('shows as unrecorded what Redis has dropped before it was forgotten', async () => {
    const id = await burnedFor(5 * MINUTE);
    tampering.clockSeconds = 40 * MINUTE;
    expect(await ledger.inspect(id)).to.deep.equal({ state: 'unrecorded', usesLeft: 1 });
  });

  it('burns nothing in the minute that it has just forgotten, wherever the clock goes', async () => {
    const id = await burnedFor(5 * MINUTE);
    setClock((expiryMinute(id) + 11) * MINUTE + 5);
    await ledger.living(TOKEN_SUBJECT.subject);
    expect(await keysLike('*:b:*'), 'forgotten').to.deep.equal([]);
    setClock(id.expiresAt - 10);
    expect(await outcomeOf(burnOf(id))).to.equal('expired');
    expect(await ledger.register([{ id, burnableUntilMs: id.expiresAt * 1000 }], TOKEN_SUBJECT, 1)).to.equal(
      false,
    );
    expect(await ledger.revoke(id, id.expiresAt * 1000)).to.include({ outcome: 'expired' });
  });

  it('forgets a bucket although the one before it has moved to another node', async () => {
    const { epoch } = await burnedFor(5 * MINUTE);
    const [bucket = ''] = await keysLike('*:b:*');
    await burnedFor(8 * MINUTE);
    await redis.command('RENAME', bucket, 'away');
    tampering.migrating = true;
    tampering.clockSeconds = 20 * MINUTE;
    expect(await ledger.living(TOKEN_SUBJECT.subject)).to.include({ epoch });
    expect(await keysLike('*:b:*')).to.deep.equal([]);
  });

  it('registers a token beside one that it has forgotten', async () => {
    const { epoch } = await registered(5 * MINUTE);
    tampering.clockSeconds = 20 * MINUTE;
    const id = await registered(5 * MINUTE);
    expect(id.epoch).to.equal(epoch);
    expect(await outcomeOf(burnOf(id))).to.equal('burned');
  });

  it('goes on when the clock goes back a little, and ends its epoch when it goes back further', async () => {
    const { epoch } = await registered();
    for (const [minutes, goesOn] of [
      [11, true],
      [16, false],
    ] as const) {
      tampering.clockSeconds = minutes * MINUTE;
      await ledger.living(TOKEN_SUBJECT.subject);
      tampering.clockSeconds = 0;
      const living = await ledger.living(TOKEN_SUBJECT.subject);
      expect(living.epoch === epoch, `back by ${minutes} minutes`).to.equal(goesOn);
    }
  });

  it('ends its epoch when the clock goes back to before it began', async () => {
    setClock(Date.now() / 1000 + 3 * HOUR);
    const id = await newTokenId(ledger, HOUR);
    tampering.clockSeconds = 0;
    expect(await ledger.living(TOKEN_SUBJECT.subject)).to.not.include({ epoch: id.epoch });
    setClock(id.issuedAt);
    expect(await outcomeOf(burnOf(id))).to.equal('void');
  });

  describe('over the end of a period of subjects', () => {
    let periodEnd: number;

    beforeEach(() => {
      periodEnd = periodEndAfter();
      setClock(periodEnd - 30);
    });

    it('keeps a revocation of the period before when another one is recorded', async () => {
      const id = await newTokenId(ledger, HOUR);
      await ledger.revokeSubject(TOKEN_SUBJECT.subject);
      setClock(periodEnd + 30);
      await ledger.revokeSubject('another');
      expect(await outcomeOf(burnOf(id))).to.equal('revoked');
      expect(await ledger.inspect(id, TOKEN_SUBJECT)).to.deep.equal({ state: 'revoked' });
    });

    it('keeps a revocation until the last token that it concerns has expired', async () => {
      setClock(periodEnd + 12 * MINUTE + 50);
      const id = await newTokenId(ledger, HOUR);
      setClock(periodEnd - 6);
      await ledger.revokeSubject(TOKEN_SUBJECT.subject);
      for (const second of [MINUTE, HOUR, HOUR + 12 * MINUTE]) {
        setClock(periodEnd + second);
        await ledger.living(TOKEN_SUBJECT.subject);
        expect(await outcomeOf(burnOf(id))).to.equal('revoked');
      }
    });

    for (const [way, seconds] of [
      ['on', [-30, 30, 40]],
      ['back', [30, -30, -20]],
    ] as const) {
      it(`knows which tokens of a topic live while the clock goes ${way}`, async () => {
        const ids = [];
        for (const second of seconds) {
          setClock(periodEnd + second);
          ids.push(await registered());
        }
        setClock(periodEnd + 40);
        const outcomes = [];
        for (const id of ids) outcomes.push(await outcomeOf(burnOf(id)));
        expect(outcomes).to.deep.equal(['superseded', 'superseded', 'burned']);
      });
    }
  });
});
