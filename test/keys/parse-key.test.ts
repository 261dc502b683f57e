import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { parseKey } from '../../src/keys/parse-key.ts';
import {
  CREATED_MS,
  printed,
  publicOnly,
  rejectionOf,
  type StoredMembers,
  storedKey,
} from './stored-keys.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const COMMON = { kid: 'a-key', use: 'sig', createdAt: '2027-01-15T08:00:00.000Z' };

describe('a key from a file', () => {
  let es256: StoredMembers;
  let ed25519: StoredMembers;
  let others: Readonly<Record<string, StoredMembers>>;
  before(async () => {
    [es256, ed25519] = await Promise.all([storedKey('ES256'), storedKey('Ed25519')]);
    others = { ES256: await storedKey('ES256'), Ed25519: await storedKey('Ed25519') };
  });

  const both = () => [es256, ed25519];

  async function refusalOf(key: unknown): Promise<string> {
    const failure = await rejectionOf(parseKey(key));
    expect(failure.name, printed(failure)).to.equal('UnfitKeyError');
    return failure.message;
  }

  it('is taken with its private part, which cannot be exported again', async () => {
    for (const stored of both()) {
      const key = await parseKey(stored);
      expect(key).to.include({ kid: stored.kid, algorithm: stored.alg, createdAtMs: CREATED_MS });
      expect(key.privateKey).to.include({ type: 'private', extractable: false });
      expect(key.publicKey).to.include({ type: 'public' });
      expect(key.publicKey.usages).to.deep.equal(['verify']);
    }
  });

  it('is taken without its private part, and then has none', async () => {
    for (const stored of both()) {
      const key = await parseKey(publicOnly(stored));
      expect(key.privateKey).to.equal(undefined);
      expect(key).to.include({ kid: stored.kid, algorithm: stored.alg });
    }
  });

  it('F1: is refused when it is symmetric, of any length, by any name', async () => {
    for (const length of [1, 8, 16, 31, 32, 48, 64]) {
      const k = Buffer.alloc(length, 'k').toString('base64url');
      for (const alg of [
        'HS256',
        'HS384',
        'HS512',
        'A256GCM',
        'A256KW',
        'dir',
        'ES256',
        'Ed25519',
        undefined,
      ]) {
        await refusalOf({ ...COMMON, kty: 'oct', k, alg });
        await refusalOf({ ...es256, kty: 'oct', k, alg });
      }
    }
  });

  it('F1: is refused when it is an RSA key, weak or strong', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
    const strong = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    for (const jwk of [weak, strong, { ...strong, e: 'AQ' }, { ...strong, e: 'Aw' }]) {
      for (const alg of ['RS256', 'PS256', 'RSA-OAEP', 'ES256', 'Ed25519', undefined]) {
        await refusalOf({ ...COMMON, ...jwk, alg });
      }
    }
  });

  it('F1: is refused when it is of another curve', async () => {
    for (const namedCurve of ['P-384', 'P-521', 'secp256k1']) {
      const jwk = generateKeyPairSync('ec', { namedCurve }).privateKey.export({ format: 'jwk' });
      for (const alg of ['ES256', 'ES384', 'ES512', 'ES256K']) await refusalOf({ ...COMMON, ...jwk, alg });
      await refusalOf({ ...COMMON, ...jwk, crv: 'P-256', alg: 'ES256' });
    }
    for (const jwk of [
      generateKeyPairSync('ed448').privateKey.export({ format: 'jwk' }),
      generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' }),
      generateKeyPairSync('x448').privateKey.export({ format: 'jwk' }),
    ]) {
      for (const alg of ['Ed25519', 'EdDSA', 'Ed448', 'ECDH-ES']) await refusalOf({ ...COMMON, ...jwk, alg });
    }
  });

  it('F1: is refused unless kty, crv and alg are one of the two combinations', async () => {
    for (const stored of both()) {
      for (const kty of ['EC', 'OKP', 'RSA', 'oct', 'AKP', 'ec', '', null, undefined, ['EC']]) {
        for (const crv of ['P-256', 'Ed25519', 'P-384', 'X25519', 'p-256', '', null, undefined]) {
          for (const alg of ['ES256', 'Ed25519', 'EdDSA', 'ES384', 'none', 'es256', '', null, undefined]) {
            if (kty === stored.kty && crv === stored.crv && alg === stored.alg) continue;
            await refusalOf({ ...stored, kty, crv, alg });
          }
        }
      }
    }
  });

  it('F1: is refused when it is for another use', async () => {
    for (const stored of both()) {
      expect(await parseKey({ ...stored, use: undefined })).to.include({ kid: stored.kid });
      for (const use of ['enc', 'SIG', '', null, ['sig'], 1, true]) {
        expect(await refusalOf({ ...stored, use }), JSON.stringify(use)).to.match(/^use: /);
      }
    }
  });

  it('F1: is refused when its key_ops do not allow what it is there for', async () => {
    for (const stored of both()) {
      expect(await parseKey({ ...stored, key_ops: ['sign'] })).to.have.property('privateKey');
      expect(await parseKey({ ...stored, key_ops: ['sign', 'verify'] })).to.have.property('privateKey');
      expect(await refusalOf({ ...stored, key_ops: ['verify'] })).to.equal('key_ops does not allow to sign');
      const verifying = publicOnly(stored);
      expect(await parseKey({ ...verifying, key_ops: ['verify'] })).to.include({ kid: stored.kid });
      expect(await refusalOf({ ...verifying, key_ops: ['sign'] })).to.equal(
        'key_ops does not allow to verify',
      );
      for (const operations of [[], ['encrypt'], ['sign', 'verify', 'deriveKey'], 'sign', null, {}]) {
        expect(await refusalOf({ ...stored, key_ops: operations })).to.match(/^key_ops/);
      }
    }
  });

  it('F1: is refused without a kid of 1 to 64 base64url characters', async () => {
    for (const stored of both()) {
      for (const kid of [
        undefined,
        null,
        '',
        1,
        [],
        {},
        ['a'],
        'a b',
        'a/b',
        'a=',
        'ä',
        'a\n',
        'x'.repeat(65),
      ]) {
        expect(await refusalOf({ ...stored, kid }), JSON.stringify(kid)).to.match(/^kid: /);
      }
      for (const kid of ['a', 'x'.repeat(64), '__proto__', 'A_-9']) {
        expect(await parseKey({ ...stored, kid })).to.include({ kid });
      }
    }
  });

  it('F1: is refused when its point is not on the curve P-256', async () => {
    const { x, y } = es256;
    const other = others.ES256 ?? {};
    const zero = Buffer.alloc(32).toString('base64url');
    const one = Buffer.from(`${'00'.repeat(31)}01`, 'hex').toString('base64url');
    const prime = Buffer.from(`ffffffff${'00000001'}${'00'.repeat(12)}${'ff'.repeat(12)}`, 'hex').toString(
      'base64url',
    );
    const large = Buffer.alloc(32, 255).toString('base64url');
    for (const point of [
      { x, y: other.y },
      { x: other.x, y },
      { x: y, y: x },
      { x: zero, y: zero },
      { x: one, y: one },
      { x: prime, y: prime },
      { x: large, y: large },
      { x, y: zero },
    ]) {
      const message = 'the key material is not valid, or its private part belongs to another key';
      expect(await refusalOf({ ...publicOnly(es256), ...point })).to.equal(message);
    }
  });

  it('F1: is refused when its point is not on the curve Ed25519', async () => {
    const p = 2n ** 255n - 19n;
    const small = Array.from({ length: 30 }, (_, index) => BigInt(index + 2));
    expect(small.filter(onEd25519)).to.have.lengthOf.within(5, 25);
    for (const y of small) {
      for (const sign of [0n, 2n ** 255n]) {
        const key = { ...publicOnly(ed25519), x: littleEndian(y + sign) };
        const outcome = await parseKey(key).catch((error: Error) => error.message);
        if (onEd25519(y)) expect(outcome, `y = ${y}`).to.include({ algorithm: 'Ed25519' });
        else expect(outcome, `y = ${y}`).to.equal('x is not a point of the curve');
      }
    }
    for (const y of [p + 2n, p + 3n, p + 18n]) {
      expect(await refusalOf({ ...publicOnly(ed25519), x: littleEndian(y) })).to.match(/^x is not a point/);
    }
  });

  it('F1: is refused when its point is of small order, in each of its 14 encodings', async () => {
    const p = 2n ** 255n - 19n;
    const ofOrder8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
    const low = [0n, 1n, p - 1n, p, p + 1n, ofOrder8, p - ofOrder8];
    for (const y of low.flatMap((coordinate) => [coordinate, coordinate + 2n ** 255n])) {
      const x = littleEndian(y);
      for (const stored of [ed25519, publicOnly(ed25519)]) {
        expect(await refusalOf({ ...stored, x }), x).to.equal('x is a point of small order');
      }
    }
  });

  it('F1: is refused when its private part belongs to another public part', async () => {
    for (const stored of both()) {
      const other = others[String(stored.alg)] ?? {};
      const message = /private part|key material/;
      expect(await refusalOf({ ...stored, d: other.d })).to.match(message);
      expect(await refusalOf({ ...other, d: stored.d })).to.match(message);
      expect(await refusalOf({ ...stored, d: stored.x })).to.match(message);
    }
    for (const d of [Buffer.alloc(32), Buffer.alloc(32, 255)]) {
      expect(await refusalOf({ ...es256, d: d.toString('base64url') })).to.match(/private part|key material/);
    }
  });

  it('F1: is refused when a number in it is not 32 octets of canonical base64url', async () => {
    for (const stored of both()) {
      for (const name of ['x', 'y', 'd'].filter((part) => part in stored)) {
        const own = String(stored[name]);
        const octets = Buffer.from(own, 'base64url');
        const respelled = [...ALPHABET]
          .map((last) => own.slice(0, -1) + last)
          .filter((text) => text !== own && Buffer.from(text, 'base64url').equals(octets));
        expect(respelled).to.have.lengthOf(3);
        const wrong = [
          ...respelled,
          `${own}=`,
          `${own}\n`,
          ` ${own}`,
          own.slice(0, -1),
          `${own}A`,
          Buffer.concat([Buffer.alloc(1), octets]).toString('base64url'),
          octets.subarray(1).toString('base64url'),
          octets.toString('hex'),
          octets.toString('base64').replace(/^./, '+'),
          '',
          null,
          0,
          [own],
          {},
        ];
        for (const value of wrong) {
          expect(await refusalOf({ ...stored, [name]: value }), name).to.match(new RegExp(`^${name}: `));
        }
      }
      const required = publicOnly(stored);
      expect(await refusalOf({ ...required, x: undefined })).to.match(/^x: /);
    }
    expect(await refusalOf({ ...es256, y: undefined })).to.match(/^y: /);
  });

  it('F1: is refused with any member that is not known here', async () => {
    const own = {
      x5c: ['AA'],
      x5u: 'https://a.example.test',
      jku: 'https://a.example.test',
      p: 'AA',
      q: 'AA',
      k: 'AA',
    };
    for (const stored of both()) {
      for (const [name, value] of Object.entries({
        ...own,
        n: 'AA',
        e: 'AQAB',
        oth: [],
        ext: true,
        Kid: 'a',
        '': 1,
      })) {
        expect(await refusalOf({ ...stored, [name]: value }), name).to.be.a('string');
      }
    }
    expect(await refusalOf({ ...ed25519, y: es256.y })).to.be.a('string');
  });

  it('is refused without a time of creation in UTC', async () => {
    for (const stored of both()) {
      for (const createdAt of [
        undefined,
        null,
        '',
        0,
        'yesterday',
        '2027-01-15',
        '2027-02-30T00:00:00Z',
        {},
      ]) {
        expect(await refusalOf({ ...stored, createdAt }), String(createdAt)).to.match(/^createdAt: /);
      }
    }
  });

  it('is refused when it is no object', async () => {
    for (const value of [undefined, null, '', 'text', 0, 1, true, [], [es256], JSON.stringify(es256)]) {
      await refusalOf(value);
    }
  });

  it('F2: quotes nothing of a key in any refusal, nor in the causes of it', async () => {
    for (const stored of both()) {
      const other = others[String(stored.alg)] ?? {};
      const material = [stored.d, stored.x, stored.y, other.d].filter((part) => typeof part === 'string');
      const changes: readonly StoredMembers[] = [
        { d: other.d },
        { d: `${stored.d}=` },
        { d: [stored.d] },
        { d: { d: stored.d } },
        { x: other.x },
        { x: stored.d },
        { y: stored.d },
        { alg: stored.d },
        { kty: stored.d },
        { crv: stored.d },
        { use: stored.d },
        { kid: `${stored.d} ` },
        { key_ops: [stored.d] },
        { createdAt: stored.d },
        { k: stored.d },
        { alg: undefined },
        { key_ops: ['verify'] },
      ];
      for (const change of changes) {
        const text = printed(await rejectionOf(parseKey({ ...stored, ...change })));
        for (const part of material) {
          expect(text, Object.keys(change).join()).to.not.contain(part.slice(0, 12));
          expect(text).to.not.contain(Buffer.from(part, 'base64url').toString('hex').slice(0, 16));
        }
      }
      const hidden = printed(await rejectionOf(parseKey(stored.d)));
      expect(hidden).to.not.contain(stored.d);
    }
  });
});

function littleEndian(number: bigint): string {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse().toString('base64url');
}

/** Whether -x² + y² = 1 + d x² y² (RFC 8032 section 5.1) has a solution for this y. */
function onEd25519(y: bigint): boolean {
  const p = 2n ** 255n - 19n;
  const d = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
  const square = (y * y - 1n) * power(d * y * y + 1n, p - 2n, p);
  return power(square, (p - 1n) / 2n, p) <= 1n;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let factor = ((base % modulus) + modulus) % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}
