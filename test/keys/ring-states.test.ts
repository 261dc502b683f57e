import { expect } from 'chai';
import fc from 'fast-check';
import {
  advanceRing,
  firstRing,
  kidOf,
  type RingPolicy,
  revokeInRing,
  rotateRing,
  rotationOf,
  shownKeys,
} from '../../src/keys/ring-states.ts';
import type { StoredRing } from '../../src/keys/stored-ring.ts';

const POLICY: RingPolicy = {
  algorithm: 'ES256',
  rotateEveryMs: 1000,
  longestTokenMs: 300,
  answeredMs: 50,
  publishMs: 100,
};
const DAY_MS = 86_400_000;

type Step =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'rotate' }
  | { readonly do: 'revoke'; readonly which: number };

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 700 }) }),
    fc.record({ do: fc.constant('rotate' as const) }),
    fc.record({ do: fc.constant('revoke' as const), which: fc.nat(5) }),
  ),
  { maxLength: 40 },
);

describe('the states of keys', () => {
  let drawn = 0;
  const draw = async (alg: string) => ({ kid: `key-${drawn++}`, alg, createdAt: new Date(0).toISOString() });
  const first = (nowMs: number) => firstRing(POLICY, new Uint8Array(32), draw, nowMs);
  const inState = (ring: StoredRing, state: string) => ring.keys.filter((key) => key.state === state);
  const kids = (ring: StoredRing, state: string) => inState(ring, state).map(kidOf);

  it('begin with one that signs and one that is next, which may sign at any time', async () => {
    const ring = await first(5000);
    expect(ring.keys.map(({ state, readyMs }) => [state, readyMs])).to.deep.equal([
      ['signing', 5000],
      ['next', 5000],
    ]);
    const { ring: rotated, changes } = await rotateRing(ring, POLICY, draw, 5000);
    expect(kids(rotated, 'signing')).to.deep.equal(kids(ring, 'next'));
    expect(kids(rotated, 'verifying')).to.deep.equal(kids(ring, 'signing'));
    expect(changes.map(({ what }) => what)).to.deep.equal(['promoted', 'published']);
  });

  it('begin now if a clock that was ahead has left them a time to come', async () => {
    const ahead = await rotateRing(await first(40 * DAY_MS), POLICY, draw, 40 * DAY_MS);
    const { ring, changes } = await advanceRing(ahead.ring, POLICY, draw, 1000);
    expect(changes).to.deep.equal([]);
    expect(ring.version).to.equal(ahead.ring.version + 1);
    expect(ring.keys.map(({ state, sinceMs }) => [state, sinceMs])).to.deep.equal([
      ['signing', 1000],
      ['next', 1000],
      ['verifying', 1000],
    ]);
    expect(rotationOf(ring, { ...POLICY, rotateEveryMs: undefined })).to.equal(undefined);
    expect(inState(ring, 'next')[0]?.readyMs).to.equal(1100);
    const asked = await rotateRing(ring, POLICY, draw, 1100);
    expect(kids(asked.ring, 'signing')).to.deep.equal(kids(ring, 'next'));
  });

  it('begin now only where they have a time to come, and none waits for longer than caches need', async () => {
    const { ring } = await rotateRing(await first(0), POLICY, draw, 50);
    const keys = ring.keys.map((key) => {
      if (key.state === 'next') return { ...key, readyMs: 40 * DAY_MS };
      return key.state === 'signing' ? { ...key, sinceMs: 40 * DAY_MS, readyMs: 20 } : key;
    });
    const { ring: now } = await advanceRing({ ...ring, keys }, POLICY, draw, 300);
    expect(now.keys.map(({ state, sinceMs, readyMs }) => [state, sinceMs, readyMs])).to.deep.equal([
      ['signing', 300, 20],
      ['next', 50, 400],
      ['verifying', 50, 0],
    ]);
  });

  it('are left as they are by a clock that is a little behind', async () => {
    const ring = await first(60_000);
    expect((await advanceRing(ring, POLICY, draw, 0)).ring).to.equal(ring);
  });

  it('stay as they are while nothing is due', async () => {
    const ring = await first(0);
    for (const nowMs of [0, 1, 999]) {
      const advanced = await advanceRing(ring, POLICY, draw, nowMs);
      expect(advanced.ring).to.equal(ring);
      expect(advanced.changes).to.deep.equal([]);
    }
  });

  it('let the next key sign when the one that signs is old, to the millisecond', async () => {
    const ring = await first(0);
    const { ring: later } = await advanceRing(ring, POLICY, draw, 1000);
    expect(kids(later, 'signing')).to.deep.equal(kids(ring, 'next'));
    expect(later.version).to.equal(ring.version + 1);
  });

  it('make a rotation wait until every cache has the next key, and then happen by itself', async () => {
    const { ring: rotated } = await rotateRing(await first(0), POLICY, draw, 10);
    const { ring: asked, changes } = await rotateRing(rotated, POLICY, draw, 20);
    expect(changes).to.deep.equal([]);
    expect(asked).to.include({ isRotationAsked: true, version: rotated.version + 1 });
    expect((await advanceRing(asked, POLICY, draw, 109)).ring).to.equal(asked);
    const { ring: done } = await advanceRing(asked, POLICY, draw, 110);
    expect(kids(done, 'signing')).to.deep.equal(kids(rotated, 'next'));
    expect(done.isRotationAsked).to.equal(false);
    const { ring: again } = await rotateRing(asked, POLICY, draw, 30);
    expect(again).to.equal(asked);
  });

  it('retire a key when its last token is over, to the millisecond, and tell so', async () => {
    const { ring: rotated } = await rotateRing(await first(0), POLICY, draw, 0);
    const [old] = kids(rotated, 'verifying');
    expect(kids((await advanceRing(rotated, POLICY, draw, 299)).ring, 'verifying')).to.deep.equal([old]);
    const { ring: later, changes } = await advanceRing(rotated, POLICY, draw, 300);
    expect(kids(later, 'verifying')).to.deep.equal([]);
    expect(changes).to.deep.equal([{ what: 'retired', kid: old }]);
  });

  it('keep a retired key, shown to nobody, for as long as attempts are answered again, and then drop it without a word', async () => {
    const { ring: rotated } = await rotateRing(await first(0), POLICY, draw, 0);
    const [old] = kids(rotated, 'verifying');
    const { ring: retired } = await advanceRing(rotated, POLICY, draw, 300);
    expect(kids(retired, 'retired')).to.deep.equal([old]);
    expect(shownKeys(retired).map(({ state }) => state)).to.deep.equal(['signing', 'next']);
    const still = await advanceRing(retired, POLICY, draw, 349);
    expect(still.ring).to.equal(retired);
    const gone = await advanceRing(retired, POLICY, draw, 350);
    expect(gone.ring.keys.map(kidOf)).not.to.include(old);
    expect(gone.ring.version).to.equal(retired.version + 1);
    expect(gone.changes).to.deep.equal([]);
  });

  it('revoke a retired key too', async () => {
    const { ring: rotated } = await rotateRing(await first(0), POLICY, draw, 0);
    const [old = ''] = kids(rotated, 'verifying');
    const { ring: retired } = await advanceRing(rotated, POLICY, draw, 300);
    const revoked = await revokeInRing(retired, old, POLICY, draw, 310);
    expect(kids(revoked?.ring ?? retired, 'revoked')).to.deep.equal([old]);
  });

  it('let the next key sign at once when the one that signs is revoked, however new it is', async () => {
    const { ring: rotated } = await rotateRing(await first(0), POLICY, draw, 0);
    const [signing, next] = [kids(rotated, 'signing')[0] ?? '', kids(rotated, 'next')[0]];
    const revoked = await revokeInRing(rotated, signing, POLICY, draw, 1);
    expect(revoked && kids(revoked.ring, 'signing')).to.deep.equal([next]);
    expect(revoked && kids(revoked.ring, 'revoked')).to.deep.equal([signing]);
    expect(revoked?.changes.map(({ what }) => what)).to.deep.equal(['revoked', 'promoted', 'published']);
  });

  it('revoke each key once, know a revoked one for a day, and know no other', async () => {
    const ring = await first(0);
    const [next = ''] = kids(ring, 'next');
    const revoked = await revokeInRing(ring, next, POLICY, draw, 1);
    if (!revoked) throw new Error('it was not in the ring');
    expect(kids(revoked.ring, 'next')).to.have.length(1).and.not.include(next);
    const again = await revokeInRing(revoked.ring, next, POLICY, draw, 2);
    expect(again?.ring).to.equal(revoked.ring);
    expect(await revokeInRing(ring, 'stranger', POLICY, draw, 1)).to.equal(undefined);
    const known = (atMs: number) => advanceRing(revoked.ring, POLICY, draw, atMs);
    expect(kids((await known(DAY_MS)).ring, 'revoked')).to.deep.equal([next]);
    expect(kids((await known(DAY_MS + 1)).ring, 'revoked')).to.deep.equal([]);
  });

  it('keep nothing private of a revoked key, and know the 64 that were revoked last', async () => {
    const secret = async (alg: string) => ({ ...(await draw(alg)), d: 'private', key_ops: ['sign'] });
    let ring = await firstRing(POLICY, new Uint8Array(32), secret, 0);
    const all: string[] = [];
    for (let at = 1; at <= 70; at++) {
      const [kid = ''] = kids(ring, 'signing');
      ring = (await revokeInRing(ring, kid, POLICY, secret, at))?.ring ?? ring;
      all.push(kid);
    }
    expect(kids(ring, 'revoked')).to.have.members(all.slice(-64));
    for (const { jwk } of inState(ring, 'revoked')) expect(jwk).to.have.keys(['kid', 'alg', 'createdAt']);
    for (const { jwk } of inState(ring, 'next')) expect(jwk).to.include({ d: 'private' });
  });

  it('go over to another algorithm as soon as every cache has a key of it', async () => {
    const policy: RingPolicy = { ...POLICY, algorithm: 'Ed25519' };
    const { ring: published } = await advanceRing(await first(0), policy, draw, 10);
    expect(inState(published, 'next').map(({ jwk }) => jwk.alg)).to.deep.equal(['Ed25519']);
    expect(inState(published, 'signing').map(({ jwk }) => jwk.alg)).to.deep.equal(['ES256']);
    const { ring: done } = await advanceRing(published, policy, draw, 110);
    expect(inState(done, 'signing').map(({ jwk }) => jwk.alg)).to.deep.equal(['Ed25519']);
  });

  it('keep a next key of the former algorithm until it is ready, so that mixed settings do not replace it all the time', async () => {
    const policy: RingPolicy = { ...POLICY, algorithm: 'Ed25519' };
    const { ring } = await rotateRing(await first(0), POLICY, draw, 0);
    const [next] = kids(ring, 'next');
    expect((await advanceRing(ring, policy, draw, 99)).ring).to.equal(ring);
    const { ring: later, changes } = await advanceRing(ring, policy, draw, 100);
    expect(changes).to.deep.equal([
      { what: 'retired', kid: next },
      { what: 'published', kid: kids(later, 'next')[0] },
    ]);
    expect(kids(later, 'signing')).to.deep.equal(kids(ring, 'signing'));
  });

  it('tell when the next key will sign, and then it does', async () => {
    const never = { ...POLICY, rotateEveryMs: undefined };
    const other: RingPolicy = { ...POLICY, algorithm: 'Ed25519' };
    const ring = await first(0);
    const { ring: rotated } = await rotateRing(ring, POLICY, draw, 10);
    const { ring: asked } = await rotateRing(rotated, POLICY, draw, 20);
    for (const [each, policy, atMs] of [
      [ring, POLICY, 1000],
      [rotated, POLICY, 1010],
      [asked, POLICY, 110],
      [asked, never, 110],
      [rotated, other, 210],
      [ring, never, undefined],
    ] as const) {
      expect(rotationOf(each, policy)).to.equal(atMs);
      let current = each;
      const signing = kids(each, 'signing');
      for (let nowMs = 20; nowMs < (atMs ?? 5000); nowMs += 10) {
        current = (await advanceRing(current, policy, draw, nowMs)).ring;
        expect(kids(current, 'signing'), String(nowMs)).to.deep.equal(signing);
      }
      if (atMs === undefined) continue;
      current = (await advanceRing(current, policy, draw, atMs)).ring;
      expect(kids(current, 'signing')).to.not.deep.equal(signing);
    }
  });

  it('keep their laws whatever time and operators do', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (walk: readonly Step[]) => {
        let nowMs = 0;
        let ring = await first(nowMs);
        /** When each key last signed, and which were revoked. */
        const lastSigned = new Map<string, number>();
        const revoked = new Set<string>();
        for (const step of walk) {
          if (step.do === 'wait') nowMs += step.ms;
          const former = ring;
          const key = ring.keys[step.do === 'revoke' ? step.which % ring.keys.length : 0];
          const kid = key ? kidOf(key) : '';
          const isEmergency = step.do === 'revoke' && key?.state === 'signing';
          const advanced =
            step.do === 'rotate'
              ? await rotateRing(ring, POLICY, draw, nowMs)
              : step.do === 'revoke'
                ? await revokeInRing(ring, kid, POLICY, draw, nowMs)
                : await advanceRing(ring, POLICY, draw, nowMs);
          if (step.do === 'revoke') revoked.add(kid);
          ring = advanced?.ring ?? ring;
          expect(inState(ring, 'signing')).to.have.length(1);
          expect(inState(ring, 'next')).to.have.length(1);
          expect(new Set(ring.keys.map(kidOf)).size).to.equal(ring.keys.length);
          expect(ring.version).to.equal(ring === former ? former.version : former.version + 1);
          const [signing] = inState(ring, 'signing');
          if (signing && !isEmergency && kidOf(signing) !== kids(former, 'signing')[0]) {
            expect(nowMs).to.be.at.least(signing.readyMs);
          }
          const [kidNow = ''] = kids(ring, 'signing');
          lastSigned.set(kidNow, nowMs);
          for (const [each, atMs] of lastSigned) {
            const overMs = nowMs - atMs - POLICY.longestTokenMs;
            if (revoked.has(each) || overMs >= POLICY.answeredMs) continue;
            const accepted = [...kids(ring, 'signing'), ...kids(ring, 'verifying')];
            expect(overMs < 0 ? accepted : [...accepted, ...kids(ring, 'retired')]).to.include(each);
          }
          for (const each of revoked) {
            const state = ring.keys.find((other) => kidOf(other) === each)?.state;
            expect(state === undefined || state === 'revoked').to.equal(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
