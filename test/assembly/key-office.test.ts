import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { keyOffice, shareRevocations } from '../../src/assembly/key-office.ts';
import { ringPolicy } from '../../src/assembly/open-keys.ts';
import { MatchstickError } from '../../src/errors.ts';
import type { Witness } from '../../src/events/witness.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { liveRing } from '../../src/keys/live-ring.ts';
import { plainCodec } from '../../src/keys/ring-codec.ts';
import type { RingPolicy } from '../../src/keys/ring-states.ts';
import { ringInMemory } from '../../src/keys/ring-store.ts';
import type { KeyState, StoredRing } from '../../src/keys/stored-ring.ts';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { until } from '../faults/support/replication.ts';
import { rejectionOf } from '../keys/stored-keys.ts';
import { cleanupAfter } from '../support/cleanup.ts';

const POLICY: RingPolicy = {
  algorithm: 'ES256',
  longestTokenMs: 600_000,
  answeredMs: 600_000,
  publishMs: 310_000,
};

/** A ledger that hears of keys, and gives no answer to the questions that `fails` says. */
function hearingLedger(fails: (question: number) => boolean = () => false, elsewhere = false) {
  const heard: string[] = [];
  const ledger: Pick<BurnLedger, 'revokeKey'> = {
    revokeKey: async (kid) => {
      heard.push(kid);
      if (fails(heard.length)) throw new MatchstickError('ledger_unavailable', 'away');
      return { epoch: 'A'.repeat(16), elsewhere };
    },
  };
  return { heard, ledger };
}

function storedRing(keys: readonly (readonly [string, KeyState])[]): StoredRing {
  const kept = keys.map(([kid, state]) => ({ jwk: { kid }, state, sinceMs: 0, readyMs: 0 }));
  return { version: 1, subjectKey: new Uint8Array(32), keys: kept, isRotationAsked: false };
}

describe('the keys as operators change them', () => {
  const onTestEnd = cleanupAfter(afterEach);

  async function opened(ledger: Pick<BurnLedger, 'revokeKey'>, nowMs = Date.now) {
    const ring = await liveRing({
      ...{ store: ringInMemory(), codec: plainCodec, policy: POLICY, nowMs },
      ...{ randomBytes, draw: generateKey, onTrouble: () => {} },
    });
    onTestEnd(() => ring.close());
    const told: string[] = [];
    const witness: Witness = {
      tell: (type, account) => told.push(`${type} ${account?.about?.kid}`),
      note: () => ({ text: '', recorded: () => {} }),
    };
    return { ring, told, office: keyOffice(ring, ledger), witness };
  }

  it('are rotated when the next one signs, and not when that was only asked for', async () => {
    const { office, ring, told, witness } = await opened(hearingLedger().ledger);
    const before = office.list();
    expect(await office.rotate(witness)).to.include({ rotated: true });
    const [signing, next] = office.list().keys;
    expect(signing?.kid).to.equal(before.keys.find(({ state }) => state === 'next')?.kid);
    expect(told).to.deep.equal([`key.promoted ${signing?.kid}`, `key.published ${next?.kid}`]);
    const asked = await office.rotate(witness);
    expect(asked).to.deep.equal({ rotated: false, ...office.list() });
    expect(asked.rotatesAt).to.equal(next?.readyAt);
    expect(ring.signing.kid).to.equal(signing?.kid);
  });

  it('are not rotated where asking only finds another key at its end', async () => {
    let laterMs = 0;
    const { office, told, witness } = await opened(hearingLedger().ledger, () => Date.now() + laterMs);
    await office.rotate(witness);
    laterMs = 400_000;
    await office.rotate(witness);
    told.splice(0);
    laterMs = 605_000;
    expect((await office.rotate(witness)).rotated).to.equal(false);
    expect(told.map((each) => each.split(' ')[0])).to.deep.equal(['key.retired']);
  });

  it('stay revoked when the ledger gives no answer, which the caller is told; asked again, it hears again', async () => {
    const { ledger, heard } = hearingLedger((question) => question === 1);
    const { office, ring, witness } = await opened(ledger);
    const { kid } = ring.signing;
    expect(await rejectionOf(office.revoke(kid, witness))).to.include({ code: 'ledger_unavailable' });
    expect([...ring.revoked]).to.deep.equal([kid]);
    expect(await office.revoke(kid, witness))
      .to.include({ revoked: true, kid })
      .and.not.have.property('elsewhere');
    expect(heard).to.deep.equal([kid, kid]);
  });

  it('are revoked elsewhere as far as the ledger says, and nobody hears of a stranger', async () => {
    const { ledger, heard } = hearingLedger(undefined, true);
    const { office, ring, witness, told } = await opened(ledger);
    expect(await office.revoke('stranger', witness)).to.equal(undefined);
    expect([heard, told]).to.deep.equal([[], []]);
    expect(await office.revoke(ring.signing.kid, witness)).to.include({ elsewhere: true });
  });
});

describe('the revoked keys that ring and ledger know', () => {
  const onTestEnd = cleanupAfter(afterEach);

  /** A ring with these keys, and what its ledger remembers. */
  function shared(revoked: readonly string[], fails?: (question: number) => boolean) {
    const { ledger, heard } = hearingLedger(fails);
    const ring = { stored: storedRing([]), revoked: new Set(revoked), revoke: async () => undefined };
    const sharing = shareRevocations({
      ...{ ring, ledger, revokedKeys: async () => [] },
      onUnrevoked: () => {},
    });
    onTestEnd(async () => sharing.stop());
    return { sharing, heard };
  }

  it('are all told to the ledger, again and again until it has answered', async () => {
    const { sharing, heard } = shared(['one', 'two'], (question) => question === 2);
    void sharing.share();
    await until(async () => heard.length >= 4);
    expect(heard.slice(0, 4)).to.deep.equal(['one', 'two', 'one', 'two']);
  });

  it('are told no more once that was stopped, also while no answer had come', async () => {
    const { sharing, heard } = shared(['one'], () => true);
    void sharing.share();
    sharing.stop();
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(heard).to.deep.equal(['one']);
  });

  it('are told no more once that was stopped, however many asked at once', async () => {
    const { sharing, heard } = shared(['one']);
    await Promise.all([sharing.share(), sharing.share(), sharing.share()]);
    sharing.stop();
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(heard).to.have.length(3);
  });

  it('are revoked in no ring once that was stopped, also while the ledger had not answered', async () => {
    const revoked: string[] = [];
    const ring = {
      ...{ stored: storedRing([['old', 'verifying']]), revoked: new Set<string>() },
      revoke: async (kid: string) => {
        revoked.push(kid);
        return undefined;
      },
    };
    const sharing = shareRevocations({
      ...{ ring, ledger: hearingLedger().ledger, revokedKeys: async () => ['old'] },
      onUnrevoked: () => {},
    });
    const shared = sharing.share();
    sharing.stop();
    await shared;
    expect(revoked).to.deep.equal([]);
  });

  it('are revoked in a ring that forgot them, and no other; one that cannot is told of once, and tried again', async () => {
    const { ledger } = hearingLedger();
    const revoked: string[] = [];
    const unrevoked: string[] = [];
    const ring = {
      stored: storedRing([
        ['fit', 'signing'],
        ['old', 'verifying'],
        ['fixed', 'next'],
        ['gone', 'revoked'],
      ]),
      revoked: new Set<string>(),
      revoke: async (kid: string) => {
        revoked.push(kid);
        if (kid === 'fixed') throw new MatchstickError('ledger_unavailable', 'cannot be changed');
        return undefined;
      },
    };
    const sharing = shareRevocations({
      ...{ ring, ledger, revokedKeys: async () => ['old', 'fixed', 'gone', 'stranger'] },
      onUnrevoked: (kid, reason) => unrevoked.push(`${kid}: ${reason}`),
    });
    onTestEnd(async () => sharing.stop());
    await sharing.share();
    expect(revoked).to.deep.equal(['old', 'fixed']);
    await sharing.share();
    expect(revoked, 'what failed is tried again').to.deep.equal(['old', 'fixed', 'old', 'fixed']);
    expect(unrevoked).to.deep.equal(['fixed: cannot be changed']);
  });
});

describe('for how long keys are published, sign and verify', () => {
  it('is as docs/keys.md says', () => {
    const lifetimes = [300, 3600, 60];
    const purposes = new Map(lifetimes.map((lifetimeSeconds, at) => [`p${at}`, { lifetimeSeconds }]));
    const settings = { purposes, clockToleranceSeconds: 7 } as unknown as Parameters<typeof ringPolicy>[1];
    const policy = { algorithm: 'ES256', answeredMs: 600_000, publishMs: 310_000 };
    expect(ringPolicy({ algorithm: 'ES256', rotateEvery: 7200 }, settings)).to.deep.equal({
      ...policy,
      rotateEveryMs: 7_200_000,
      longestTokenMs: (3600 + 7 + 60) * 1000,
    });
    expect(ringPolicy({ algorithm: 'ES256' }, { ...settings, purposes: new Map() })).to.deep.equal({
      ...policy,
      longestTokenMs: 67_000,
    });
  });
});
