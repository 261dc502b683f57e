import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseKey } from '../../src/keys/parse-key.ts';
import {
  claimsOf,
  encode,
  type Forger,
  forge,
  forgeText,
  headerOf,
  makeForger,
  makeForgers,
  segmentsOf,
  signatureOf,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';
import { readVectors } from '../vectors/vectors.ts';

const WRONG_ALGORITHM = "its header's alg is not the algorithm of its key";
/** Which of the two depends on how large a number the wrong octets happen to be. */
const WRONG_SIGNATURE = /^(its signature does not verify|it is not in its canonical spelling)$/;
const OTHER_MEMBER = 'its header has a member other than alg, kid and typ';
const WRONG_KID = "its header's kid is missing or malformed";
const WRONG_TYPE = "its header's typ is not cap+jwt";

describe('the choice of key and algorithm', () => {
  let keys: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
  });

  /** What a properly signed token is told when its header has these members. */
  const verdictOn = (key: Forger, header: object) =>
    verdictOf(forgeText(key, JSON.stringify(claimsOf()), JSON.stringify(header)), verifierOf(keys));

  it('A5: `none` in its 16 case mixes is refused, signed or not', async () => {
    const mixes = [...Array(16).keys()].map((mask) =>
      [...'none'].map((letter, bit) => (mask & (1 << bit) ? letter.toUpperCase() : letter)).join(''),
    );
    expect(new Set(mixes).size).to.equal(16);
    for (const key of keys) {
      for (const alg of mixes) {
        const header = encode(JSON.stringify({ ...headerOf(key), alg }));
        const payload = encode(JSON.stringify(claimsOf()));
        expect(await verdictOn(key, { ...headerOf(key), alg }), alg).to.equal(WRONG_ALGORITHM);
        expect(await verdictOf(`${header}.${payload}.AA`, verifierOf(keys)), alg).to.equal(WRONG_ALGORITHM);
        expect(await verdictOf(`${header}.${payload}.`, verifierOf(keys)), alg).to.not.equal('accepted');
      }
    }
  });

  it('A5: only the exact name of the one algorithm of the key is accepted', async () => {
    const names = [
      'ES256',
      'Ed25519',
      'EdDSA',
      'ES384',
      'ES512',
      'ES256K',
      'Ed448',
      'RS256',
      'PS256',
      'HS256',
    ];
    const spellings = [
      'es256',
      'Es256',
      'eS256',
      'ed25519',
      'ED25519',
      'eD25519',
      'eddsa',
      'ΕS256',
      'Ed２5519',
    ];
    for (const key of keys) {
      const { algorithm } = key;
      const blanks = [
        ` ${algorithm}`,
        `${algorithm} `,
        `${algorithm}\0`,
        `${algorithm}\n`,
        `${algorithm}\u200b`,
      ];
      const garbage = ['', null, 0, 1, true, [], [algorithm], {}, { alg: algorithm }];
      for (const alg of [...names, ...spellings, ...blanks, ...garbage]) {
        const expected = alg === algorithm ? 'accepted' : WRONG_ALGORITHM;
        expect(await verdictOn(key, { ...headerOf(key), alg }), JSON.stringify(alg)).to.equal(expected);
      }
      const { alg: _alg, ...without } = headerOf(key);
      expect(await verdictOn(key, without)).to.equal(WRONG_ALGORITHM);
    }
  });

  it("A6: the algorithm is the key's own, whatever a header and its signature agree on", async () => {
    for (const key of keys) {
      for (const other of keys.filter(({ algorithm }) => algorithm !== key.algorithm)) {
        const header = { ...headerOf(key), alg: other.algorithm };
        expect(await verdictOn(other, header)).to.equal(WRONG_ALGORITHM);
        expect(await verdictOn(other, headerOf(key))).to.equal('its signature does not verify');
      }
    }
  });

  it('A6: a key without an algorithm, or with two, is refused when it is loaded', async () => {
    for (const key of keys) {
      const jwk = {
        ...key.publicPart.export({ format: 'jwk' }),
        kid: key.kid,
        createdAt: '2026-01-01T00:00:00Z',
      };
      expect(await parseKey({ ...jwk, alg: key.algorithm })).to.include({ algorithm: key.algorithm });
      for (const alg of [undefined, null, '', [key.algorithm], ['ES256', 'Ed25519'], 'EdDSA']) {
        const failure = await parseKey({ ...jwk, alg }).catch((error: Error) => error);
        expect(failure).to.be.an('error').with.property('name', 'UnfitKeyError');
      }
    }
  });

  it('A7: an HMAC made with any form of the public key is refused', async () => {
    for (const key of keys) {
      for (const secret of formsOf(key)) {
        for (const [alg, hash] of Object.entries({ HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' })) {
          for (const [header, reason] of [
            [{ ...headerOf(key), alg }, /^its header's alg is not/],
            [headerOf(key), WRONG_SIGNATURE],
          ] as const) {
            const signed = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claimsOf()))}`;
            const mac = createHmac(hash, secret).update(signed).digest('base64url');
            expect(await verdictOf(`${signed}.${mac}`, verifierOf(keys))).to.match(reason);
          }
        }
      }
    }
  });

  it('A8: a header with any member besides alg, kid and typ is refused, whatever its value', async () => {
    for (const key of keys) {
      const own = key.publicPart.export({ format: 'jwk' });
      const members: Readonly<Record<string, readonly unknown[]>> = {
        jwk: [own, { ...own, kid: key.kid }, {}],
        jku: ['https://evil.example.test/jwks.json', ''],
        x5u: ['https://evil.example.test/x.pem'],
        x5c: [[encode('certificate')], []],
        x5t: ['AAAA'],
        'x5t#S256': ['AAAA'],
        crit: [[], ['exp'], ['b64'], ['crit'], ['alg'], 'exp', null],
        b64: [true, false, null],
        zip: ['DEF', 'GZ'],
        enc: ['A256GCM'],
        p2c: [1, 1_000_000_000],
        p2s: ['AAAA'],
        cty: ['JWT', 'jwt', ''],
        epk: [own],
        apu: ['AA'],
        iv: ['AA'],
        tag: ['AA'],
        url: ['https://cap.example.test'],
        nonce: ['AA'],
        iss: ['https://cap.example.test'],
        ALG: [key.algorithm],
        Kid: [key.kid],
        'typ ': ['cap+jwt'],
        '': [''],
        constructor: [{}],
        toString: [''],
      };
      for (const [name, values] of Object.entries(members)) {
        for (const value of values) {
          const label = `${name}: ${JSON.stringify(value)}`;
          expect(await verdictOn(key, { ...headerOf(key), [name]: value }), label).to.equal(OTHER_MEMBER);
          expect(await verdictOn(key, { [name]: value, ...headerOf(key) }), label).to.equal(OTHER_MEMBER);
        }
      }
      const honest = JSON.stringify(headerOf(key));
      const polluting = honest.replace('{', '{"__proto__":{"alg":"none"},');
      expect(await verdictOf(forgeText(key, '{}', polluting), verifierOf(keys))).to.equal(OTHER_MEMBER);
    }
  });

  it('A8: an embedded key is never trusted, even when the token verifies with it', async () => {
    for (const key of keys) {
      const stranger = await makeForger(key.algorithm, key.kid);
      const jwk = stranger.publicPart.export({ format: 'jwk' });
      expect(await verdictOn(stranger, { ...headerOf(key), jwk })).to.equal(OTHER_MEMBER);
      expect(await verdictOn(stranger, headerOf(key))).to.equal('its signature does not verify');
    }
  });

  it('A8: of all headers with the right members only one spelling is accepted', async () => {
    for (const key of keys) {
      const { alg, kid, typ } = headerOf(key);
      const honest = JSON.stringify({ alg, kid, typ });
      const spellings = [
        JSON.stringify({ alg, typ, kid }),
        JSON.stringify({ kid, alg, typ }),
        JSON.stringify({ typ, kid, alg }),
        JSON.stringify({ alg, kid, typ }, null, 1),
        ` ${honest}`,
        `${honest}\n`,
        honest.replace('"alg"', '"\\u0061lg"'),
        honest.replace('cap+jwt', 'cap\\u002bjwt'),
      ];
      for (const header of spellings) {
        const token = forgeText(key, JSON.stringify(claimsOf()), header);
        const reason = 'its header is not in canonical form';
        expect(await verdictOf(token, verifierOf(keys)), header).to.equal(reason);
      }
    }
  });

  it('A8: a header of any other JSON is refused', async () => {
    const { verification } = verifierOf(keys).keys;
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 2 }), fc.constantFrom(...keys), async (header, key) => {
        fc.pre(!verification.has(encode(header)));
        expect(await verdictOf(forgeText(key, '{}', header), verifierOf(keys))).to.match(/^its header/);
      }),
    );
  });

  it('A9: no connection is made for any token, whatever URL is in it', async () => {
    let connections = 0;
    const server = createServer((_, response) => response.end('{"keys":[]}'));
    server.on('connection', () => connections++);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const urls = ['http', 'https', 'ws'].map((scheme) => `${scheme}://127.0.0.1:${port}/jwks.json`);
    try {
      for (const key of keys) {
        for (const url of urls) {
          for (const name of ['jku', 'x5u', 'url', 'iss', 'x5c', 'jwk']) {
            expect(await verdictOn(key, { ...headerOf(key), [name]: url })).to.equal(OTHER_MEMBER);
          }
          expect(await verdictOn(key, { ...headerOf(key), kid: url })).to.equal(WRONG_KID);
          for (const name of ['iss', 'aud', 'sub', 'purpose', 'jti', 'jku']) {
            await verdictOf(forge(key, { [name]: url }), verifierOf(keys));
          }
        }
      }
      const { verifier, nowMs, tokens } = await readVectors();
      for (const { token } of tokens) await verdictOf(token, verifier, nowMs);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(connections).to.equal(0);
    } finally {
      server.close();
    }
  });

  it('A10: a kid that is missing or not 1 to 64 base64url characters is refused', async () => {
    for (const key of keys) {
      const garbage: readonly unknown[] = [
        undefined,
        null,
        '',
        0,
        1,
        true,
        [],
        {},
        [key.kid],
        { kid: key.kid },
        { toString: key.kid },
        '../../dev/null',
        '/dev/null',
        'file:///dev/null',
        "' OR 1=1 --",
        "x' UNION SELECT 'secret",
        `${key.kid}\0`,
        `\0${key.kid}`,
        `${key.kid} `,
        ` ${key.kid}`,
        `${key.kid}\n`,
        `${key.kid}=`,
        `${key.kid}|`,
        '$(id)',
        '%00',
        'tést',
        'x'.repeat(65),
        'x'.repeat(300),
      ];
      for (const kid of garbage) {
        expect(await verdictOn(key, { ...headerOf(key), kid }), JSON.stringify(kid)).to.equal(WRONG_KID);
      }
    }
  });

  it('A10: a well-formed kid finds its key by exact match or not at all', async () => {
    for (const key of keys) {
      const strangers = [
        '__proto__',
        'constructor',
        'prototype',
        'toString',
        'hasOwnProperty',
        'valueOf',
        'size',
        'get',
        '0',
        'null',
        'undefined',
        key.kid.toUpperCase(),
        key.kid.slice(0, -1),
        `${key.kid}_`,
        'x'.repeat(64),
      ];
      for (const kid of strangers) {
        expect(await verdictOn(key, { ...headerOf(key), kid }), kid).to.equal('its key is not known here');
      }
    }
    const odd = await Promise.all(
      ['__proto__', 'constructor', 'toString'].map((kid) => makeForger('Ed25519', kid)),
    );
    for (const key of odd) expect(await verdictOf(forge(key), verifierOf(odd))).to.equal('accepted');
  });

  it('B4: only the typ cap+jwt is accepted', async () => {
    const names = [
      'JWT',
      'jwt',
      'at+jwt',
      'dpop+jwt',
      'txntoken+jwt',
      'secevent+jwt',
      'logout+jwt',
      'kb+jwt',
    ];
    const near = [
      'application/cap+jwt',
      'CAP+JWT',
      'Cap+JWT',
      'cap+JWT',
      'cap+jwt ',
      ' cap+jwt',
      'cap+jwt\0',
      'cap+jwt;v=1',
      'cap jwt',
      'cap',
      '+jwt',
      'cap+jwts',
      'ｃap+jwt',
      'сap+jwt',
    ];
    const garbage = [undefined, null, '', 0, true, [], ['cap+jwt'], {}];
    for (const key of keys) {
      for (const typ of [...names, ...near, ...garbage]) {
        expect(await verdictOn(key, { ...headerOf(key), typ }), JSON.stringify(typ)).to.equal(WRONG_TYPE);
      }
      expect(await verdictOn(key, headerOf(key))).to.equal('accepted');
    }
  });

  it('a signature of another key, another text or another length is refused', async () => {
    for (const key of keys) {
      const [header, payload, signature] = segmentsOf(forge(key));
      const octets = Buffer.from(signature, 'base64url');
      const wrong = [
        encode(new Uint8Array(64)),
        encode(new Uint8Array(64).fill(255)),
        encode(octets.subarray(0, 63)),
        encode(Buffer.concat([octets, Buffer.alloc(1)])),
        encode(Buffer.concat([octets.subarray(32), octets.subarray(0, 32)])),
        encode(octets.subarray(0, 1)),
        encode(signatureOf(key, `${header}.${payload}.`)),
        encode(signatureOf(key, payload)),
        encode(signatureOf(key, `${header}.${encode(JSON.stringify(claimsOf({ sub: 'user-43' })))}`)),
      ];
      for (const other of wrong) {
        const verdict = await verdictOf(`${header}.${payload}.${other}`, verifierOf(keys));
        expect(verdict).to.match(WRONG_SIGNATURE);
      }
    }
  });
});

/** Everything that somebody may take for the text of a public key. */
function formsOf({ publicPart, kid, algorithm }: Forger): readonly (string | Uint8Array)[] {
  const jwk = publicPart.export({ format: 'jwk' });
  const der = publicPart.export({ type: 'spki', format: 'der' });
  const pem = publicPart.export({ type: 'spki', format: 'pem' }).toString();
  const parts = [jwk.x, jwk.y].flatMap((part) =>
    part === undefined ? [] : [Buffer.from(part, 'base64url')],
  );
  const texts = [
    pem.trimEnd(),
    pem.replaceAll('\n', ''),
    pem.replace(/-----[^-]+-----/g, '').trim(),
    der.toString('base64'),
    der.toString('base64url'),
    JSON.stringify(jwk),
    JSON.stringify(jwk, null, 2),
    JSON.stringify({ ...jwk, kid, alg: algorithm, use: 'sig' }),
    JSON.stringify({ keys: [{ ...jwk, kid, alg: algorithm, use: 'sig' }] }),
    jwk.x ?? '',
    jwk.y ?? '',
    kid,
    '',
  ];
  const spaced = texts.flatMap((text) => [
    text,
    `${text}\n`,
    `${text}\r\n`,
    ` ${text}`,
    `\n${text}`,
    `\t${text}\n`,
  ]);
  const raw = [der, ...parts, Buffer.concat(parts), Buffer.concat([Buffer.from([4]), ...parts])];
  return [...spaced, ...raw, ...raw.map((octets) => Buffer.concat([octets, Buffer.from('\n')]))];
}
