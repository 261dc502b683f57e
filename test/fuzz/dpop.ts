import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint } from 'jose';
import { MAX_DPOP_CHARACTERS } from '../../src/contract/limits.ts';
import { DPOP_WINDOW_SECONDS, verifyDpop } from '../../src/token/dpop.ts';
import { encode, NOW_S, otherFormOf } from '../support/forge.ts';
import { proofClaims, proofHeader } from '../support/proofs.ts';
import { type Edit, edited, edits } from './edits.ts';
import { type FixedKey, fixedKey, fixedSignature, isSignature, octetsIn } from './fixed-keys.ts';
import { isAmbiguous, jsonFacts } from './json-facts.ts';
import { editedJson, type MemberEdits, memberEdits } from './json-members.ts';
import { expectNoQuote, Find, type Property, type Target } from './target.ts';

type Verify = typeof verifyDpop;

/** A key that proofs are made with. The last one is a stranger's: no token names it. */
interface ProofSigner extends FixedKey {
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly jkt: string;
}

const URL_SPELLINGS = [
  ...[
    'https://api.example.test/orders/7',
    'https://api.example.test/orders/7?refund=1',
    'HTTPS://API.example.test:443/orders/7',
  ],
  ...[
    'https://api.example.test/%6frders/7#x',
    'https://api.example.test/orders/%37',
    'https://api.example.test/a%2fb',
  ],
];
const OTHER_URLS = [
  ...[
    'http://api.example.test/orders/7',
    'https://api.example.test/orders/8',
    'https://api.example.test/orders/7/',
  ],
  ...[
    'https://api.example.test@evil.test/orders/7',
    'https://evil.test\\@api.example.test/orders/7',
    '/orders/7',
    '',
  ],
  ...[
    'https://api.example.test/orders%2F7',
    'https://api.example.test/a/b',
    'https://api.example.test:8443/orders/7',
  ],
];
const TOKENS = ['eyJhbGciOiJFUzI1NiJ9.e30.c2ln', 'eyJhbGciOiJFUzI1NiJ9.e30.c2lo', ''];
const METHODS = ['POST', 'GET', 'post', ''];

const text = (value: unknown) => JSON.stringify(value);
const HEADER_NAMES = ['typ', 'alg', 'jwk', 'crit', 'b64', 'kid', 'jku', 'x5c'];
const HEADER_VALUES = [
  '"none"',
  '"HS256"',
  '"ES256"',
  '"EdDSA"',
  '"Ed25519"',
  '"ES384"',
  '"RS256"',
  '"DPoP+JWT"',
  '"jwt"',
];
/** Points of small order, under which a signature can be forged for every text. */
const SMALL_POINTS = [Buffer.alloc(32), Buffer.alloc(32, 0xff), Buffer.from([1, ...Buffer.alloc(31)])];
const NO_POINT = SMALL_POINTS.length;
const JWK_NAMES = ['kty', 'crv', 'x', 'y', 'd', 'k', 'n', 'e', 'use', 'alg', 'key_ops', 'kid', 'oth'];
const JWK_VALUES = [
  ...['EC', 'OKP', 'RSA', 'oct', 'P-256', 'P-384', 'Ed25519', 'X25519', 'sig', 'enc', 'AQAB', 'AQ'].map(text),
  ...['["verify"]', '["sign"]', '[]'],
];
const CLAIM_NAMES = ['jti', 'htm', 'htu', 'iat', 'ath', 'exp', 'nbf', 'nonce'];
const CLAIM_VALUES = [
  ...[NOW_S - 61, NOW_S - 60, NOW_S + 59.5, NOW_S + 61, 0].map(String),
  ...[...METHODS, ...URL_SPELLINGS, ...OTHER_URLS, 'x'.repeat(257)].map(text),
];

const recipes = fc.record({
  key: fc.nat({ max: 1 }),
  by: fc.oneof(
    { weight: 5, arbitrary: fc.constant('its key') },
    fc.constantFrom('the stranger', 'nobody', 'anybody'),
  ),
  jwk: rarely(memberEdits(JWK_NAMES, JWK_VALUES, { maxLength: 2 })),
  point: mostly([NO_POINT, ...SMALL_POINTS.keys()]),
  header: rarely(memberEdits(HEADER_NAMES, HEADER_VALUES, { maxLength: 2 })),
  claims: rarely(memberEdits(CLAIM_NAMES, CLAIM_VALUES)),
  signature: fc.oneof(
    { weight: 8, arbitrary: fc.constant('as it is') },
    fc.constantFrom('other form', 'shorter'),
  ),
  edits: fc.oneof({ weight: 8, arbitrary: fc.constant<readonly Edit[]>([]) }, edits(2)),
  call: fc.record({
    method: mostly(METHODS),
    url: mostly([...URL_SPELLINGS, ...OTHER_URLS]),
    token: mostly(TOKENS),
    jkt: mostly(['its own', 'that of the header', "the stranger's", 'A'.repeat(43)]),
    offMs: mostly([0, 60_000, 60_001, -60_001, Number.NaN, Number.MAX_SAFE_INTEGER]),
  }),
});

type Recipe = typeof recipes extends fc.Arbitrary<infer R> ? R : never;

function rarely(changes: fc.Arbitrary<MemberEdits>): fc.Arbitrary<MemberEdits> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant({ edits: [], gap: '' }) },
    { weight: 1, arbitrary: changes },
  );
}

/** The first, or more rarely another. */
function mostly<T>(values: readonly T[]): fc.Arbitrary<T> {
  const [first, ...others] = values;
  if (first === undefined) throw new TypeError('there is nothing to choose from');
  return fc.oneof(
    { weight: 16, arbitrary: fc.constant(first) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

async function openSigners(): Promise<readonly ProofSigner[]> {
  const keys = [await fixedKey('ES256'), await fixedKey('Ed25519'), await fixedKey('ES256', 'stranger')];
  return Promise.all(
    keys.map(async (key) => {
      const jwk = key.publicPart.export({ format: 'jwk' });
      return { ...key, jwk: { ...jwk }, jkt: await calculateJwkThumbprint({ ...jwk }) };
    }),
  );
}

function proofFor(recipe: Recipe, signers: readonly ProofSigner[]) {
  const [key, stranger] = [signers[recipe.key], signers.at(-1)];
  if (!key || !stranger) throw new TypeError('there is no key');
  const proved = { method: 'POST', url: URL_SPELLINGS[0] ?? '', token: TOKENS[0] ?? '', nowMs: NOW_S * 1000 };
  const point = SMALL_POINTS[recipe.point]?.toString('base64url');
  const jwk = editedJson(
    point === undefined ? key.jwk : { kty: 'OKP', crv: 'Ed25519', x: point },
    recipe.jwk,
  );
  const parts = editedJson(proofHeader({ alg: key.algorithm, jwk: {} }), recipe.header);
  const header = parts.replace('"jwk":{}', () => `"jwk":${jwk}`);
  const signed = `${encode(header)}.${encode(editedJson(proofClaims(proved, { jti: 'proof' }), recipe.claims))}`;
  const signatures: Readonly<Record<string, () => Buffer>> = {
    'its key': () => fixedSignature(key, signed),
    'the stranger': () => fixedSignature(stranger, signed),
    nobody: () => Buffer.alloc(64),
    // Right for every text under the neutral point.
    anybody: () => Buffer.from([1, ...Buffer.alloc(63)]),
  };
  const signature = signatures[recipe.by]?.() ?? Buffer.alloc(64);
  const forms: Readonly<Record<string, () => Uint8Array>> = {
    'other form': () => otherFormOf(key.algorithm, signature),
    shorter: () => signature.subarray(1),
  };
  const proof = edited(`${signed}.${encode(forms[recipe.signature]?.() ?? signature)}`, recipe.edits);
  return { key, stranger, header, proof };
}

/** The normal spelling of a URL without its query, by other means than the product's. */
function targetOf(url: unknown): string | undefined {
  if (typeof url !== 'string' || !/^https?:\/\/[^@\\]+$/i.test(url) || !URL.canParse(url)) return undefined;
  const { origin, pathname } = new URL(url);
  const unescaped = (octet: string) => {
    const character = String.fromCharCode(Number.parseInt(octet.slice(1), 16));
    return /[\w.~-]/.test(character) ? character : octet.toUpperCase();
  };
  return origin + pathname.replace(/%[\da-f]{2}/gi, unescaped);
}

type Call = Parameters<Verify>[1];

/** The name of a proof that is a right one for the call; undefined for any other. */
function rightName(proof: string, call: Call, signers: readonly ProofSigner[]): string | undefined {
  const [head = '', body = '', tail = '', ...more] = proof.split('.');
  const [headOctets, bodyOctets, signature] = [octetsIn(head), octetsIn(body), octetsIn(tail)];
  if (more.length > 0 || !headOctets || !bodyOctets || !signature) return undefined;
  let header: Record<string, unknown>;
  let claims: Record<string, unknown>;
  try {
    [header, claims] = [{ ...JSON.parse(headOctets.toString()) }, { ...JSON.parse(bodyOctets.toString()) }];
  } catch {
    return undefined;
  }
  if ([headOctets, bodyOctets].some((octets) => isAmbiguous(jsonFacts(octets.toString())))) return undefined;
  const jwk: Record<string, unknown> = { ...Object(header.jwk) };
  const isOf = (key: ProofSigner) =>
    ['kty', 'crv', 'x', 'y'].every(
      (name) => jwk[name] === key.jwk[name] || (name === 'y' && key.algorithm === 'Ed25519'),
    );
  const key = signers.find(isOf);
  const isAlg =
    key && (header.alg === key.algorithm || (key.algorithm === 'Ed25519' && header.alg === 'EdDSA'));
  const [iat, nowS] = [claims.iat, call.nowMs / 1000];
  const isRight =
    isAlg &&
    key.jkt === call.jkt &&
    header.typ === 'dpop+jwt' &&
    !('crit' in header || 'b64' in header || 'd' in jwk || 'k' in jwk || 'oth' in jwk) &&
    isSignature(key, `${head}.${body}`, signature) &&
    claims.htm === call.method &&
    targetOf(call.url) !== undefined &&
    targetOf(claims.htu) === targetOf(call.url) &&
    typeof iat === 'number' &&
    Math.abs(nowS - iat) <= DPOP_WINDOW_SECONDS &&
    claims.ath === createHash('sha256').update(call.token).digest('base64url') &&
    typeof claims.jti === 'string' &&
    claims.jti.length >= 1 &&
    claims.jti.length <= 256;
  if (!isRight) return undefined;
  return createHash('sha256').update(`${key.jkt}\n${claims.jti}`).digest('base64url').slice(0, 22);
}

function dpopProperty(verify: Verify, signers: readonly ProofSigner[]): Property {
  return fc.asyncProperty(recipes, async (recipe) => {
    const { key, stranger, header, proof } = proofFor(recipe, signers);
    const { jkt: whose, offMs, ...asked } = recipe.call;
    const ofHeader = await Promise.resolve()
      .then(() => calculateJwkThumbprint(JSON.parse(header).jwk))
      .catch(() => key.jkt);
    const thumbprints = new Map([
      ['its own', key.jkt],
      ['that of the header', ofHeader],
      ["the stranger's", stranger.jkt],
    ]);
    const call = { ...asked, jkt: thumbprints.get(whose) ?? whose, nowMs: NOW_S * 1000 + offMs };
    const verification = await verify(proof, call);
    const right = proof.length > MAX_DPOP_CHARACTERS ? undefined : rightName(proof, call, signers);
    if (!verification.valid) {
      expectNoQuote(verification.reason, proof, header);
      const isUntouched = [recipe.jwk, recipe.header, recipe.claims].every(
        ({ edits: all, gap }) => all.length === 0 && gap === '',
      );
      if (right !== undefined && isUntouched)
        throw new Find(`a right proof is refused: ${verification.reason}`);
      return;
    }
    if (right === undefined) throw new Find(`a wrong proof is accepted: ${proof}`);
    if (verification.name !== right)
      throw new Find(`the proof ${proof} has another name: it could be shown twice`);
  });
}

/** The verifier of DPoP proofs (RFC 9449). */
export const dpopTarget: Target<Verify> = {
  name: 'dpop',
  suiteRuns: 500,
  open: async () => {
    const signers = await openSigners();
    return { subject: verifyDpop, property: (verify) => dpopProperty(verify, signers) };
  },
};
