import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { mint } from '../../src/burn/mint.ts';
import { parseMintOrder } from '../../src/burn/mint-order.ts';
import { MAX_USES } from '../../src/contract/limits.ts';
import { MatchstickError } from '../../src/errors.ts';
import { compileClaimsSchema } from '../../src/settings/claims-schema.ts';
import { EPOCH_BYTES, parseTokenId } from '../../src/token/id.ts';
import type { Purposes } from '../../src/token/purpose.ts';
import {
  APP,
  claimsOf,
  type Forger,
  forge,
  ISSUER,
  jtiOf,
  makeForgers,
  NOW_S,
  segmentsOf,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';
import { watchedDeployment } from './watched-deployment.ts';

const FOREIGN_JTI = 'its jti is not one that this service writes';
const ORDER = { purpose: 'password-reset', audience: APP, subject: 'user-42', lifetimeSeconds: 60, uses: 1 };

describe('the contents of a token', () => {
  let keys: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
  });

  it('B8: a token carries what was ordered and the seven required claims, and nothing else', async () => {
    for (const key of keys) {
      const { deployment } = watchedDeployment(key);
      const { token } = (await mint(ORDER, deployment)).minted;
      expect(Object.keys(payloadOf(token))).to.deep.equal(Object.keys(claimsOf()));
      expect(payloadOf(token)).to.include({
        iss: ISSUER,
        aud: APP,
        sub: 'user-42',
        iat: NOW_S,
        exp: NOW_S + 60,
      });
      const file = { ...ORDER, purpose: 'file-download', claims: { key: 'a.pdf' } };
      const withClaims = payloadOf((await mint(file, deployment)).minted.token);
      expect(Object.keys(withClaims)).to.deep.equal([...Object.keys(claimsOf()), 'claims']);
      expect(withClaims).to.have.property('claims').that.deep.equals({ key: 'a.pdf' });
    }
  });

  it('B8: claims that a purpose does not declare are not minted, at any depth', () => {
    const parseClaims = compileClaimsSchema({
      type: 'object',
      properties: { key: { type: 'string' }, size: { type: 'integer' } },
    });
    const purposes: Purposes = new Map([
      [
        'file-download',
        { name: 'file-download', audiences: [APP], lifetimeSeconds: 300, uses: 1, parseClaims },
      ],
      ['password-reset', { name: 'password-reset', audiences: [APP], lifetimeSeconds: 300, uses: 1 }],
    ]);
    const mintable = (purpose: string, claims?: Readonly<Record<string, unknown>>) =>
      !(parseMintOrder({ purpose, subject: 'user-42', claims }, purposes) instanceof MatchstickError);
    expect(mintable('file-download', { key: 'a.pdf', size: 1 })).to.equal(true);
    expect(mintable('password-reset')).to.equal(true);
    for (const extra of ['email', 'password', 'Key', 'key ', '', 'constructor', 'toString']) {
      expect(mintable('file-download', { key: 'a.pdf', [extra]: 'x' }), extra).to.equal(false);
      expect(mintable('password-reset', { [extra]: 'x' }), extra).to.equal(false);
    }
    expect(mintable('file-download', JSON.parse('{"key":"a.pdf","__proto__":{"email":"x"}}'))).to.equal(
      false,
    );
    expect(mintable('file-download', { key: { email: 'x' } })).to.equal(false);
    expect(mintable('password-reset', {})).to.equal(false);
  });

  it('B8: a purpose cannot be configured to carry claims that it does not declare', () => {
    for (const additionalProperties of [true, {}, { type: 'string' }]) {
      expect(() => compileClaimsSchema({ type: 'object', additionalProperties })).to.throw(/declared/);
    }
  });

  it('B8: a signed token with a claim outside of its claims object is refused', async () => {
    for (const key of keys) {
      for (const name of ['email', 'name', 'phone_number', 'address', 'ip', 'session']) {
        const verdict = await verdictOf(forge(key, { [name]: 'x' }), verifierOf(keys));
        expect(verdict).to.equal('its payload has a claim that is not known here');
      }
      const verdict = await verdictOf(forge(key, { claims: { email: 'x' } }), verifierOf(keys));
      expect(verdict).to.equal('its purpose carries no claims');
    }
  });

  it('B9: every jti has 128 or more bits of its own, taken from the random source that was given', async () => {
    for (const key of keys) {
      const drawn: Uint8Array[] = [];
      const { deployment } = watchedDeployment(key, {
        randomBytes: (size) => {
          const octets = randomBytes(size);
          drawn.push(octets);
          return octets;
        },
      });
      const { minted } = await mint(ORDER, deployment);
      expect(drawn).to.have.lengthOf(1);
      expect(drawn[0]?.length).to.be.at.least(16);
      const nonce = Buffer.from(drawn[0] ?? []).toString('base64url');
      expect(parseTokenId(minted.jti)).to.have.property('nonce', nonce);
    }
  });

  it('B9: 1,000 jti minted in one second differ, are alike in form, and use every random bit evenly', async () => {
    const mints = 1000;
    const key = keys[1];
    if (!key) throw new Error('no key');
    const { deployment } = watchedDeployment(key);
    const all = await Promise.all(Array.from({ length: mints }, () => mint(ORDER, deployment)));
    const jtis = all.map(({ minted }) => minted.jti);
    expect(new Set(jtis).size).to.equal(mints);
    expect(new Set(jtis.map(({ length }) => length)).size).to.equal(1);
    for (const jti of jtis) expect(jti).to.match(/^[A-Za-z0-9_-]+$/);
    const nonces = jtis.map((jti) => Buffer.from(parseTokenId(jti)?.nonce ?? '', 'base64url'));
    const bits = (nonces[0]?.length ?? 0) * 8;
    for (let bit = 0; bit < bits; bit++) {
      const set = nonces.filter((nonce) => ((nonce[bit >> 3] ?? 0) >> (bit & 7)) & 1).length;
      expect(set, `bit ${bit}`).to.be.within(mints * 0.35, mints * 0.65);
    }
  });

  it('B9: nothing but a jti of this form is accepted under a good signature', async () => {
    const own = jtiOf(NOW_S, NOW_S + 60);
    const others = [
      'x',
      'null',
      'undefined',
      '[object Object]',
      '__proto__',
      '0',
      own.slice(0, -1),
      own.slice(1),
      `${own}A`,
      `${own}AAAA`,
      ` ${own}`,
      `${own} `,
      `${own}\n`,
      `${own.slice(0, -1)}=`,
      `${own.slice(0, -1)}+`,
      `${own.slice(0, -1)}é`,
      own.replace(/.$/, ':'),
      `burn:${own}`,
      '*'.repeat(own.length),
      '3f2c8a4e-7d7b-4a53-9b8e-2f1f0e6f5c11',
      'A'.repeat(own.length),
      Buffer.from(own, 'base64url').toString('hex'),
    ];
    const unwritten = [jtiOf(NOW_S, NOW_S), jtiOf(NOW_S, NOW_S + 60, { uses: 0 })];
    const excessive = jtiOf(NOW_S, NOW_S + 60, { uses: MAX_USES + 1 });
    for (const key of keys) {
      for (const jti of [...others, ...unwritten, excessive]) {
        const verdict = await verdictOf(forge(key, { jti }), verifierOf(keys));
        expect(verdict, JSON.stringify(jti)).to.equal(FOREIGN_JTI);
      }
      expect(await verdictOf(forge(key, { jti: own }), verifierOf(keys))).to.equal('accepted');
    }
  });

  it('B9: a jti of another epoch, shard or generation is well formed, and left to the ledger', async () => {
    const epoch = randomBytes(EPOCH_BYTES).toString('base64url');
    for (const key of keys) {
      for (const other of [{ epoch }, { shard: 255 }, { generation: 7 }]) {
        const jti = jtiOf(NOW_S, NOW_S + 60, other);
        expect(await verdictOf(forge(key, { jti }), verifierOf(keys))).to.equal('accepted');
      }
    }
  });
});

function payloadOf(token: string): object {
  const payload: unknown = JSON.parse(Buffer.from(segmentsOf(token)[1], 'base64url').toString());
  if (typeof payload !== 'object' || payload === null) throw new TypeError('the payload is not an object');
  return payload;
}
