import { expect } from 'chai';
import { CompactEncrypt, FlattenedSign, GeneralSign } from 'jose';
import { MAX_TOKEN_CHARACTERS } from '../../src/contract/limits.ts';
import {
  encode,
  type Forger,
  forge,
  forgeText,
  headerOf,
  makeForgers,
  otherFormOf,
  segmentsOf,
  signatureOf,
  untouchable,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';

const NOT_THREE_SEGMENTS = 'it is not three base64url segments';
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BLANKS = [' ', '\t', '\n', '\r', '\r\n', '\v', '\f', '\0', '\u00a0', '\u200b', '\u2028', '\ufeff'];

describe('the spelling of a token', () => {
  let keys: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
  });

  it('A1: anything but three non-empty segments and two dots is refused before a key is looked up', async () => {
    for (const key of keys) {
      const [header, payload, signature] = segmentsOf(forge(key));
      const shapes = [
        '',
        '.',
        '..',
        '...',
        header,
        `${header}.${payload}`,
        `${header}.${payload}.`,
        `${header}..${signature}`,
        `.${payload}.${signature}`,
        `.${header}.${payload}.${signature}`,
        `${header}.${payload}.${signature}.`,
        `${header}.${payload}.${signature}.${signature}`,
        `${header}${payload}.${signature}`,
        `${header}..${payload}.${signature}`,
        `${header},${payload},${signature}`,
      ];
      for (const shape of shapes) {
        expect(await verdictOf(shape, untouchable), shape).to.equal(NOT_THREE_SEGMENTS);
      }
    }
  });

  it('A1: a character outside of A-Z a-z 0-9 - _ is refused anywhere, before a key is looked up', async () => {
    const others = [
      ...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)),
      'ſ',
      'K',
      'Ａ',
      '🔥',
    ]
      .filter((character) => !BASE64URL.includes(character) && character !== '.')
      .concat('\ud800', '\udc00');
    for (const key of keys) {
      const token = forge(key);
      const [header, payload, signature] = segmentsOf(token);
      const starts = [0, header.length + 1, header.length + payload.length + 2];
      const middles = [header, payload, signature].map(
        ({ length }, index) => (starts[index] ?? 0) + Math.floor(length / 2),
      );
      const ends = [header.length, header.length + payload.length + 1, token.length];
      for (const character of others) {
        for (const at of [...starts, ...middles, ...ends]) {
          const spoiled = token.slice(0, at) + character + token.slice(at);
          const label = `code ${character.codePointAt(0)} at ${at}`;
          expect(await verdictOf(spoiled, untouchable), label).to.equal(NOT_THREE_SEGMENTS);
        }
      }
    }
  });

  it('A2: of all spellings of one token exactly one is accepted', async () => {
    for (const key of keys) {
      const verifier = verifierOf([key]);
      const token = forge(key, { sub: 'ÿþ~~~???' });
      const segments = segmentsOf(token);
      const spellings = new Set([token]);
      for (const [index, segment] of segments.entries()) {
        for (const spelling of spellingsOf(segment)) {
          spellings.add(segments.map((other, place) => (place === index ? spelling : other)).join('.'));
        }
      }
      for (const blank of BLANKS) {
        spellings.add(blank + token).add(token + blank);
        for (let at = 40; at < token.length; at += 40) {
          spellings.add(token.slice(0, at) + blank + token.slice(at));
        }
      }
      spellings.add(encodeURIComponent(token).replaceAll('.', '%2E'));
      const accepted: string[] = [];
      for (const spelling of spellings) {
        if ((await verdictOf(spelling, verifier)) === 'accepted') accepted.push(spelling);
      }
      expect(spellings.size).to.be.greaterThan(100);
      expect(accepted, key.algorithm).to.deep.equal([token]);
    }
  });

  it('A2: of the 16 last characters that decode to the same signature exactly one is accepted', async () => {
    for (const key of keys) {
      const token = forge(key);
      const [header, payload, signature] = segmentsOf(token);
      const same = lastCharacterVariants(signature);
      expect(same).to.have.lengthOf(16);
      const verdicts = await Promise.all(
        same.map((variant) => verdictOf(`${header}.${payload}.${variant}`, verifierOf([key]))),
      );
      expect(verdicts.filter((verdict) => verdict === 'accepted')).to.have.lengthOf(1);
      expect(
        verdicts.filter((verdict) => verdict === 'it is not in its canonical spelling'),
      ).to.have.lengthOf(15);
    }
  });

  it('A2: a payload or header that was signed in another spelling is refused all the same', async () => {
    for (const key of keys) {
      const padded = ['', ' ', '  '].map((space) => `${JSON.stringify(headerOf(key))}${space}`);
      const payloads = ['u', 'us', 'use'].map((sub) => segmentsOf(forge(key, { sub }))[1]);
      const [header, payload] = [encode(padded[0] ?? ''), payloads[0] ?? ''];
      const signed = [
        ...payloads.flatMap(lastCharacterVariants).map((variant) => `${header}.${variant}`),
        ...padded.flatMap((text) =>
          lastCharacterVariants(encode(text)).map((variant) => `${variant}.${payload}`),
        ),
      ];
      const respelled = signed.filter((text) =>
        text.split('.').some((part) => part !== encode(decoded(part))),
      );
      expect(respelled.length).to.be.greaterThan(30);
      for (const text of respelled) {
        const token = `${text}.${encode(signatureOf(key, text))}`;
        expect(await verdictOf(token, verifierOf([key]))).to.equal('it is not in its canonical spelling');
      }
    }
  });

  it('A2: of two forms of one signature, (r, n - s) of ECDSA and (R, S + L) of Ed25519, one is accepted', async () => {
    for (const key of keys) {
      const verifier = verifierOf([key]);
      for (let again = 0; again < 8; again++) {
        const [header, payload, signature] = segmentsOf(forge(key, { sub: `user-${again}` }));
        const other = encode(otherFormOf(key.algorithm, decoded(signature)));
        expect(await verdictOf(`${header}.${payload}.${signature}`, verifier)).to.equal('accepted');
        expect(await verdictOf(`${header}.${payload}.${other}`, verifier)).to.not.equal('accepted');
      }
    }
  });

  it('A3: 20 MB are refused without a key look-up, decoding or hashing, properly signed or not', async () => {
    const size = 20_000_000;
    for (const key of keys) {
      const [header, payload, signature] = segmentsOf(forge(key));
      const giants = [
        forge(key, { sub: 'x'.repeat(size) }),
        'A'.repeat(size),
        '.'.repeat(size),
        `${'A'.repeat(size)}.${payload}.${signature}`,
        `${header}.${payload}.${'A'.repeat(size)}`,
        `${header}.${payload}.${signature}${' '.repeat(size)}`,
      ];
      for (const giant of giants) {
        const startedMs = performance.now();
        expect(await verdictOf(giant, untouchable)).to.equal('it is too long');
        expect(performance.now() - startedMs).to.be.lessThan(1000);
      }
    }
  });

  it('A3: the longest token that fits is accepted and the next longer one is not', async () => {
    for (const key of keys) {
      const verifier = verifierOf([key]);
      let fits = forge(key);
      let next = fits;
      for (let length = 1000; next.length <= MAX_TOKEN_CHARACTERS; length++) {
        fits = next;
        next = forge(key, { sub: 'x'.repeat(length) });
      }
      expect(fits.length).to.be.within(MAX_TOKEN_CHARACTERS - 3, MAX_TOKEN_CHARACTERS);
      expect(await verdictOf(fits, verifier)).to.equal('accepted');
      expect(await verdictOf(next, verifier)).to.equal('it is too long');
    }
  });

  it('A3: a header of more than 512 characters is refused undecoded', async () => {
    for (const key of keys) {
      const header = `${JSON.stringify(headerOf(key))}${' '.repeat(450)}`;
      const reason = await verdictOf(forgeText(key, '{}', header), verifierOf([key]));
      expect(reason).to.equal('its header is too long');
    }
  });

  it('A4: every other serialization of a valid token is refused', async () => {
    for (const key of keys) {
      const verifier = verifierOf([key]);
      const token = forge(key);
      const [header, payload, signature] = segmentsOf(token);
      const octets = Buffer.from(payload, 'base64url');
      const flattened = await new FlattenedSign(octets)
        .setProtectedHeader(headerOf(key))
        .sign(key.privatePart);
      const general = await new GeneralSign(octets)
        .addSignature(key.privatePart)
        .setProtectedHeader(headerOf(key))
        .sign();
      const unprotected = { payload, header: headerOf(key), signature };
      const jwe = await new CompactEncrypt(octets)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' })
        .encrypt(new Uint8Array(32));
      const { kid } = key;
      const nested = JSON.stringify({ alg: key.algorithm, kid, typ: 'cap+jwt', cty: 'JWT' });
      const others = [
        JSON.stringify(flattened),
        JSON.stringify(general),
        JSON.stringify({ payload, protected: header, signature }),
        JSON.stringify(unprotected),
        JSON.stringify([token]),
        JSON.stringify(token),
        encode(JSON.stringify(flattened)),
        encode(token),
        `${header}..${signature}`,
        jwe,
        `${header}.${payload}.${signature}.${payload}.${signature}`,
        forgeText(key, token, nested),
        forgeText(key, token),
        forgeText(key, JSON.stringify(token)),
        forgeText(key, JSON.stringify(flattened)),
        `Bearer ${token}`,
        `${token}~`,
      ];
      for (const other of others) {
        expect(await verdictOf(other, verifier), other).to.not.equal('accepted');
      }
    }
  });

  it('A4: a payload that was signed without being encoded (RFC 7797) is refused', async () => {
    for (const key of keys) {
      const claims = Buffer.from(segmentsOf(forge(key))[1], 'base64url').toString();
      const header = encode(JSON.stringify({ ...headerOf(key), b64: false, crit: ['b64'] }));
      const signature = encode(signatureOf(key, `${header}.${claims}`));
      for (const payload of [claims, encode(claims), '']) {
        const token = `${header}.${payload}.${signature}`;
        expect(await verdictOf(token, verifierOf([key]))).to.not.equal('accepted');
      }
    }
  });
});

function decoded(segment: string): Buffer {
  return Buffer.from(segment, 'base64url');
}

/** The segments that differ from this one in the last character alone and decode to the same octets. */
function lastCharacterVariants(segment: string): readonly string[] {
  const octets = Buffer.from(segment, 'base64url');
  return [...BASE64URL]
    .map((last) => segment.slice(0, -1) + last)
    .filter((variant) => Buffer.from(variant, 'base64url').equals(octets));
}

/** Other spellings of a segment that some decoder takes for the same octets. */
function spellingsOf(segment: string): readonly string[] {
  const standard = segment.replaceAll('-', '+').replaceAll('_', '/');
  const blanks = BLANKS.flatMap((blank) => [
    `${blank}${segment}`,
    `${segment}${blank}`,
    `${segment.slice(0, 4)}${blank}${segment.slice(4)}`,
  ]);
  return [
    ...lastCharacterVariants(segment),
    ...['=', '==', '===', '%3D', '%3d'].map((padding) => segment + padding),
    ...(standard === segment ? [] : [standard, Buffer.from(segment, 'base64url').toString('base64')]),
    ...blanks,
    `%${segment.charCodeAt(0).toString(16)}${segment.slice(1)}`,
  ];
}
