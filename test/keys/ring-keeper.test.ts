import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { plainCodec, type RingCodec } from '../../src/keys/ring-codec.ts';
import { type ChangeRing, ringKeeper } from '../../src/keys/ring-keeper.ts';
import { advanceRing, type KeyChange, kidOf, revokeInRing, rotateRing } from '../../src/keys/ring-states.ts';
import { FixedRingError, type RingStore, ringInMemory } from '../../src/keys/ring-store.ts';
import { ringText as textOf } from '../../src/keys/stored-ring.ts';
import { rejectionOf, ringText, storedKey } from './stored-keys.ts';

const POLICY = {
  algorithm: 'ES256',
  longestTokenMs: 600_000,
  answeredMs: 600_000,
  publishMs: 310_000,
} as const;
const nowMs = Date.now;
const stay: ChangeRing = (ring) => advanceRing(ring, POLICY, generateKey, nowMs());
const rotate: ChangeRing = (ring) => rotateRing(ring, POLICY, generateKey, nowMs());
const revoke =
  (kid: string): ChangeRing =>
  (ring) =>
    revokeInRing(ring, kid, POLICY, generateKey, nowMs());

describe('the keeper of a ring', () => {
  async function keep(store: RingStore, codec: RingCodec = plainCodec) {
    let renewals = 0;
    const changes: KeyChange[] = [];
    const keeper = await ringKeeper(
      { store, codec, policy: POLICY, nowMs, randomBytes, draw: generateKey },
      () => renewals++,
    );
    const change = (make: ChangeRing) => keeper.change(make, (each) => changes.push(each));
    const kid = (state: string) => {
      const [key] = keeper.current.stored.keys.filter((each) => each.state === state);
      return key ? kidOf(key) : '';
    };
    return { keeper, change, changes, kid, renewals: () => renewals };
  }

  it('overwrites nothing that was stored while a change was being made', async () => {
    const store = ringInMemory();
    const [here, there] = [await keep(store), await keep(store)];
    const victim = here.kid('signing');
    let isFirst = true;
    const slowly: ChangeRing = async (ring) => {
      const advanced = await rotateRing(ring, POLICY, generateKey, nowMs());
      if (isFirst) await there.change(revoke(victim));
      isFirst = false;
      return advanced;
    };
    await here.change(slowly);
    await there.change(stay);
    for (const { keeper } of [here, there]) expect([...keeper.current.ring.revoked]).to.deep.equal([victim]);
  });

  it('makes one change after the other, also of one process', async () => {
    const store = ringInMemory();
    const { change, keeper, kid } = await keep(store);
    const [signing, next] = [kid('signing'), kid('next')];
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const waiting = change(async (ring) => {
      await gate;
      return rotateRing(ring, POLICY, generateKey, nowMs());
    });
    const revoking = change(revoke(signing));
    await Promise.race([revoking, new Promise((resolve) => setTimeout(resolve, 200))]);
    expect(kid('signing')).to.equal(signing);
    goOn();
    await Promise.all([waiting, revoking]);
    expect(kid('signing')).to.equal(next);
    expect([...keeper.current.ring.revoked]).to.deep.equal([signing]);
    expect(await store.read()).to.equal(textOf(keeper.current.stored));
  });

  it('goes on after a change that failed', async () => {
    const { change, kid } = await keep(ringInMemory());
    const failed = change(async () => {
      throw new Error('no entropy');
    });
    const next = kid('next');
    const rotated = change(rotate);
    expect((await rejectionOf(failed)).message).to.equal('no entropy');
    await rotated;
    expect(kid('signing')).to.equal(next);
  });

  it('keeps a key revoked whose revocation was lost, even if the ring that lacks it is as new', async () => {
    const store = ringInMemory();
    const here = await keep(store);
    const lost = await store.read();
    const there = await keep(store);
    const victim = here.kid('signing');
    await here.change(revoke(victim));
    // A replica took over that had not heard of it; and another instance rotated there.
    await store.replace(await store.read(), lost ?? '');
    await there.change(rotate);
    expect(there.keeper.current.stored.version).to.equal(here.keeper.current.stored.version);
    await here.change(stay);
    await there.change(stay);
    for (const { keeper } of [here, there]) {
      expect([...keeper.current.ring.revoked]).to.deep.equal([victim]);
      expect(keeper.current.ring.jwks.keys.map(({ kid }) => kid)).to.not.include(victim);
    }
    expect(here.keeper.current.stored).to.deep.equal(there.keeper.current.stored);
  });

  it('takes over keys without states that somebody put there, so that every instance does, and revokes again', async () => {
    const store = ringInMemory();
    const [here, there] = [await keep(store), await keep(store)];
    const victim = here.kid('signing');
    await here.change(revoke(victim));
    await there.change(rotate);
    const { stored } = there.keeper.current;
    const old = stored.keys.find((key) => kidOf(key) === victim)?.jwk;
    const own = await storedKey('ES256', Date.now() + 1000);
    await store.replace(await store.read(), ringText(old, own));
    for (const { change, kid, keeper } of [here, there]) {
      await change(stay);
      expect(kid('signing')).to.equal(own.kid);
      expect(keeper.current.stored.version).to.be.above(stored.version);
      expect([...keeper.current.ring.revoked]).to.deep.equal([victim]);
    }
    await here.change(stay);
    expect(here.keeper.current.stored).to.deep.equal(there.keeper.current.stored);
  });

  it('uses another ring that it cannot change as it is, even an older one: somebody put it there', async () => {
    const [inner, fresh] = [ringInMemory(), ringInMemory()];
    const writer = await keep(inner);
    await writer.change(rotate);
    const given = await keep(fresh);
    const reader = await keep({
      ...inner,
      replace: async () => {
        throw new FixedRingError('it is mounted');
      },
    });
    await inner.replace(await inner.read(), (await fresh.read()) ?? '');
    await reader.change(async () => undefined);
    expect(reader.keeper.current.stored).to.deep.equal(given.keeper.current.stored);
  });

  it('takes no older ring for its own when a newer one can just not be stored now', async () => {
    const inner = ringInMemory();
    let isAway = false;
    const { change, kid, keeper } = await keep({
      ...inner,
      replace: async (former, text) => {
        if (isAway) throw new MatchstickError('ledger_unavailable', 'away');
        return inner.replace(former, text);
      },
    });
    const older = (await inner.read()) ?? '';
    const victim = kid('signing');
    await change(revoke(victim));
    const { stored } = keeper.current;
    await inner.replace(await inner.read(), older);
    isAway = true;
    expect(await rejectionOf(change(stay))).to.include({ code: 'ledger_unavailable' });
    expect(keeper.current.stored).to.equal(stored);
    expect([...keeper.current.ring.revoked]).to.deep.equal([victim]);
  });

  it('tells of a change whose answer was lost once it is seen to be stored, and only then', async () => {
    const inner = ringInMemory();
    let fails: 'before' | 'after' | undefined;
    const store: RingStore = {
      ...inner,
      replace: async (former, text) => {
        if (fails === 'before') throw new MatchstickError('ledger_unavailable', 'not stored');
        const replaced = await inner.replace(former, text);
        if (fails === 'after') throw new MatchstickError('ledger_unavailable', 'stored, and no answer');
        return replaced;
      },
    };
    const { change, changes, kid } = await keep(store);
    const next = kid('next');
    for (const when of ['before', 'after'] as const) {
      fails = when;
      await rejectionOf(change(rotate));
      expect(changes).to.deep.equal([]);
      fails = undefined;
      await change(async () => undefined);
      expect(changes.map(({ what }) => what)).to.deep.equal(
        when === 'before' ? [] : ['promoted', 'published'],
      );
    }
    expect(kid('signing')).to.equal(next);
    await change(stay);
    expect(changes).to.have.length(2);
  });

  it('gives up a change that others always outrun', async () => {
    const inner = ringInMemory();
    const { change } = await keep({
      ...inner,
      replace: async (former, text) => former === undefined && inner.replace(former, text),
    });
    const failure = await rejectionOf(change(rotate));
    expect(failure).to.include({ code: 'ledger_unavailable' });
  }).timeout(20_000);

  it('stores a ring anew that is stored in another form, and each ring once', async () => {
    const inner = ringInMemory();
    let stores = 0;
    const store: RingStore = {
      ...inner,
      replace: async (former, text) => {
        stores++;
        return inner.replace(former, text);
      },
    };
    await keep(store);
    let salt = 0;
    const codec: RingCodec = {
      open: async (text) =>
        text.startsWith('{')
          ? { text, mustRewrite: true }
          : { text: text.slice(text.indexOf('{')), mustRewrite: false },
      close: async (plain) => `sealed ${salt++} ${plain}`,
    };
    const { change, changes, renewals } = await keep(store, codec);
    for (let look = 0; look < 3; look++) await change(stay);
    expect(await store.read()).to.match(/^sealed 0 \{/);
    expect(stores).to.equal(2);
    expect(renewals()).to.equal(1);
    expect(changes).to.deep.equal([]);
  });
});
