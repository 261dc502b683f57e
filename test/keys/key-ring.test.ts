import { createECDH, createHmac } from 'node:crypto';
import { expect } from 'chai';
import { compactVerify, createLocalJWKSet, jwtVerify } from 'jose';
import { type PublishedKeyRing, parseKeyRing } from '../../src/keys/key-ring.ts';
import type { TokenClaims } from '../../src/token/claims.ts';
import { ALGORITHMS, type Algorithm, type SigningKey } from '../../src/token/key.ts';
import { signToken } from '../../src/token/sign.ts';
import { verifyToken } from '../../src/token/verify.ts';
import { APP, ISSUER, jtiOf, NOW_S, PURPOSES } from '../support/forge.ts';
import {
  CREATED_MS,
  namesIn,
  printed,
  publicOnly,
  rejectionOf,
  ringText,
  type StoredMembers,
  storedKey,
} from './stored-keys.ts';

const DAY_MS = 86_400_000;
const CLAIMS: TokenClaims = {
  iss: ISSUER,
  aud: APP,
  sub: 'user-42',
  jti: jtiOf(NOW_S, NOW_S + 60),
  iat: NOW_S,
  exp: NOW_S + 60,
  purpose: 'password-reset',
};

describe('a key ring', () => {
  let es: readonly [StoredMembers, StoredMembers, StoredMembers];
  let ed: readonly [StoredMembers, StoredMembers, StoredMembers];
  before(async () => {
    [es, ed] = await Promise.all([threeDaysOf('ES256'), threeDaysOf('Ed25519')]);
  });

  const everyKey = () => [...es, ...ed];

  /** A token of each key, as its own deployment would sign it while it was the only one. */
  async function tokenOf(stored: StoredMembers): Promise<string> {
    const algorithm = ALGORITHMS.find((name) => name === stored.alg) ?? 'ES256';
    const { signing } = await parseKeyRing(ringText(stored), algorithm);
    return signToken(CLAIMS, signing);
  }

  async function verdictOf(token: string, keys: PublishedKeyRing): Promise<string> {
    const verifier = { issuer: ISSUER, keys, purposes: PURPOSES, clockToleranceSeconds: 0 };
    const verification = await verifyToken(token, verifier, NOW_S * 1000);
    return verification.valid ? 'accepted' : verification.reason;
  }

  async function refusalOf(text: string, algorithm: Algorithm = 'ES256'): Promise<string> {
    const failure = await rejectionOf(parseKeyRing(text, algorithm));
    expect(failure.name, printed(failure)).to.equal('UnfitKeyError');
    return failure.message;
  }

  it('has a sealing key of 32 octets for each private key, which only that key leads to', async () => {
    const all = everyKey();
    const { sealing, signing } = await parseKeyRing(ringText(...all), 'ES256');
    expect([...sealing.keys()]).to.deep.equal(all.map(({ kid }) => kid));
    const octets = [...sealing.values()].map((key) => Buffer.from(key).toString('hex'));
    for (const key of octets) expect(key).to.match(/^[\da-f]{64}$/);
    expect(new Set(octets).size).to.equal(all.length);
    expect(sealing.get(signing.kid)).to.deep.equal(signing.sealingKey);
    const again = await parseKeyRing(ringText(...all), 'ES256');
    expect([...again.sealing]).to.deep.equal([...sealing]);
  });

  it('has no sealing key for a key without its private part, and publishes none', async () => {
    const [oldest, newest] = es;
    const { sealing, jwks } = await parseKeyRing(ringText(publicOnly(oldest), newest), 'ES256');
    expect([...sealing.keys()]).to.deep.equal([newest.kid]);
    const published = JSON.stringify(jwks);
    for (const key of sealing.values()) {
      expect(published).to.not.include(Buffer.from(key).toString('base64url'));
    }
  });

  it('seals with a key of its own kind: HKDF with SHA-256 over the private part', async () => {
    const d = Buffer.alloc(32, 7).toString('base64url');
    const stored = { ...es[0], ...publicPartOf(d), d };
    const { sealing } = await parseKeyRing(ringText(stored), 'ES256');
    const key = Buffer.from(sealing.get(String(es[0].kid)) ?? '').toString('hex');
    expect(key).to.equal(hkdfOf(Buffer.alloc(32, 7), 'matchstick sealed claims'));
  });

  it('signs with the newest private key of its algorithm, in whatever order the file has them', async () => {
    for (const [algorithm, [oldest, middle, newest]] of [
      ['ES256', es],
      ['Ed25519', ed],
    ] as const) {
      for (const order of [everyKey(), everyKey().reverse(), [newest, ...ed, ...es].filter(isFirst)]) {
        const { signing } = await parseKeyRing(ringText(...order), algorithm);
        expect(signing).to.include({ kid: newest.kid, algorithm });
      }
      const withoutNewest = await parseKeyRing(ringText(oldest, publicOnly(newest), middle), algorithm);
      expect(withoutNewest.signing.kid).to.equal(middle.kid);
    }
  });

  it('verifies the tokens of all its keys, of both algorithms, with or without their private parts', async () => {
    for (const algorithm of ALGORITHMS) {
      const [newestEs, newestEd] = [es[2], ed[2]];
      const readOnly = everyKey().map((key) =>
        key === newestEs || key === newestEd ? key : publicOnly(key),
      );
      for (const keys of [everyKey(), readOnly]) {
        const ring = await parseKeyRing(ringText(...keys), algorithm);
        expect(ring.verification.size).to.equal(6);
        for (const stored of everyKey()) {
          expect(await verdictOf(await tokenOf(stored), ring), String(stored.kid)).to.equal('accepted');
        }
        expect(await verdictOf(await signToken(CLAIMS, ring.signing), ring)).to.equal('accepted');
      }
    }
  });

  it('F3: verifies the tokens of an old key until that is taken out, and refuses them from then on', async () => {
    const [old, current] = [es[0], es[1]];
    const token = await tokenOf(old);
    const both = await parseKeyRing(ringText(old, current), 'ES256');
    expect(both.signing.kid).to.equal(current.kid);
    expect(await verdictOf(token, both)).to.equal('accepted');
    const after = await parseKeyRing(ringText(current), 'ES256');
    expect(await verdictOf(token, after)).to.equal('its key is not known here');
    const successor = { ...es[2], kid: old.kid };
    const reused = await parseKeyRing(ringText(current, successor), 'ES256');
    expect(await verdictOf(token, reused)).to.equal('its signature does not verify');
  });

  it('F3: has the kid, and publishes the key, that it had before it was read again', async () => {
    for (const stored of everyKey()) {
      const algorithm = ALGORITHMS.find((name) => name === stored.alg) ?? 'ES256';
      const [one, again] = await Promise.all([
        parseKeyRing(ringText(stored), algorithm),
        parseKeyRing(JSON.stringify({ keys: [stored] }, null, 4), algorithm),
      ]);
      expect(one.jwks).to.deep.equal(again.jwks);
      expect([...one.verification.keys()]).to.deep.equal([...again.verification.keys()]);
      expect(one.signing.kid).to.equal(stored.kid);
    }
  });

  it('F2: publishes each key with its public members only, at any depth', async () => {
    const ring = await parseKeyRing(ringText(...everyKey()), 'ES256');
    const allowed = ['keys', 'kid', 'alg', 'use', 'kty', 'crv', 'x', 'y'];
    expect(namesIn(ring.jwks).filter((name) => !allowed.includes(name) && !/^\d+$/.test(name))).to.deep.equal(
      [],
    );
    const published = JSON.stringify(ring.jwks);
    for (const { kid, x, d } of everyKey()) {
      expect(published).to.contain(kid).and.to.contain(x);
      expect(published).to.not.contain(d);
    }
    expect(ring.jwks.keys.map(({ kid, alg, use }) => ({ kid, alg, use }))).to.deep.equal(
      everyKey().map(({ kid, alg }) => ({ kid, alg, use: 'sig' })),
    );
  });

  it('F2: shows no private part to anybody who prints it', async () => {
    const ring = await parseKeyRing(ringText(...everyKey()), 'ES256');
    const text = printed(new Error('a ring', { cause: ring })) + JSON.stringify(ring);
    for (const { d } of everyKey()) expect(text).to.not.contain(d);
    expect(exportableNames(ring.signing)).to.deep.equal(['publicKey']);
  });

  it('publishes keys with which any JOSE library verifies its tokens', async () => {
    const ring = await parseKeyRing(ringText(...everyKey()), 'Ed25519');
    const jwks = createLocalJWKSet({ keys: [...ring.jwks.keys] });
    for (const stored of everyKey()) {
      const token = await tokenOf(stored);
      await compactVerify(token, jwks);
      const { payload, protectedHeader } = await jwtVerify(token, jwks, {
        issuer: ISSUER,
        audience: APP,
        typ: 'cap+jwt',
        currentDate: new Date(NOW_S * 1000),
      });
      expect(payload).to.deep.equal(CLAIMS);
      expect(protectedHeader.kid).to.equal(stored.kid);
    }
  });

  it('F1: is refused when two of its keys have the same kid', async () => {
    const [one, other] = es;
    const message = 'two keys have the same kid';
    expect(await refusalOf(ringText(one, one))).to.equal(message);
    expect(await refusalOf(ringText(one, { ...other, kid: one.kid }))).to.equal(message);
    expect(await refusalOf(ringText(one, { ...ed[0], kid: one.kid }))).to.equal(message);
    expect(await refusalOf(ringText(one, other, publicOnly(one)))).to.equal(message);
  });

  it('F1: is refused as a whole when one of its keys is, and says which', async () => {
    const secret = { kty: 'oct', kid: 'mac', alg: 'HS256', k: Buffer.alloc(32, 1).toString('base64url') };
    expect(await refusalOf(ringText(es[0], secret))).to.match(/^keys\.1: /);
    expect(await refusalOf(ringText({ ...es[0], use: 'enc' }, es[1]))).to.match(/^keys\.0: use: /);
    expect(await refusalOf(ringText(es[0], es[1], null))).to.match(/^keys\.2: /);
  });

  it('is refused when it has no private key of the algorithm to sign with', async () => {
    const message = (algorithm: Algorithm) =>
      `there is no private ${algorithm} key, so nothing can be signed`;
    expect(await refusalOf(ringText(), 'ES256')).to.equal(message('ES256'));
    expect(await refusalOf(ringText(...es), 'Ed25519')).to.equal(message('Ed25519'));
    expect(await refusalOf(ringText(...ed), 'ES256')).to.equal(message('ES256'));
    expect(await refusalOf(ringText(...es.map(publicOnly)), 'ES256')).to.equal(message('ES256'));
  });

  it('is refused when it is not the JSON object that it should be', async () => {
    const [key] = es;
    for (const text of [
      '',
      ' ',
      'keys:',
      '{',
      ringText(key).slice(0, -1),
      `\ufeff${ringText(key)}`,
      '{"keys":[}',
    ]) {
      expect(await refusalOf(text), text.slice(0, 20)).to.match(/^the key file is not JSON: put back a copy/);
    }
    for (const value of [
      null,
      [],
      [key],
      key,
      {},
      { Keys: [key] },
      { keys: key },
      { keys: null },
      1,
      'keys',
    ]) {
      expect(await refusalOf(JSON.stringify(value))).to.match(
        /^the key file is not \{"keys": \[…\]\}: put back/,
      );
    }
  });

  it('F2: quotes nothing of a file that it cannot read', async () => {
    for (const [key] of [es, ed]) {
      const text = ringText(key);
      const d = String(key.d);
      const spoiled = [
        text.slice(0, -1),
        text.slice(0, text.indexOf(d) + 20),
        text.replace(d, `${d}"`),
        d,
        `{"keys":[${d}]}`,
        text.replace('"d"', '"D"'),
        text.replace('"kid"', '"kad"'),
        text.replace('ES256', d).replace('Ed25519', d),
        ringText(key, key),
        ringText(key, d),
        ringText(publicOnly(key), [d]),
        ringText({ ...key, alg: 'HS256', kty: 'oct', k: d }),
      ];
      for (const wrong of spoiled) {
        const failure = await rejectionOf(parseKeyRing(wrong, 'ES256'));
        expect(printed(failure)).to.not.contain(d.slice(0, 10));
        expect(printed(failure)).to.not.contain(String(key.x).slice(0, 10));
      }
    }
  });
});

async function threeDaysOf(algorithm: Algorithm): Promise<[StoredMembers, StoredMembers, StoredMembers]> {
  return Promise.all([
    storedKey(algorithm, CREATED_MS),
    storedKey(algorithm, CREATED_MS + DAY_MS),
    storedKey(algorithm, CREATED_MS + 2 * DAY_MS),
  ]);
}

function isFirst<Item>(item: Item, index: number, all: readonly Item[]): boolean {
  return all.indexOf(item) === index;
}

/** The parts of a key that the Web Crypto API would hand out again. */
function exportableNames({ publicKey, privateKey }: SigningKey): readonly string[] {
  return Object.entries({ publicKey, privateKey }).flatMap(([name, key]) => (key.extractable ? [name] : []));
}

function publicPartOf(d: string) {
  const point = createECDH('prime256v1');
  point.setPrivateKey(Buffer.from(d, 'base64url'));
  const octets = point.getPublicKey();
  const [x, y] = [octets.subarray(1, 33), octets.subarray(33)];
  return { x: x.toString('base64url'), y: y.toString('base64url') };
}

/** RFC 5869 by hand, for 32 octets without a salt. */
function hkdfOf(secret: Uint8Array, info: string): string {
  const extracted = createHmac('sha256', Buffer.alloc(32)).update(secret).digest();
  return createHmac('sha256', extracted).update(`${info}\u0001`).digest('hex');
}
