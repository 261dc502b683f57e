import fc from 'fast-check';
import { MAX_TOKEN_CHARACTERS } from '../../src/contract/limits.ts';
import type { VerificationKey } from '../../src/token/key.ts';
import { verificationKeys } from '../../src/token/key.ts';
import { type Verifier, verifyToken } from '../../src/token/verify.ts';
import { encode, headerOf, ISSUER, NOW_S, PURPOSES, untouchable, verifierOf } from '../support/forge.ts';
import { type FixedKey, isSignature, octetsIn } from './fixed-keys.ts';
import { expectNoQuote, Find, type Property, type Target } from './target.ts';
import { openSigners, recipes, type Signers, tokenOf } from './token-recipes.ts';

type Verify = typeof verifyToken;

const NOW_MS = NOW_S * 1000;
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
/** The members of a payload, in the one order in which they are written. */
const ORDER = ['iss', 'aud', 'sub', 'jti', 'iat', 'exp', 'purpose', 'claims', 'cnf', 'bind', 'sealed'];

/**
 * Whether the service could have written this token. Written without a look at how the verifier finds out; it may take a
 * claim that the verifier is stricter about.
 */
function isHonest(token: string, keys: readonly FixedKey[]): boolean {
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  const key = keys.find((each) => encode(JSON.stringify(headerOf(each))) === header);
  const [octets, signed] = [octetsIn(payload), octetsIn(signature)];
  if (more.length > 0 || !key || !octets || signed?.length !== 64) return false;
  if (!isSignature(key, `${header}.${payload}`, signed)) return false;
  if (key.algorithm === 'ES256' && BigInt(`0x${signed.subarray(32).toString('hex')}`) > HALF_ORDER)
    return false;
  return isHonestPayload(octets.toString());
}

function isHonestPayload(text: string): boolean {
  let claims: Record<string, unknown>;
  try {
    claims = { ...JSON.parse(text) };
  } catch {
    return false;
  }
  const { iss, aud, sub, jti, iat, exp, purpose: name, claims: own } = claims;
  const inOrder = Object.fromEntries(
    ORDER.filter((each) => each in claims).map((each) => [each, claims[each]]),
  );
  const purpose = PURPOSES.get(String(name));
  const id = octetsIn(String(jti));
  const [from, until] = [Number(iat), Number(exp)];
  return (
    JSON.stringify(inOrder) === text &&
    Object.keys(inOrder).length === Object.keys(claims).length &&
    [iss, aud, sub, jti, name].every((each) => typeof each === 'string' && each !== '') &&
    [iat, exp].every((each) => Number.isSafeInteger(each)) &&
    iss === ISSUER &&
    purpose?.audiences.includes(String(aud)) === true &&
    from >= 0 &&
    from <= NOW_S &&
    until > from &&
    until - from <= purpose.lifetimeSeconds &&
    (!('claims' in claims || 'sealed' in claims) || purpose.parseClaims !== undefined) &&
    (!('claims' in claims) || (typeof own === 'object' && own !== null && !Array.isArray(own))) &&
    id?.length === 39 &&
    id[4] === 1 &&
    id.readUInt16BE(5) === until - from &&
    id.readUInt32BE(7) === until
  );
}

/** A verifier that counts what it does for one token. */
function countedVerifier(keys: readonly FixedKey[]) {
  const work = { lookups: 0, signatures: 0 };
  const counted = keys.map(
    (key): VerificationKey => ({
      kid: key.kid,
      algorithm: key.algorithm,
      get publicKey() {
        work.signatures++;
        return key.publicKey;
      },
    }),
  );
  const ring = new Map(verificationKeys(counted));
  const get = ring.get.bind(ring);
  ring.get = (header) => {
    work.lookups++;
    return get(header);
  };
  const verifier: Verifier = { ...verifierOf([]), keys: { verification: ring } };
  return { verifier, work };
}

function tokenProperty(verify: Verify, signers: Signers): Property {
  return fc.asyncProperty(recipes, async (recipe) => {
    const token = tokenOf(recipe, signers);
    const tooLong = token.length > MAX_TOKEN_CHARACTERS;
    const { verifier, work } = countedVerifier(signers.genuine);
    const verification = await verify(token, tooLong ? untouchable : verifier, NOW_MS);
    const about = `${token.slice(0, 4096)}\n`;
    if (work.lookups > 1 || work.signatures > 1)
      throw new Find(`it takes more work than one signature: ${about}`);
    if (verification.valid) {
      if (tooLong) throw new Find(`a token of ${token.length} characters is accepted`);
      if (!isHonest(token, signers.genuine))
        throw new Find(`a token that nobody minted is accepted: ${about}`);
      return;
    }
    const decoded = token.split('.').map((segment) => Buffer.from(segment, 'base64url').toString());
    expectNoQuote(verification.reason, token, ...decoded);
    if (recipe.what === 'untouched' && !tooLong)
      throw new Find(`an honest token is refused: ${verification.reason}`);
  });
}

/** The verifier of capability tokens. */
export const tokenTarget: Target<Verify> = {
  name: 'token',
  suiteRuns: 600,
  open: async () => {
    const signers = await openSigners();
    return { subject: verifyToken, property: (verify) => tokenProperty(verify, signers) };
  },
};
