/**
 * Adds to the frozen tokens what is described here and not among them yet; what is there is never written
 * anew. `npx tsx test/vectors/write-tokens.ts`
 *
 * The first keys were thrown away. Those of the tokens that are added here are no secret: they are made of
 * their names, so that more tokens can be added.
 */
import { createECDH, createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { importJWK } from 'jose';
import { ALGORITHMS, type Algorithm } from '../../src/token/key.ts';
import { claimsOf, type Forger, forge } from '../support/forge.ts';
import { VECTORS, vectorFile } from './vectors.ts';

const DESCRIPTION =
  'Frozen tokens. Those of the first two keys were made once, with key pairs that were thrown away with the script that made them; those of the others were added by write-tokens.ts, which adds and never changes. Each token was signed octet by octet, so refused ones carry a real signature unless their name says otherwise; ES256 signatures have the smaller s. A change of verdict is a change of format.';

const FURTHER_PURPOSES = {
  'session-call': purposeThatRequires('session'),
  'key-call': purposeThatRequires('key'),
  'request-call': purposeThatRequires('request'),
};

function purposeThatRequires(kind: 'session' | 'key' | 'request') {
  return { audiences: ['billing'], lifetimeSeconds: 60, carriesClaims: false, bind: { [kind]: 'required' } };
}

const JKT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const [SESSION, REQUEST, CONTENT] = [
  '2Zx0S7M-aV_s8vKf1TqYcA',
  'bN5gq3uO_0xR-7yEwPjLdQ',
  'Vh8-tC_k4mZ2sXeW9oGfBI',
];
const SEALED =
  'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..bm9uY2Ugb2YgMTI.c2VhbGVkIGNsYWltcw.dGFnIG9mIDE2IG9jdGV0cw';

const NO_CNF = 'its cnf is not one key thumbprint';
const NO_BIND = 'its bind is not one that is written here';
const NO_SEALED = 'its sealed claims are not a string';
const NO_CLAIMS = 'its purpose carries no claims';
const NOT_CANONICAL = 'its payload is not in canonical form';
const UNBOUND = 'it lacks a binding that its purpose requires';

type Members = Readonly<Record<string, unknown>>;

const at = (purpose: string, members: Members = {}): Members => ({ aud: 'billing', purpose, ...members });

/** Name, what differs from an honest token, and the reason for which it is refused; none: it is valid. */
const FURTHER: readonly (readonly [name: string, members: Members, reason?: string])[] = [
  ['a token that is bound to a session', at('session-call', { bind: { session: SESSION } })],
  ['a token that is bound to a key', at('key-call', { cnf: { jkt: JKT } })],
  ['a token that is bound to a request', at('request-call', { bind: { request: REQUEST } })],
  [
    'a token that is bound to a session, a key and a request with its content',
    at('key-call', { cnf: { jkt: JKT }, bind: { session: SESSION, request: REQUEST, content: CONTENT } }),
  ],
  ['a bound token of a purpose that binds nothing', { cnf: { jkt: JKT }, bind: { session: SESSION } }],
  ['a token with sealed claims', { purpose: 'file-download', sealed: SEALED }],
  ['a token with open and sealed claims', { purpose: 'file-download', claims: { key: 'a' }, sealed: SEALED }],
  ['no binding where a session is required', at('session-call'), UNBOUND],
  ['a key where a session is required', at('session-call', { cnf: { jkt: JKT } }), UNBOUND],
  ['no binding where a key is required', at('key-call'), UNBOUND],
  ['a session where a key is required', at('key-call', { bind: { session: SESSION } }), UNBOUND],
  ['no binding where a request is required', at('request-call'), UNBOUND],
  ['content alone where a request is required', at('request-call', { bind: { content: CONTENT } }), UNBOUND],
  ['cnf: null', { cnf: null }, NO_CNF],
  ['cnf: a thumbprint without its name', { cnf: JKT }, NO_CNF],
  ['cnf: empty', { cnf: {} }, NO_CNF],
  ['cnf: a list', { cnf: [{ jkt: JKT }] }, NO_CNF],
  ['cnf: another method', { cnf: { 'x5t#S256': JKT } }, NO_CNF],
  ['cnf: two methods', { cnf: { jkt: JKT, kid: 'key' } }, NO_CNF],
  ['cnf: a thumbprint of 42 characters', { cnf: { jkt: JKT.slice(1) } }, NO_CNF],
  ['cnf: a thumbprint with other spare bits', { cnf: { jkt: JKT.replace(/I$/, 'J') } }, NO_CNF],
  ['bind: null', { bind: null }, NO_BIND],
  ['bind: empty', { bind: {} }, NO_BIND],
  ['bind: a list', { bind: [SESSION] }, NO_BIND],
  ['bind: a digest without its name', { bind: SESSION }, NO_BIND],
  ['bind: an unknown member', { bind: { session: SESSION, address: REQUEST } }, NO_BIND],
  ['bind: a digest of 21 characters', { bind: { session: SESSION.slice(1) } }, NO_BIND],
  ['bind: a digest of 23 characters', { bind: { session: `${SESSION}A` } }, NO_BIND],
  ['bind: a digest in another alphabet', { bind: { session: SESSION.replace('-', '+') } }, NO_BIND],
  ['bind: null for a digest', { bind: { session: null } }, NO_BIND],
  ['bind: members in another order', { bind: { request: REQUEST, session: SESSION } }, NOT_CANONICAL],
  ['bind before cnf', { bind: { session: SESSION }, cnf: { jkt: JKT } }, NOT_CANONICAL],
  ['sealed: null', { purpose: 'file-download', sealed: null }, NO_SEALED],
  ['sealed: an object', { purpose: 'file-download', sealed: {} }, NO_SEALED],
  ['sealed claims of a purpose that carries none', { sealed: SEALED }, NO_CLAIMS],
  ['sealed before claims', { purpose: 'file-download', sealed: SEALED, claims: { key: 'a' } }, NOT_CANONICAL],
];

const KIDS: Readonly<Record<Algorithm, string>> = {
  ES256: 'test-only-es256-2',
  Ed25519: 'test-only-ed25519-2',
};

function privateJwkOf(algorithm: Algorithm) {
  const secret = createHash('sha256').update(KIDS[algorithm]).digest();
  const d = secret.toString('base64url');
  if (algorithm === 'ES256') {
    const point = createECDH('prime256v1');
    point.setPrivateKey(secret);
    const [x, y] = [point.getPublicKey().subarray(1, 33), point.getPublicKey().subarray(33)];
    return { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url'), d };
  }
  // PKCS #8 of RFC 8410: what comes before the 32 octets.
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
  const { x = '' } = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
    format: 'jwk',
  });
  return { kty: 'OKP', crv: 'Ed25519', x, d };
}

async function forgerOf(algorithm: Algorithm): Promise<Forger> {
  const { d, ...publicJwk } = privateJwkOf(algorithm);
  const privatePart = createPrivateKey({ key: { ...publicJwk, d }, format: 'jwk' });
  const publicKey = await importJWK(publicJwk, algorithm);
  const privateKey = await importJWK({ ...publicJwk, d }, algorithm);
  if (publicKey instanceof Uint8Array || privateKey instanceof Uint8Array) throw new TypeError('symmetric');
  const publicPart = createPublicKey(privatePart);
  const sealingKey = new Uint8Array(32);
  return { kid: KIDS[algorithm], algorithm, publicKey, privateKey, sealingKey, publicPart, privatePart };
}

const file = vectorFile.parse(JSON.parse(await readFile(VECTORS, 'utf8')));
for (const algorithm of ALGORITHMS) {
  const key = await forgerOf(algorithm);
  const { d: _d, ...publicJwk } = privateJwkOf(algorithm);
  if (!file.keys.some(({ kid }) => kid === key.kid))
    file.keys.push({ kid: key.kid, alg: algorithm, ...publicJwk });
  const known = file.tokens.filter(({ alg }) => alg === algorithm).map(({ name }) => name);
  for (const [name, members, reason] of FURTHER.filter(([each]) => !known.includes(each))) {
    const claims = claimsOf(members);
    const expected =
      reason === undefined
        ? { valid: true as const, expired: false, claims }
        : { valid: false as const, reason };
    file.tokens.push({ name, alg: algorithm, token: forge(key, members), expected });
  }
}
const written = vectorFile.parse({
  ...file,
  description: DESCRIPTION,
  purposes: { ...file.purposes, ...FURTHER_PURPOSES },
});
await writeFile(VECTORS, `${JSON.stringify(written, null, 2)}\n`);
