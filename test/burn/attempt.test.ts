import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import {
  attemptId,
  attemptOf,
  namedAttempt,
  newAttemptSecret,
  unnamedAttempt,
} from '../../src/burn/attempt.ts';
import { formatRedemptionId, parseRedemptionId } from '../../src/burn/redemption-id.ts';
import { formatTokenId } from '../../src/token/id.ts';

const ID = {
  ...{ shard: 3, epoch: 'A'.repeat(16), uses: 1, generation: 7, nonce: `${'B'.repeat(21)}A` },
  ...{ issuedAt: 1_800_000_000, expiresAt: 1_800_000_300 },
};
const JTI = formatTokenId(ID);

describe('an attempt', () => {
  it('is known to the ledger by the digest of its secret', () => {
    // printf 'matchstick attempt\nAAAAAAAAAAAAAAAAAAAAAA' | openssl dgst -sha256 -binary | basenc --base64url | cut -c -22
    expect(attemptId('A'.repeat(22))).to.equal('thFSuBMqPrelcTPrPwcWPV');
  });

  it('is the same for the same caller and key, and another for anything else', () => {
    const attempts = [
      namedAttempt('main', 'one'),
      namedAttempt('main', 'two'),
      namedAttempt('other', 'one'),
      unnamedAttempt('main', randomBytes),
      unnamedAttempt('main', randomBytes),
    ];
    expect(namedAttempt('main', 'one')).to.deep.equal(attempts[0]);
    for (const part of ['secret', 'id'] as const) {
      expect(new Set(attempts.map((attempt) => attempt[part])).size).to.equal(attempts.length);
    }
    for (const { id, secret, caller, named } of attempts) {
      expect(secret).to.match(/^[\w-]{22}$/);
      expect(id)
        .to.match(/^[\w-]{22}$/)
        .and.not.equal(secret);
      expect(attemptOf(secret, caller, named)).to.deep.equal({ secret, id, caller, named });
    }
  });

  it('is found by the redemption id that carries its secret', () => {
    const secret = newAttemptSecret(randomBytes);
    expect(parseRedemptionId(formatRedemptionId(JTI, secret))).to.deep.equal({
      jti: JTI,
      id: ID,
      attempt: attemptId(secret),
    });
  });

  it('is not found by anything that is no redemption id', () => {
    const secret = newAttemptSecret(randomBytes);
    for (const text of [
      '',
      JTI,
      `${JTI}${secret}A`,
      `${JTI}${secret.slice(1)}`,
      `${JTI}${'+'.repeat(22)}`,
      secret,
    ]) {
      expect(parseRedemptionId(text), text).to.equal(undefined);
    }
  });
});
