import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { CompactEncrypt } from 'jose';
import { unnamedAttempt } from '../../src/burn/attempt.ts';
import type { Deployment } from '../../src/burn/deployment.ts';
import { mint, parseMint } from '../../src/burn/mint.ts';
import { redeem } from '../../src/burn/redeem.ts';
import { retriedAttempts } from '../../src/contract/retried-attempts.ts';
import { MatchstickError } from '../../src/errors.ts';
import type { BurnLedger } from '../../src/ledger/burn-ledger.ts';
import { processMemory } from '../../src/ledger/memory.ts';
import { type KeyRing, type SigningKey, verificationKeys } from '../../src/token/key.ts';
import type { Purpose } from '../../src/token/purpose.ts';
import { signToken } from '../../src/token/sign.ts';
import { ISSUER, makeForger, NOW_S } from '../support/forge.ts';
import { makeProofKey, type ProofKeyPair, proofOf } from '../support/proofs.ts';
import { UNLIMITED } from './deployment-in-memory.ts';

const PURPOSE: Purpose = {
  name: 'call',
  audiences: ['api'],
  lifetimeSeconds: 60,
  uses: 2,
  bind: { key: 'optional' },
  sealed: new Set(['email']),
  parseClaims: (given) => ({ ok: true, claims: { ...CLAIMS, ...Object(given) } }),
};
const REQUEST = { method: 'POST', url: 'https://api.example.test/orders' };
const CLAIMS = { email: 'ada@example.test', plan: 'gold' };

const nowMs = () => NOW_S * 1000;

describe('redeeming what is bound or sealed', () => {
  let signing: SigningKey;
  let other: SigningKey;
  let key: ProofKeyPair;
  before(async () => {
    signing = { ...(await makeForger('ES256', 'one')), sealingKey: new Uint8Array(randomBytes(32)) };
    other = { ...(await makeForger('ES256', 'other')), sealingKey: new Uint8Array(randomBytes(32)) };
    key = await makeProofKey();
  });

  const ringOf = (...keys: readonly [SigningKey, ...SigningKey[]]): KeyRing => ({
    signing: keys[0],
    verification: verificationKeys(keys),
    sealing: new Map(keys.map(({ kid, sealingKey }) => [kid, sealingKey])),
    revoked: new Set(),
    subjectKey: new Uint8Array(32),
  });

  function madeDeployment(overrides: Partial<Deployment> = {}): Deployment {
    return {
      issuer: ISSUER,
      purposes: new Map([[PURPOSE.name, PURPOSE]]),
      clockToleranceSeconds: 0,
      randomBytes,
      keys: ringOf(signing),
      ...UNLIMITED,
      retried: retriedAttempts(),
      openers: new Map(),
      ...processMemory({ nowMs, randomBytes }),
      ...overrides,
    };
  }

  async function minted(deployment: Deployment, more: object = {}): Promise<string> {
    const order = parseMint({ purpose: 'call', subject: 'u', ...more }, deployment);
    if (order instanceof MatchstickError) throw order;
    return (await mint(order, deployment)).minted.token;
  }

  const redeemed = (deployment: Deployment, token: string, proof = {}) =>
    redeem({ token, purpose: 'call', proof }, unnamedAttempt('main', randomBytes), deployment);

  const outcomeOf = async (result: ReturnType<typeof redeemed>) => {
    const answer = await result;
    return answer instanceof MatchstickError ? answer.code : answer.state;
  };

  it('takes up an attempt whose answer was lost only for whoever shows a proof', async () => {
    const { ledger, deposits } = processMemory({ nowMs, randomBytes });
    let lostReplies = 1;
    const losing: BurnLedger = {
      ...ledger,
      burn: async (request) => {
        const answer = await ledger.burn(request);
        if (lostReplies-- > 0) throw new MatchstickError('ledger_unavailable', 'The reply was lost.');
        return answer;
      },
    };
    const deployment = madeDeployment({ ledger: losing, deposits });
    const token = await minted(deployment, { bind: { key: key.jkt } });
    const proof = { dpop: proofOf(key, { ...REQUEST, token, nowMs: nowMs() }), request: REQUEST };
    const lost: unknown = await redeemed(deployment, token, proof).catch((error: unknown) => error);
    expect(lost).to.be.instanceOf(MatchstickError);
    expect(await outcomeOf(redeemed(deployment, token, { request: REQUEST }))).to.equal('binding_mismatch');
    expect(await outcomeOf(redeemed(deployment, token, proof))).to.equal('burned');
    expect(await outcomeOf(redeemed(deployment, token, proof))).to.equal('binding_mismatch');
    const fresh = { ...proof, dpop: proofOf(key, { ...REQUEST, token, nowMs: nowMs() }) };
    expect(await outcomeOf(redeemed(deployment, token, fresh))).to.equal('burned');
    expect(await outcomeOf(redeemed(deployment, token, fresh))).to.equal('token_burned');
  });

  it('refuses sealed claims that cannot be read, under the real key, before anything is burned', async () => {
    const deployment = madeDeployment();
    const good = await minted(deployment, { claims: CLAIMS });
    const [, payload = ''] = good.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const octets = (text: string) => new TextEncoder().encode(text);
    const seal = (plaintext: Uint8Array, sealingKey = signing.sealingKey) =>
      new CompactEncrypt(plaintext).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(sealingKey);
    const unreadable = [
      ...['', 'garbage', 'a.b.c.d.e', `${claims.sealed}A`],
      await seal(octets(JSON.stringify(CLAIMS)), other.sealingKey),
      await seal(octets('not JSON')),
      await seal(octets('[1]')),
      await seal(octets('null')),
      await seal(octets('{"a":1e999}')),
      await seal(Uint8Array.of(0x22, 0xff, 0x22)),
      await seal(octets(`${'['.repeat(5000)}${']'.repeat(5000)}`)),
    ];
    for (const sealed of unreadable) {
      const token = signToken({ ...claims, sealed }, signing);
      expect(await outcomeOf(redeemed(deployment, token)), sealed.slice(0, 20)).to.equal('token_invalid');
    }
    expect(await outcomeOf(redeemed(deployment, good))).to.equal('burned');
    expect(await outcomeOf(redeemed(deployment, good))).to.equal('burned');
    expect(await outcomeOf(redeemed(deployment, good))).to.equal('token_burned');
  });

  it('tells the sealed claims though their key leaves the ring while the ledger decides', async () => {
    const { ledger, deposits } = processMemory({ nowMs, randomBytes });
    let keys = ringOf(signing);
    const rotating: BurnLedger = {
      ...ledger,
      burn: (request) => {
        keys = ringOf(other);
        return ledger.burn(request);
      },
    };
    const deployment = madeDeployment({ ledger: rotating, deposits });
    const ring: Deployment = Object.defineProperty({ ...deployment }, 'keys', { get: () => keys });
    const token = await minted(ring, { claims: CLAIMS });
    const result = await redeemed(ring, token);
    expect(result).to.deep.include({ state: 'burned', claims: CLAIMS });
  });

  it('finds every sealed claim though the signing key changes while it is minted', async () => {
    const deployment = madeDeployment();
    let reads = 0;
    const rings = [ringOf(signing, other), ringOf(other, signing)];
    const changing: Deployment = Object.defineProperty({ ...deployment }, 'keys', {
      get: () => rings[reads++ % 2],
    });
    for (let again = 0; again < 6; again++) {
      const token = await minted(changing, { claims: CLAIMS });
      expect(await redeemed(changing, token)).to.deep.include({ claims: CLAIMS });
      reads++;
    }
  });

  it('grants the claims that were minted, though its purpose declares others by then, and none if it declares none', async () => {
    const deployment = madeDeployment();
    const declaring = (parseClaims: Purpose['parseClaims']) => {
      const { parseClaims: _, ...purpose } = PURPOSE;
      const changed = parseClaims ? { ...purpose, parseClaims } : purpose;
      return { ...deployment, purposes: new Map([[PURPOSE.name, changed]]) };
    };
    const token = await minted(deployment, { claims: { email: 'ada@example.test', plan: 'silver' } });
    const refusing = declaring(() => ({
      ok: false,
      problems: [{ path: 'plan', message: 'is not known here' }],
    }));
    const granted = await redeemed(refusing, token);
    expect(granted).to.deep.include({ claims: { email: 'ada@example.test', plan: 'silver' } });
    expect(await outcomeOf(redeemed(declaring(undefined), token))).to.equal('token_invalid');
  });
});
