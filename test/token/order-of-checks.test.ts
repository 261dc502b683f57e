import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { unnamedAttempt } from '../../src/burn/attempt.ts';
import { inspectToken } from '../../src/burn/inspect.ts';
import { redeem } from '../../src/burn/redeem.ts';
import type { Purpose } from '../../src/token/purpose.ts';
import type { Verifier } from '../../src/token/verify.ts';
import {
  type Bytes,
  claimsOf,
  encode,
  type Forger,
  forge,
  forgeText,
  headerOf,
  makeForger,
  makeForgers,
  NOW_S,
  PURPOSES,
  verdictOf,
  verifierOf,
} from '../support/forge.ts';
import { watchedDeployment } from './watched-deployment.ts';

const UNVERIFIED = 'its signature does not verify';
const UNKNOWN_KEY = 'its key is not known here';

describe('the order of checks', () => {
  let keys: readonly Forger[];
  let strangers: readonly Forger[];
  before(async () => {
    keys = await makeForgers();
    strangers = await Promise.all(keys.map(({ algorithm, kid }) => makeForger(algorithm, kid)));
  });

  /** Payloads that would each be told something else if anybody read them. */
  const payloads = (): readonly Bytes[] => [
    JSON.stringify(claimsOf()),
    JSON.stringify(claimsOf({ iss: 'https://other.example.test' })),
    JSON.stringify(claimsOf({ purpose: 'unknown' })),
    JSON.stringify(claimsOf({ aud: 'nobody' })),
    JSON.stringify(claimsOf({ exp: NOW_S - 1 })),
    JSON.stringify(claimsOf({ iat: NOW_S + 100, exp: NOW_S + 160 })),
    JSON.stringify(claimsOf({ jti: null })),
    '{"__proto__":{}}',
    '{}',
    '[]',
    'not JSON',
    '['.repeat(700),
    Buffer.from([0xff, 0xfe]),
  ];

  it('A14: nothing but the keys is consulted until the signature is verified', async () => {
    for (const stranger of strangers) {
      for (const payload of payloads()) {
        const unknown = JSON.stringify(headerOf({ ...stranger, kid: 'unknown' }));
        for (const [token, reason] of [
          [forgeText(stranger, payload), UNVERIFIED],
          [forgeText(stranger, payload, unknown), UNKNOWN_KEY],
        ] as const) {
          const { verifier, read } = watchedVerifier(keys);
          expect(await verdictOf(token, verifier)).to.equal(reason);
          expect(new Set(read)).to.deep.equal(new Set(['keys']));
        }
      }
    }
  });

  it('A14: the watched verifier does see the checks of a token that verifies', async () => {
    for (const key of keys) {
      const { verifier, read } = watchedVerifier(keys);
      expect(await verdictOf(forge(key), verifier)).to.equal('accepted');
      expect(read).to.include.members([
        'issuer',
        'purposes',
        'purpose password-reset',
        'clockToleranceSeconds',
      ]);
    }
  });

  it('A14: a claim that is wrong shows only in a token whose signature verifies', async () => {
    for (const [index, key] of keys.entries()) {
      const stranger = strangers[index];
      if (!stranger) throw new Error('no stranger');
      const honest = await Promise.all(
        payloads().map((payload) => verdictOf(forgeText(key, payload), verifierOf(keys))),
      );
      expect(new Set(honest).size).to.be.greaterThan(7);
      const forged = await Promise.all(
        payloads().map((payload) => verdictOf(forgeText(stranger, payload), verifierOf(keys))),
      );
      expect(new Set(forged)).to.deep.equal(new Set([UNVERIFIED]));
    }
  });

  it('A14: the ledger is asked nothing about a token that does not verify', async () => {
    for (const [index, key] of keys.entries()) {
      const stranger = strangers[index];
      if (!stranger) throw new Error('no stranger');
      for (const payload of payloads()) {
        const token = forgeText(stranger, payload);
        const { deployment, asked } = watchedDeployment(key);
        const attempt = unnamedAttempt('main', randomBytes);
        const answer = await redeem({ token, purpose: 'password-reset' }, attempt, deployment);
        expect(answer).to.include({ code: 'token_invalid' });
        expect(await inspectToken(token, () => undefined, deployment)).to.deep.equal({
          active: false,
          state: 'invalid',
          reason: UNVERIFIED,
        });
        expect(asked).to.deep.equal([]);
      }
    }
  });

  it('A14: no reason quotes anything of the token', async () => {
    const secret = 'Zq9SecretMarker';
    const { verification } = verifierOf(keys).keys;
    for (const key of keys) {
      const headers = ['alg', 'kid', 'typ', 'jku', secret].map((name) =>
        JSON.stringify({ ...headerOf(key), [name]: secret }),
      );
      const texts = [...Object.keys(claimsOf()), 'claims', secret].flatMap((name) =>
        [secret, [secret], { [secret]: secret }].map((value) => JSON.stringify(claimsOf({ [name]: value }))),
      );
      const tokens = [
        ...headers.map((header) => forgeText(key, JSON.stringify(claimsOf()), header)),
        ...[...texts, secret, `"${secret}"`, `{"${secret}"`].map((text) => forgeText(key, text)),
        `${encode(secret)}.${encode(secret)}.${encode(secret)}`,
        `${secret} ${secret}`,
      ];
      expect(verification.size).to.equal(2);
      for (const token of tokens) {
        const verdict = await verdictOf(token, verifierOf(keys));
        expect(verdict).to.not.contain(secret);
        expect(verdict).to.not.contain(encode(secret));
      }
    }
  });
});

/** A verifier that notes what is read of it, and which purposes are looked up. */
function watchedVerifier(keys: readonly Forger[]): {
  readonly verifier: Verifier;
  readonly read: readonly string[];
} {
  const read: string[] = [];
  class WatchedPurposes extends Map<string, Purpose> {
    override get(name: string): Purpose | undefined {
      read.push(`purpose ${name}`);
      return super.get(name);
    }
  }
  const watched = { ...verifierOf(keys), purposes: new WatchedPurposes(PURPOSES) };
  const verifier = new Proxy(watched, {
    get(target, member, receiver) {
      read.push(String(member));
      return Reflect.get(target, member, receiver);
    },
  });
  return { verifier, read };
}
