import { expect } from 'chai';
import fc from 'fast-check';
import { verifyToken } from '../../src/token/verify.ts';
import {
  APP,
  type Forger,
  forge,
  jtiOf,
  makeForgers,
  NOW_S,
  segmentsOf,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('verifyToken', () => {
  let keys: readonly Forger[];
  let tokens: readonly string[];
  before(async () => {
    keys = await makeForgers();
    tokens = keys.map((key) => forge(key));
  });

  const characters = fc.oneof(
    fc.constantFrom(...BASE64URL, '.'),
    fc.string({ unit: 'binary', minLength: 1 }),
  );

  it('refuses a valid token of which any one character is changed, dropped, doubled or moved', async () => {
    const verifier = verifierOf(keys);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tokens), fc.nat(), characters, async (token, place, character) => {
        const at = place % token.length;
        const [before, own, after] = [token.slice(0, at), token.charAt(at), token.slice(at + 1)];
        const changed = [
          before + character + after,
          before + after,
          before + own + own + after,
          before + character + own + after,
          before + after.slice(0, 1) + own + after.slice(1),
        ];
        for (const other of changed) {
          if (other !== token) expect(await verdictOf(other, verifier)).to.not.equal('accepted');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses every single bit flipped in the decoded header, payload and signature', async () => {
    const verifier = verifierOf(keys);
    for (const token of tokens) {
      const segments = segmentsOf(token);
      for (const [index, segment] of segments.entries()) {
        const octets = Buffer.from(segment, 'base64url');
        for (let bit = 0; bit < octets.length * 8; bit++) {
          const flipped = Buffer.from(octets);
          flipped[bit >> 3] = (octets[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          const other = segments.map((own, place) => (place === index ? flipped.toString('base64url') : own));
          if ((await verdictOf(other.join('.'), verifier)) === 'accepted')
            expect.fail(`bit ${bit} of ${index}`);
        }
      }
    }
  });

  it('refuses any mixture of the segments of valid tokens', async () => {
    const verifier = verifierOf(keys);
    const own = keys.flatMap((key) => [forge(key), forge(key, { sub: 'user-43' })]);
    const [headers, payloads, signatures] = [0, 1, 2].map(
      (place) => new Set(own.map((token) => segmentsOf(token)[place] ?? '')),
    );
    const accepted: string[] = [];
    for (const header of headers ?? []) {
      for (const payload of payloads ?? []) {
        for (const signature of signatures ?? []) {
          const token = `${header}.${payload}.${signature}`;
          if ((await verdictOf(token, verifier)) === 'accepted') accepted.push(token);
        }
      }
    }
    expect(accepted).to.have.members(own);
  });

  it('refuses a token that allows more uses than its purpose, under a real signature', async () => {
    const [key] = keys;
    if (!key) throw new Error('there is no key');
    const twice = forge(key, { jti: jtiOf(NOW_S, NOW_S + 60, { uses: 2 }) });
    expect(await verdictOf(twice, verifierOf(keys))).to.equal('it allows more uses than its purpose');
    const purposes = new Map([
      ['password-reset', { name: 'p', audiences: [APP], lifetimeSeconds: 900, uses: 2 }],
    ]);
    expect(await verdictOf(twice, verifierOf(keys, { purposes }))).to.equal('accepted');
  });

  it('never throws, whatever text it is given, and gives a reason', async () => {
    const verifier = verifierOf(keys);
    const segment = fc.string({ unit: fc.constantFrom(...BASE64URL), minLength: 1 });
    const shaped = fc.tuple(segment, segment, segment).map((segments) => segments.join('.'));
    const headed = fc.tuple(fc.nat(1), segment, segment).map(([index, payload, signature]) => {
      const [header] = segmentsOf(tokens[index] ?? '');
      return `${header}.${payload}.${signature}`;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), shaped, headed), async (text) => {
        const verification = await verifyToken(text, verifier, NOW_S * 1000);
        expect(verification)
          .to.have.property('reason')
          .that.matches(/^(its?) /);
      }),
      { numRuns: 1000 },
    );
  });

  it('throws when a key cannot be used at all, instead of calling the token wrong', async () => {
    const [one, other] = keys;
    if (!one || !other) throw new Error('no keys');
    const broken = verifierOf([{ ...one, publicKey: other.publicKey }]);
    const failure = await verdictOf(forge(one), broken).catch((error: unknown) => error);
    expect(failure).to.be.an.instanceOf(TypeError);
  });
});
