import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { calculateJwkThumbprint } from 'jose';
import { DPOP_WINDOW_SECONDS, type DpopVerification, verifyDpop } from '../../src/token/dpop.ts';
import { NOW_S, otherFormOf } from '../support/forge.ts';
import {
  encode,
  makeProofKey,
  PROOF_ALGORITHMS,
  type ProofKeyPair,
  type ProofOverrides,
  proofClaims,
  proofHeader,
  proofKeyOf,
  proofOf,
} from '../support/proofs.ts';
import { reasonsIn } from '../vectors/reasons.ts';

const CALL = {
  method: 'POST',
  url: 'https://api.example.test/orders/7?refund=1',
  token: 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln',
  nowMs: NOW_S * 1000,
};

const NO_JWS = 'it is not a compact JWS';
const NO_OBJECT = 'its header or payload is not a JSON object';
const OTHER_KEY = 'its key is not the one that the token names';
const NOT_OF_ALG = 'its key is not one of its alg';
const WEAK = 'its key is too weak';
const PRIVATE = 'its jwk is not a public key alone';
const NO_ALG = 'its alg is not one that is accepted';
const UNSIGNED = 'its signature does not verify';
const OTHER_URL = 'its htu is another URL';
const NO_TIMES = 'its times are not numbers';
const TOO_FAR = `its iat is not within ${DPOP_WINDOW_SECONDS} seconds of now`;

describe('a DPoP proof (RFC 9449)', () => {
  let key: ProofKeyPair;
  const told = new Set<string>();
  before(async () => {
    key = await makeProofKey();
  });

  async function verdictOf(
    proof: string,
    call: Partial<typeof CALL & { jkt: string }> = {},
  ): Promise<string> {
    const verification = await verifyDpop(proof, { ...CALL, jkt: key.jkt, ...call });
    if (verification.valid) return 'accepted';
    told.add(verification.reason);
    return verification.reason;
  }
  const verdictOn = (overrides: ProofOverrides, call: Partial<typeof CALL> = {}) =>
    verdictOf(proofOf(key, CALL, overrides), call);
  const nameOf = (verification: DpopVerification) => (verification.valid ? verification.name : undefined);

  it('is accepted with every algorithm that is, and with no key but its own', async () => {
    for (const alg of PROOF_ALGORITHMS) {
      const own = await makeProofKey(alg);
      const proof = proofOf(own, CALL);
      expect(await verdictOf(proof, { jkt: own.jkt }), alg).to.equal('accepted');
      expect(await verdictOf(proof), alg).to.equal(OTHER_KEY);
    }
  });

  it('is accepted as RFC 9449 prints it in section 7.1', async () => {
    const header =
      'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19';
    const payload =
      'eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9';
    const signature =
      '2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA';
    const call = {
      method: 'GET',
      url: 'https://resource.example.org/protectedresource',
      token: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
      jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
      nowMs: 1_562_262_618_000,
    };
    expect(await verdictOf(`${header}.${payload}.${signature}`, call)).to.equal('accepted');
    expect(await verdictOf(`${header}.${payload}.${signature}`)).to.equal(OTHER_KEY);
  });

  it('G1: is a JWS in compact serialization, of at most 4,096 characters, in its one spelling', async () => {
    const proof = proofOf(key, CALL);
    const [header = '', payload = '', signature = ''] = proof.split('.');
    for (const other of [
      '',
      '.',
      '..',
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `.${payload}.${signature}`,
      `${proof}.`,
      `${proof}.${signature}`,
      `${proof}, ${proof}`,
      `${proof}=`,
      `${proof}\n`,
      ` ${proof}`,
      `DPoP ${proof}`,
      `${header}.${payload}.${signature.slice(0, -1)}`,
      JSON.stringify({ protected: header, payload, signature }),
    ]) {
      expect(await verdictOf(other), other).to.equal(NO_JWS);
    }
    const last = signature.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const sameOctets = alphabet[alphabet.indexOf(last) + 1];
    expect(await verdictOf(`${header}.${payload}.${signature.slice(0, -1)}${sameOctets}`)).to.equal(NO_JWS);
    const longest = (length: number) => proofOf(key, CALL, { claims: { more: 'x'.repeat(length) } });
    expect(longest(2500).length).to.be.at.most(4096);
    expect(await verdictOf(longest(2500))).to.equal('accepted');
    expect(await verdictOf(longest(2800))).to.equal('it is too long');
    expect(await verdictOf('a'.repeat(20_000_000))).to.equal('it is too long');
  });

  it('G1: has a JSON object for a header and for a payload, each member once', async () => {
    const header = JSON.stringify(proofHeader(key));
    const payload = JSON.stringify(proofClaims(CALL));
    for (const text of ['', 'x', '[]', 'null', '"a"', '1', '{', `\ufeff${header}`, `${header}{}`]) {
      expect(await verdictOn({ headerText: text }), text).to.be.oneOf([NO_OBJECT, NO_JWS]);
      expect(await verdictOn({ payloadText: text }), text).to.be.oneOf([NO_OBJECT, NO_JWS]);
    }
    for (const [member, from] of [
      ['"alg":"none",', header],
      ['"typ":"dpop+jwt",', header],
      ['"__proto__":{"alg":"ES256"},', header],
      ['"jti":"a",', payload],
      ['"ht\\u006d":"POST",', payload],
      ['"ath":"a",', payload],
    ] as const) {
      const text = from.replace('{', `{${member}`);
      const overrides = from === header ? { headerText: text } : { payloadText: text };
      expect(await verdictOn(overrides), member).to.equal(NO_OBJECT);
    }
    expect(await verdictOn({ claims: { deep: JSON.parse('[[[[[[[[1]]]]]]]]') } })).to.equal(NO_OBJECT);
    expect(await verdictOn({ headerText: header, payloadText: payload })).to.equal('accepted');
  });

  it('G1: is of type dpop+jwt and has no critical parameters', async () => {
    for (const typ of [
      undefined,
      null,
      '',
      'JWT',
      'jwt',
      'DPOP+JWT',
      'application/dpop+jwt',
      'cap+jwt',
      ['dpop+jwt'],
    ]) {
      expect(await verdictOn({ header: { typ } }), String(typ)).to.equal('its typ is not dpop+jwt');
    }
    for (const b64 of [false, true, null]) {
      expect(await verdictOn({ header: { b64 } })).to.equal('it has a b64 header parameter');
    }
    for (const crit of [[], ['exp'], ['b64'], 'b64', null, false]) {
      const verdict = await verdictOn({ header: { crit, b64: false } });
      expect(verdict, JSON.stringify(crit)).to.equal('it has critical header parameters');
    }
  });

  it('G1: has an asymmetric algorithm that is accepted', async () => {
    const names = [
      'none',
      'None',
      'nOnE',
      'HS256',
      'HS512',
      'es256',
      'ed25519',
      'ES256K',
      'RS1',
      'RS384',
      'ECDH-ES',
      'dir',
    ];
    for (const alg of [undefined, null, '', 0, ['ES256'], {}, '__proto__', 'constructor', ...names]) {
      expect(await verdictOn({ header: { alg } }), String(alg)).to.equal(NO_ALG);
    }
  });

  it('G1: is not signed with the public key as a secret, nor unsigned', async () => {
    const header = { alg: 'HS256', jwk: { kty: 'oct', k: encode('secret') } };
    expect(await verdictOn({ header })).to.equal(NO_ALG);
    expect(await verdictOn({ header: { jwk: { kty: 'oct', k: encode('secret') } } })).to.equal(PRIVATE);
    expect(await verdictOn({ header: { jwk: { kty: 'oct' } } })).to.equal(NOT_OF_ALG);
    const [head = '', payload = ''] = proofOf(key, CALL).split('.');
    for (const signature of ['AA', 'A'.repeat(86), encode('x'.repeat(64)), encode('x'.repeat(71))]) {
      expect(await verdictOf(`${head}.${payload}.${signature}`)).to.equal(UNSIGNED);
    }
  });

  it('G1: carries its public key as a JWK, and nothing private', async () => {
    for (const jwk of [undefined, null, '', 'key', 1, [], [key.jwk]]) {
      expect(await verdictOn({ header: { jwk } }), JSON.stringify(jwk)).to.equal('it has no public key');
    }
    const { d } = key.privatePart.export({ format: 'jwk' });
    for (const members of [
      { d },
      { d: '' },
      { d: null },
      { k: 'AA' },
      { p: 'AA' },
      { q: 'AA' },
      { dp: 'AA' },
      { dq: 'AA' },
      { qi: 'AA' },
      { oth: [] },
      { priv: 'AA' },
    ]) {
      const verdict = await verdictOn({ header: { jwk: { ...key.jwk, ...members } } });
      expect(verdict, Object.keys(members).join()).to.equal(PRIVATE);
    }
    const named = { ...key.jwk, kid: 'a', use: 'sig', alg: 'ES256', key_ops: ['verify'] };
    expect(await verdictOn({ header: { jwk: named } })).to.equal('accepted');
    for (const members of [
      { use: 'enc' },
      { use: null },
      { alg: 'ES384' },
      { alg: 'ECDH-ES' },
      { alg: 1 },
      { key_ops: ['encrypt'] },
      { key_ops: [] },
      { key_ops: 'verify' },
    ]) {
      const verdict = await verdictOn({ header: { jwk: { ...key.jwk, ...members } } });
      expect(verdict, JSON.stringify(members)).to.equal('its jwk is for another use');
    }
  });

  it('G1: has a key of the kind that its algorithm takes, whatever is combined', async () => {
    const kinds: readonly (readonly string[])[] = [
      ['ES256'],
      ['ES384'],
      ['ES512'],
      ['Ed25519', 'EdDSA'],
      ['PS256', 'PS384', 'PS512', 'RS256'],
    ];
    for (const kind of kinds) {
      const own = await makeProofKey(PROOF_ALGORITHMS.find((alg) => kind.includes(alg)));
      for (const alg of PROOF_ALGORITHMS) {
        const proof = proofOf({ ...own, alg }, CALL);
        expect(await verdictOf(proof, { jkt: own.jkt }), `${kind} as ${alg}`).to.equal(
          kind.includes(alg) ? 'accepted' : NOT_OF_ALG,
        );
      }
    }
  });

  it('G1: has a key that is complete and in its one spelling', async () => {
    const x = String(key.jwk.x);
    for (const members of [
      { x: undefined },
      { y: undefined },
      { x: '' },
      { x: null },
      { x: 1 },
      { x: [x] },
      { x: `${x}=` },
      { x: ` ${x}` },
      { kty: 'ec' },
      { kty: undefined },
      { kty: 'OKP' },
      { crv: 'P-384' },
      { crv: 'secp256k1' },
      { crv: undefined },
    ]) {
      const jwk = { ...key.jwk, ...members };
      expect(await verdictOn({ header: { jwk } }), JSON.stringify(members)).to.equal(NOT_OF_ALG);
    }
  });

  it('G2: is refused with the key of somebody else, or another spelling of the right one', async () => {
    const other = await makeProofKey();
    expect(await verdictOf(proofOf(other, CALL))).to.equal(OTHER_KEY);
    expect(await verdictOf(proofOf({ ...other, jwk: key.jwk }, CALL))).to.equal(UNSIGNED);
    expect(await verdictOf(proofOf({ ...key, jwk: other.jwk }, CALL))).to.equal(OTHER_KEY);
    const padded = {
      ...key.jwk,
      x: Buffer.concat([Buffer.alloc(1), Buffer.from(String(key.jwk.x), 'base64url')]).toString('base64url'),
    };
    expect(await verdictOn({ header: { jwk: padded } })).to.equal(OTHER_KEY);
  });

  it('G1: is refused with a key that is no point, even where a token names it', async () => {
    for (const [alg, jwk] of [
      ['ES256', { kty: 'EC', crv: 'P-256', x: 'A'.repeat(43), y: 'A'.repeat(43) }],
      ['ES256', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
      ['ES512', { kty: 'EC', crv: 'P-521', x: 'A'.repeat(43), y: 'A'.repeat(43) }],
      ['PS256', { kty: 'RSA', n: 'A'.repeat(342), e: 'AQAB' }],
    ] as const) {
      const own = { ...key, alg, jwk };
      const verdict = await verdictOf(proofOf(own, CALL), { jkt: await thumbprintOf(jwk) });
      expect(verdict, JSON.stringify(jwk)).to.equal(UNSIGNED);
    }
  });

  it('G1: is refused with a key under which anybody can sign, even where a token names it', async () => {
    const small = [
      Buffer.alloc(32),
      Buffer.from([1, ...Buffer.alloc(31)]),
      Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex'),
      Buffer.from('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'hex'),
      Buffer.alloc(32, 0xff),
    ];
    for (const point of small) {
      const jwk = { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') };
      const signed = `${encode(JSON.stringify(proofHeader({ alg: 'Ed25519', jwk })))}.${encode(JSON.stringify(proofClaims(CALL)))}`;
      const forged = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]).toString('base64url');
      expect(await verdictOf(`${signed}.${forged}`, { jkt: await thumbprintOf(jwk) })).to.equal(WEAK);
    }
    const short = await proofKeyOf('RS256', generateKeyPairSync('rsa', { modulusLength: 1024 }));
    expect(await verdictOf(proofOf(short, CALL), { jkt: short.jkt })).to.equal(WEAK);
    const three = await proofKeyOf(
      'PS256',
      generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }),
    );
    expect(await verdictOf(proofOf(three, CALL), { jkt: three.jkt })).to.equal(WEAK);
    const one = { ...three.jwk, e: 'AQ' };
    expect(await verdictOf(proofOf({ ...three, jwk: one }, CALL), { jkt: await thumbprintOf(one) })).to.equal(
      WEAK,
    );
  });

  it('G1: is for the method of the call, letter by letter', async () => {
    for (const htm of [undefined, null, '', 'GET', 'post', 'Post', 'POST ', ['POST'], 0]) {
      expect(await verdictOn({ claims: { htm } }), String(htm)).to.equal('its htm is another method');
    }
    expect(await verdictOn({}, { method: 'PUT' })).to.equal('its htm is another method');
  });

  it('G1: is for the URL of the call in any spelling, whatever its query and fragment', async () => {
    for (const htu of [
      'https://api.example.test/orders/7',
      'https://api.example.test/orders/7?refund=1',
      'https://api.example.test/orders/7?other',
      'https://api.example.test/orders/7#part',
      'HTTPS://API.EXAMPLE.TEST/orders/7',
      'https://api.example.test:443/orders/7',
      'https://api.example.test/%6frders/%37',
    ]) {
      expect(await verdictOn({ claims: { htu } }), htu).to.equal('accepted');
    }
    for (const htu of [
      undefined,
      null,
      '',
      7,
      ['https://api.example.test/orders/7'],
      '/orders/7',
      'api.example.test/orders/7',
      'http://api.example.test/orders/7',
      'https://api.example.test:8443/orders/7',
      'https://api.example.test./orders/7',
      'https://evil.test/orders/7',
      'https://api.example.test@evil.test/orders/7',
      'https://user@api.example.test/orders/7',
      'https://api.example.test/orders/7/',
      'https://api.example.test/orders/70',
      'https://api.example.test/orders/%377',
      'https://api.example.test/Orders/7',
      'https://api.example.test/orders%2F7',
      'https://api.example.test/orders\\7',
      'https://api.example.test/',
      'https://api.example.test/?/orders/7',
      'https://api.example.test/#/orders/7',
    ]) {
      expect(await verdictOn({ claims: { htu } }), String(htu)).to.equal(OTHER_URL);
    }
    expect(await verdictOn({}, { url: 'https://api.example.test/orders/8' })).to.equal(OTHER_URL);
    expect(await verdictOn({}, { url: 'no URL' })).to.equal(OTHER_URL);
  });

  it('G1, G4: is of the last minute or, by its clock, of the next one', async () => {
    for (const off of [-60, -59.9, -1, 0, 0.5, 59, 60]) {
      expect(await verdictOn({ claims: { iat: NOW_S + off } }), `${off}`).to.equal('accepted');
    }
    for (const off of [-NOW_S, -3600, -61, -60.001, 60.001, 61, 3600, Number.MAX_SAFE_INTEGER]) {
      expect(await verdictOn({ claims: { iat: NOW_S + off } }), `${off}`).to.equal(TOO_FAR);
    }
    for (const [offMs, verdict] of [
      [60_000, 'accepted'],
      [60_001, TOO_FAR],
      [-60_000, 'accepted'],
      [-60_001, TOO_FAR],
    ] as const) {
      expect(await verdictOn({}, { nowMs: CALL.nowMs + offMs }), `${offMs}`).to.equal(verdict);
    }
    for (const iat of [undefined, null, '', String(NOW_S), [NOW_S], {}, true]) {
      expect(await verdictOn({ claims: { iat } }), JSON.stringify(iat)).to.equal(NO_TIMES);
    }
    const endless = JSON.stringify(proofClaims(CALL)).replace(/"iat":\d+/, '"iat":1e400');
    expect(await verdictOn({ payloadText: endless })).to.match(/is not a JSON object/);
  });

  it('is not accepted outside an exp and nbf of its own, if it has any', async () => {
    for (const [claims, verdict] of [
      [{ exp: NOW_S + 1, nbf: NOW_S }, 'accepted'],
      [{ exp: NOW_S - 59 }, 'accepted'],
      [{ exp: NOW_S - 60 }, 'it is outside its exp and nbf'],
      [{ nbf: NOW_S + 60 }, 'accepted'],
      [{ nbf: NOW_S + 61 }, 'it is outside its exp and nbf'],
      [{ exp: String(NOW_S + 60) }, NO_TIMES],
      [{ exp: null }, NO_TIMES],
      [{ nbf: 'now' }, NO_TIMES],
    ] as const) {
      expect(await verdictOn({ claims }), JSON.stringify(claims)).to.equal(verdict);
    }
  });

  it('G1: is for this very token', async () => {
    const ath = proofClaims(CALL).ath;
    for (const wrong of [
      undefined,
      null,
      '',
      1,
      [ath],
      `${ath}=`,
      ath.toLowerCase(),
      ath.slice(1),
      CALL.token,
    ]) {
      const verdict = await verdictOn({ claims: { ath: wrong } });
      expect(verdict, String(wrong)).to.equal('its ath is not the hash of this token');
    }
    const verdict = await verdictOn({}, { token: `${CALL.token}A` });
    expect(verdict).to.equal('its ath is not the hash of this token');
  });

  it('G1: has a jti of 1 to 256 characters', async () => {
    for (const jti of [undefined, null, '', 0, 1, true, [], ['a'], {}, 'x'.repeat(257)]) {
      expect(await verdictOn({ claims: { jti } }), String(jti)).to.equal('its jti is not usable');
    }
    for (const jti of ['x', 'x'.repeat(256), '__proto__', '\u0000', 'é🔑', ' ']) {
      expect(await verdictOn({ claims: { jti } }), jti).to.equal('accepted');
    }
  });

  it('G3: is named by its key and its jti alone: respelled and signed anew it is the same', async () => {
    const name = async (claims: Readonly<Record<string, unknown>>, by = key, call = CALL) =>
      nameOf(await verifyDpop(proofOf(by, call, { claims }), { ...call, jkt: by.jkt }));
    const first = await name({ jti: 'a' });
    expect(first).to.match(/^[\w-]{22}$/);
    expect(await name({ jti: 'a' })).to.equal(first);
    expect(await name({ jti: 'a', iat: NOW_S - 5, htu: 'https://API.example.test/orders/7?x' })).to.equal(
      first,
    );
    expect(await name({ jti: 'a' }, key, { ...CALL, method: 'GET' })).to.equal(first);
    expect(await name({ jti: 'b' })).to.not.equal(first);
    expect(await name({ jti: 'A' })).to.not.equal(first);
    expect(await name({ jti: 'a' }, await makeProofKey())).to.not.equal(first);
    const proof = proofOf(key, CALL, { claims: { jti: 'a' } });
    const [head = '', payload = '', signature = ''] = proof.split('.');
    const otherS = Buffer.from(otherFormOf('ES256', Buffer.from(signature, 'base64url')));
    const respelled = `${head}.${payload}.${otherS.toString('base64url')}`;
    expect(nameOf(await verifyDpop(respelled, { ...CALL, jkt: key.jkt }))).to.equal(first);
  });

  it('of any header and payload under a real signature is judged without throwing', async () => {
    const member = fc.constantFrom(
      'typ',
      'alg',
      'jwk',
      'crit',
      'kty',
      'crv',
      'x',
      'y',
      'n',
      'e',
      'jti',
      'htm',
      'htu',
      'iat',
      'ath',
      'exp',
    );
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        'dpop+jwt',
        'EC',
        'OKP',
        'RSA',
        'P-256',
        'P-521',
        'Ed25519',
        'AQAB',
        'POST',
        NOW_S,
        ...PROOF_ALGORITHMS,
      ),
      fc.base64String().map((text) => text.replace(/[+/=]/g, '')),
      fc.jsonValue({ maxDepth: 2 }),
    );
    const members = fc.dictionary(member, value, { maxKeys: 6 });
    await fc.assert(
      fc.asyncProperty(members, members, members, fc.boolean(), async (header, jwk, claims, isWhole) => {
        const publicKey = isWhole ? { ...key.jwk, ...jwk } : jwk;
        const text = JSON.stringify({ ...proofHeader({ ...key, jwk: publicKey }), ...header });
        const proof = proofOf(key, CALL, { headerText: text, claims });
        const jkt = await thumbprintOf(publicKey).catch(() => key.jkt);
        const verdict = await verdictOf(proof, { jkt });
        expect(verdict === 'accepted' || /^its? /.test(verdict), verdict).to.equal(true);
      }),
      { numRuns: 500 },
    );
  });

  it('of garbage is refused without throwing', async () => {
    const segment = fc.oneof(
      fc.base64String(),
      fc.string({ unit: 'binary' }).map(encode),
      fc.json().map(encode),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(segment, segment, segment).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(text, async (proof) => {
        expect(await verdictOf(proof)).to.not.equal('accepted');
      }),
      { numRuns: 1000 },
    );
  });

  it('was refused here for every reason that the sources know', async () => {
    const patterns = await reasonsIn((name) => name.startsWith('dpop'));
    expect(patterns.length).to.be.at.least(15);
    const missing = patterns.filter((pattern) => ![...told].some((reason) => pattern.test(reason)));
    expect(missing.map(String)).to.deep.equal([]);
    const unknown = [...told].filter((reason) => !patterns.some((pattern) => pattern.test(reason)));
    expect(unknown).to.deep.equal([]);
  });
});

function thumbprintOf(jwk: Readonly<Record<string, unknown>>): Promise<string> {
  return calculateJwkThumbprint({ ...jwk });
}
