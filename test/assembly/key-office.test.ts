import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { keyOffice, revokedTeller } from '../../src/assembly/key-office.ts';
import { ringPolicy } from '../../src/assembly/open-keys.ts';
import { MatchstickError } from '../../src/errors.ts';
import type { Witness } from '../../src/events/witness.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { liveRing } from '../../src/keys/live-ring.ts';
import { plainCodec } from '../../src/keys/ring-codec.ts';
import type { RingPolicy } from '../../src/keys/ring-states.ts';
import { ringInMemory } from '../../src/keys/ring-store.ts';
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

describe('the keys as operators change them', () => {
  const onTestEnd = cleanupAfter(afterEach);

  async function opened(ledger: Pick<BurnLedger, 'revokeKey'>) {
    const ring = await liveRing({
      ...{ store: ringInMemory(), codec: plainCodec, policy: POLICY, nowMs: Date.now },
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

describe('what a ledger is told of revoked keys', () => {
  it('is every one, again and again until it has answered', async () => {
    const { ledger, heard } = hearingLedger((question) => question === 2);
    const teller = revokedTeller({ revoked: new Set(['one', 'two']) }, ledger);
    teller.tell();
    await until(async () => heard.length >= 4);
    teller.stop();
    expect(heard).to.deep.equal(['one', 'two', 'one', 'two']);
  });

  it('is nothing more once telling was stopped, also while no answer had come', async () => {
    const { ledger, heard } = hearingLedger(() => true);
    const teller = revokedTeller({ revoked: new Set(['one']) }, ledger);
    teller.tell();
    teller.stop();
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(heard).to.deep.equal(['one']);
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
