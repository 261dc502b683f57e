import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { generateKey } from '../../src/keys/generate-key.ts';
import { liveRing } from '../../src/keys/live-ring.ts';
import { plainCodec } from '../../src/keys/ring-codec.ts';
import { ringFile } from '../../src/keys/ring-file.ts';
import type { LiveRing, LiveRingOptions } from '../../src/keys/ring-options.ts';
import type { KeyChange } from '../../src/keys/ring-states.ts';
import { FixedRingError, type RingStore, ringInMemory } from '../../src/keys/ring-store.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { redisRing } from '../../src/redis/ring.ts';
import { signToken } from '../../src/token/sign.ts';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { rejectionOf, ringText, storedKey } from './stored-keys.ts';

const POLICY = {
  algorithm: 'ES256',
  rotateEveryMs: 3_600_000,
  longestTokenMs: 600_000,
  answeredMs: 600_000,
  publishMs: 310_000,
} as const;

describe('a ring in use', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  async function open(store: RingStore, options: Partial<LiveRingOptions> = {}) {
    const changes: KeyChange[] = [];
    const troubles: (string | undefined)[] = [];
    const ring = await liveRing({
      store,
      codec: plainCodec,
      policy: POLICY,
      nowMs: Date.now,
      randomBytes,
      draw: generateKey,
      onTrouble: (reason) => troubles.push(reason),
      ...options,
    });
    onClose(() => ring.close());
    ring.tell({ changed: (change) => changes.push(change), renewed: () => {} });
    return { ring, changes, troubles };
  }

  const newFile = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-ring-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    return join(folder, 'keys.json');
  };

  /** The same place, as each of several processes has it. */
  const PLACES: Readonly<Record<string, () => Promise<() => RingStore>>> = {
    'a file': async () => {
      const path = await newFile();
      return () => ringFile(path, Date.now);
    },
    Redis: async () => {
      const issuer = `https://${randomBytes(8).toString('hex')}.example.test`;
      return () => {
        const monotonicMs = () => performance.now();
        const connection = connectLedger({ url: redis.url }, { timeoutMs: 5000, monotonicMs });
        onClose(() => connection.close());
        return redisRing({ connection, namespace: 'test', issuer });
      };
    },
  };

  const kidsOf = ({ jwks }: LiveRing) => jwks.keys.map(({ kid }) => kid);

  for (const [place, make] of Object.entries(PLACES)) {
    describe(`in ${place}`, () => {
      it('is one for any number of processes that start at once', async () => {
        const storeOf = await make();
        const opened = await Promise.all(Array.from({ length: 8 }, () => open(storeOf())));
        const [first] = opened;
        for (const { ring } of opened) {
          expect(ring.signing.kid).to.equal(first?.ring.signing.kid);
          expect(kidsOf(ring)).to.deep.equal(first && kidsOf(first.ring));
          expect(ring.subjectKey).to.deep.equal(first?.ring.subjectKey);
        }
        expect(kidsOf(opened[0]?.ring as LiveRing)).to.have.length(2);
        expect(opened.filter(({ ring }) => ring.isNew)).to.have.length(1);
      });

      it('is rotated once when eight rotate it at once; the others wait for the next key', async () => {
        const storeOf = await make();
        const opened = await Promise.all(Array.from({ length: 8 }, () => open(storeOf())));
        const next = opened[0]?.ring.stored.keys.find(({ state }) => state === 'next')?.jwk.kid;
        await Promise.all(opened.map(({ ring }) => ring.rotate()));
        const promoted = opened.flatMap(({ changes }) => changes.filter(({ what }) => what === 'promoted'));
        expect(promoted).to.deep.equal([{ what: 'promoted', kid: next }]);
        for (const { ring } of opened) {
          await until(async () => ring.signing.kid === next && ring.stored.isRotationAsked);
        }
      });

      it('is the new one everywhere within two seconds, and the same keys are the same objects', async () => {
        const storeOf = await make();
        const here = await open(storeOf());
        const there = await open(storeOf());
        const { signing } = there.ring;
        await here.ring.rotate();
        await until(async () => there.ring.signing.kid === here.ring.signing.kid);
        expect(kidsOf(there.ring)).to.deep.equal(kidsOf(here.ring));
        expect([...there.ring.verification.values()]).to.include(
          [...there.ring.verification.values()].find(({ kid }) => kid === signing.kid),
        );
        expect(there.changes.filter(({ what }) => what === 'promoted')).to.deep.equal([]);
      });

      it('knows a revoked key, publishes it no longer, and signs with the next', async () => {
        const storeOf = await make();
        const here = await open(storeOf());
        const there = await open(storeOf());
        const { kid } = here.ring.signing;
        await here.ring.revoke(kid);
        await until(async () => there.ring.revoked.has(kid));
        for (const { ring } of [here, there]) {
          expect(kidsOf(ring)).to.have.length(2).and.not.include(kid);
          expect(ring.signing.kid).to.not.equal(kid);
          expect([...ring.verification.values()].map((key) => key.kid)).to.include(kid);
        }
        expect(await here.ring.revoke('stranger')).to.equal(undefined);
      });

      it('is put back when an older copy takes its place, or nothing does', async () => {
        const storeOf = await make();
        const store = storeOf();
        const { ring } = await open(store);
        const older = await store.read();
        await ring.revoke(ring.signing.kid);
        const newer = await store.read();
        expect(await store.replace(newer, older ?? '')).to.equal(true);
        await until(async () => (await store.read()) === newer);
        expect(ring.revoked.size).to.equal(1);
      });
    });
  }

  it('shows every verifier that keeps the JWK Set for its whole time every key that signs, at full speed', async () => {
    const policy = { ...POLICY, publishMs: 1500, rotateEveryMs: 1, longestTokenMs: 4000, answeredMs: 1000 };
    const cachedMs = 1000;
    const storeOf = await (PLACES.Redis ?? PLACES['a file'])?.();
    if (!storeOf) throw new Error('nowhere');
    const [here, there] = [await open(storeOf(), { policy }), await open(storeOf(), { policy })];
    let served = { at: Number.NEGATIVE_INFINITY, set: createLocalJWKSet({ keys: [] }) };
    const claims = {
      iss: 'i',
      aud: 'a',
      sub: 's',
      jti: 'j',
      iat: 1_800_000_000,
      exp: 4_000_000_000,
      purpose: 'p',
    };
    const kids = new Set<string>();
    let verified = 0;
    const endMs = performance.now() + 4500;
    while (performance.now() < endMs) {
      for (const { ring } of [here, there]) {
        const token = await signToken(claims, ring.signing);
        if (performance.now() - served.at > cachedMs) {
          // Whichever instance answers.
          const { jwks } = verified % 2 === 0 ? here.ring : there.ring;
          served = { at: performance.now(), set: createLocalJWKSet({ keys: [...jwks.keys] }) };
        }
        const { protectedHeader } = await jwtVerify(token, served.set);
        kids.add(String(protectedHeader.kid));
        verified++;
      }
    }
    expect(kids.size).to.be.at.least(2);
    expect(verified).to.be.above(100);
  });

  it('is used on when its file breaks while it runs, says why once, and leaves the file alone', async () => {
    const path = await newFile();
    const { ring, troubles } = await open(ringFile(path, Date.now));
    const good = await readFile(path, 'utf8');
    const { kid } = ring.signing;
    for (const broken of [
      '',
      '{',
      good.slice(0, 200),
      '{"keys":[]}',
      good.replace('"signing"', '"verifying"'),
    ]) {
      await writeFile(path, broken);
      await until(async () => ring.trouble !== undefined);
      expect(ring.signing.kid).to.equal(kid);
      expect(ring.trouble).to.include(path).and.not.include('"d"');
      expect(await readFile(path, 'utf8')).to.equal(broken);
      await writeFile(path, good);
      await until(async () => ring.trouble === undefined);
    }
    expect(troubles.filter((reason) => reason !== undefined)).to.have.length(5);
  });

  it('of an earlier version gets its states, and its keys go on', async () => {
    const path = await newFile();
    const [old, current] = [await storedKey('ES256', 1), await storedKey('ES256', 2)];
    await writeFile(path, ringText(current, old), { mode: 0o600 });
    const { ring, changes } = await open(ringFile(path, Date.now));
    expect(ring.stored.keys.map(({ jwk, state }) => [jwk.kid, state]).slice(0, 1)).to.deep.equal([
      [current.kid, 'signing'],
    ]);
    expect(ring.stored.keys.map(({ state }) => state).sort()).to.deep.equal(['next', 'signing', 'verifying']);
    // It was made before anybody could listen.
    const next = ring.stored.keys.find(({ state }) => state === 'next')?.jwk.kid;
    expect(changes).to.deep.equal([{ what: 'published', kid: next }]);
    const again = await open(ringFile(path, Date.now));
    expect(again.ring.signing.kid).to.equal(current.kid);
    expect(again.ring.subjectKey).to.deep.equal(ring.subjectKey);
  });

  it('that cannot be changed is used as it is: one warning if it is to be rotated, else none', async () => {
    const path = await newFile();
    const key = await storedKey('ES256');
    await writeFile(path, ringText(key), { mode: 0o600 });
    const fixed: RingStore = {
      ...ringFile(path, Date.now),
      replace: (former, text) => ringFile('/proc/version', Date.now).replace(former, text),
    };
    const rotating = await open(fixed);
    expect(rotating.ring.signing.kid).to.equal(key.kid);
    expect(rotating.troubles).to.have.length(1);
    const still = await open(fixed, { policy: { ...POLICY, rotateEveryMs: undefined } });
    expect(still.ring.signing.kid).to.equal(key.kid);
  });

  it('that could not be changed says so before it has to be, if it is to be rotated', async () => {
    const store: RingStore = {
      ...ringInMemory(),
      requireWritable: async () => {
        throw new FixedRingError('it is mounted');
      },
    };
    expect((await open(store)).troubles).to.deep.equal(['it is mounted']);
    const still = await open(store, { policy: { ...POLICY, rotateEveryMs: undefined } });
    expect(still.troubles).to.deep.equal([]);
  });

  it('that cannot be changed is tried again after a minute, and then says that it can be', async () => {
    const inner = ringInMemory();
    await inner.replace(undefined, ringText(await storedKey('ES256')));
    let [reads, tries, nowMs, isFixed] = [0, 0, Date.now(), true];
    const store: RingStore = {
      read: async () => {
        reads++;
        return inner.read();
      },
      replace: async (former, text) => {
        tries++;
        if (isFixed) throw new FixedRingError('it is mounted');
        return inner.replace(former, text);
      },
    };
    const { ring, troubles } = await open(store, { nowMs: () => nowMs });
    isFixed = false;
    nowMs += 59_999;
    const seen = reads;
    await until(async () => reads > seen + 1);
    expect([tries, ring.trouble]).to.deep.equal([1, 'it is mounted']);
    nowMs += 1;
    await until(async () => ring.trouble === undefined);
    expect(troubles).to.deep.equal(['it is mounted', undefined]);
    expect(JSON.parse((await inner.read()) ?? '').version).to.be.a('number');
  });

  it('that cannot be wrapped as it should be says so, also if it is never rotated', async () => {
    const text = ringText(await storedKey('ES256'));
    const store: RingStore = {
      read: async () => text,
      replace: async () => {
        throw new FixedRingError('it is mounted');
      },
    };
    const codec = { ...plainCodec, open: async () => ({ text, mustRewrite: true }) };
    const policy = { ...POLICY, rotateEveryMs: undefined };
    const { troubles } = await open(store, { policy, codec });
    expect(troubles).to.deep.equal(['the keys are not wrapped as keys.wrap says: it is mounted']);
    expect((await open(store, { policy })).troubles).to.deep.equal([]);
  });

  it('is told of to whoever begins to listen, so that a ledger hears at the start which keys are revoked', async () => {
    const { ring } = await open(ringInMemory());
    let renewals = 0;
    ring.tell({ changed: () => {}, renewed: () => renewals++ });
    expect(renewals).to.equal(1);
    await ring.rotate();
    expect(renewals).to.equal(2);
  });

  it('is closed when what was under way is over, and says nothing of it', async () => {
    const inner = ringInMemory();
    let isUnderWay = false;
    let fail: ((error: Error) => void) | undefined;
    const { ring, troubles } = await open({
      ...inner,
      read: () => (isUnderWay ? new Promise((_, reject) => (fail = reject)) : inner.read()),
    });
    isUnderWay = true;
    await until(async () => fail !== undefined);
    let isClosed = false;
    const closing = ring.close().then(() => {
      isClosed = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).to.equal(false);
    fail?.(new Error('the connection was closed'));
    await closing;
    expect(troubles).to.deep.equal([]);
  });

  it('leaves nothing beside its file, also after a process died with the lock', async () => {
    const path = await newFile();
    const { ring } = await open(ringFile(path, Date.now));
    await writeFile(`${path}.lock`, '');
    await chmod(`${path}.lock`, 0o600);
    const late = ringFile(path, () => Date.now() + 60_000);
    const text = (await late.read()) ?? '';
    expect(await late.replace(text, text)).to.equal(false);
    expect(await late.replace(text, text)).to.equal(true);
    await ring.rotate();
    expect(await readdir(join(path, '..'))).to.deep.equal(['keys.json']);
  });

  it('is changed by the clock that all have in common, and by none before that is known', async () => {
    const store = ringInMemory();
    const { ring: here } = await open(store);
    const dayLate = () => Date.now() + 86_400_000;
    const { ring: ahead, changes } = await open(store, { nowMs: dayLate, awaitsTime: true });
    expect(ahead.stored).to.deep.equal(here.stored);
    await here.rotate();
    await ahead.readAgain?.();
    expect(changes).to.deep.equal([]);
    await ahead.keepTime(Date.now);
    expect(ahead.nowMs()).to.be.closeTo(Date.now(), 1000);
    expect(changes).to.deep.equal([]);
    expect(ahead.stored).to.deep.equal(here.stored);
    await ahead.keepTime(dayLate);
    expect(changes.map(({ what }) => what)).to.deep.equal(['retired', 'promoted', 'published']);
  });

  for (const [clock, days] of Object.entries({ 'is ahead': 40, 'is behind': -40 }))
    it(`loses only the key that is revoked by a clock that ${clock}, before that of all is known`, async () => {
      const store = ringInMemory();
      const { ring: here } = await open(store);
      const wrong = () => Date.now() + days * 86_400_000;
      const first = here.signing.kid;
      await here.rotate();
      const second = here.signing.kid;
      const { ring: there, changes } = await open(store, { nowMs: wrong, awaitsTime: true });
      expect((await rejectionOf(there.rotate())).message).to.include('has not answered yet');
      await there.revoke(second);
      await there.keepTime(Date.now);
      await here.readAgain?.();
      expect([...here.revoked]).to.deep.equal([second]);
      expect(kidsOf(here)).to.include(first).and.not.include(second);
      expect(changes.map(({ what }) => what)).to.deep.equal(['revoked', 'promoted', 'published']);
      for (const { sinceMs } of here.stored.keys) expect(sinceMs).to.be.closeTo(Date.now(), 10_000);
    });

  it('says that it was stored again, and why', async () => {
    const path = await newFile();
    const said: string[] = [];
    const { ring } = await open(ringFile(path, Date.now), { onPutBack: (what) => said.push(what) });
    const backup = await readFile(path);
    await ring.rotate();
    await writeFile(path, backup);
    await ring.readAgain?.();
    await rm(path);
    await ring.readAgain?.();
    expect(said).to.deep.equal(['an older one was there', 'it was gone']);
  });

  it('is not given up for that of another deployment, unless that cannot be changed', async () => {
    const [path, foreign] = [await newFile(), await newFile()];
    const others = await open(ringFile(foreign, Date.now));
    await others.ring.rotate();
    let isFixed = false;
    const inner = ringFile(path, Date.now);
    const requireWritable = async () => {
      if (isFixed) throw new FixedRingError('it is mounted');
    };
    const { ring } = await open({ ...inner, requireWritable });
    const { kid } = ring.signing;
    const text = await readFile(foreign);
    await writeFile(path, text);
    await ring.readAgain?.();
    expect(ring.signing.kid).to.equal(kid);
    expect(ring.trouble).to.include('is that of another deployment');
    expect(await readFile(path)).to.deep.equal(text);
    isFixed = true;
    await ring.readAgain?.();
    expect(ring.signing.kid).to.equal(others.ring.signing.kid);
  });

  it('says what to run as it can be pasted when it cannot be changed', async () => {
    const path = await newFile();
    const { ring } = await open(ringFile(path, Date.now));
    await chmod(path, 0o644);
    const refusal = await rejectionOf(ring.rotate());
    expect(refusal).to.include({
      code: 'ledger_unavailable',
      message: `The keys cannot be changed: ${path} may be read or written by others than its owner. Run: chmod 600 ${path}`,
    });
  });

  it('in memory is one for its process', async () => {
    const store = ringInMemory();
    const { ring } = await open(store);
    await ring.rotate();
    expect((await open(store)).ring.signing.kid).to.equal(ring.signing.kid);
  });
});
