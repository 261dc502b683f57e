import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import {
  authenticator,
  type Caller,
  callerKeyDigest,
  callerWithEveryRight,
} from '../../src/callers/caller.ts';
import { MatchstickError } from '../../src/errors.ts';
import { expectProblem } from '../http/expect-answer.ts';
import { runService } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_CALLERS } from '../support/deployment.ts';
import { call, mintToken, redeemToken } from '../support/service.ts';

const EXPIRES_AT_MS = Date.UTC(2027, 0, 31);

describe('a caller that ends', () => {
  const newKey = () => `ms_app_${randomBytes(32).toString('base64url')}`;
  const [oldKey, nextKey] = [newKey(), newKey()];
  const caller = callerWithEveryRight('app', [callerKeyDigest(oldKey), callerKeyDigest(nextKey)]);
  let nowMs = 0;
  /** The name of who is known by the header, or what the refusal says. */
  const ask = (members: Partial<Caller>) => {
    const authenticate = authenticator([{ ...caller, ...members }], () => nowMs);
    return (key: string): string => {
      try {
        return authenticate(`Bearer ${key}`).name;
      } catch (error) {
        if (!(error instanceof MatchstickError)) throw error;
        expect(error.code).to.equal('caller_unknown');
        return error.message;
      }
    };
  };

  it('is known until the very millisecond, with either key, and by the clock of each request', () => {
    const known = ask({ expiresAtMs: EXPIRES_AT_MS });
    for (const [at, expected] of [
      [EXPIRES_AT_MS - 86_400_000, 'app'],
      [EXPIRES_AT_MS - 1, 'app'],
      [EXPIRES_AT_MS, 'The caller key has expired.'],
      [EXPIRES_AT_MS + 86_400_000, 'The caller key has expired.'],
      [EXPIRES_AT_MS - 1, 'app'],
    ] as const) {
      nowMs = at;
      for (const key of [oldKey, nextKey]) expect(known(key), String(at)).to.equal(expected);
    }
  });

  it('is not known while it is disabled, also if it has not expired', () => {
    nowMs = 0;
    const disabled = ask({ isDisabled: true, expiresAtMs: EXPIRES_AT_MS });
    for (const key of [oldKey, nextKey]) expect(disabled(key)).to.equal('The caller is disabled.');
  });

  it('tells who has none of its keys nothing of that', () => {
    for (const members of [{ isDisabled: true }, { expiresAtMs: 0 }]) {
      expect(ask(members)(newKey())).to.equal('The caller key is not known here.');
    }
  });

  describe('of a service', () => {
    const onClose = cleanupAfter(after);

    it('is refused with 401 at every call, and burns nothing', async () => {
      const rights = TEST_CALLERS.main;
      const service = await runService(
        onClose,
        {},
        {
          ...TEST_CALLERS,
          disabled: { ...rights, disabled: true },
          expired: { ...rights, expires: '2026-01-01' },
          ending: { ...rights, expires: '2199-12-31T23:59:59Z' },
        },
      );
      const token = await mintToken(service);
      for (const [as, detail] of [
        ['disabled', /^The caller is disabled\.$/],
        ['expired', /^The caller key has expired\.$/],
      ] as const) {
        for (const [method, path, body] of [
          ['POST', '/v1/tokens', { purpose: 'password-reset', subject: 'u' }],
          ['POST', '/v1/redemptions', { token, purpose: 'password-reset' }],
          ['POST', '/v1/tokens/inspect', { token }],
        ] as const) {
          const answer = await call(service, method, path, { as, body });
          expectProblem(answer, 'caller_unknown', { detail });
          expect(answer.headers.get('www-authenticate')).to.equal('Bearer');
        }
      }
      expect((await redeemToken(service, token, { as: 'ending' })).status).to.equal(200);
    });

    it('is told why until its address has used up the calls without a known key', async () => {
      const service = await runService(
        onClose,
        { limits: { caller: { count: 3, per: '10m' } } },
        { ...TEST_CALLERS, disabled: { ...TEST_CALLERS.main, disabled: true } },
      );
      const ask = (as: string | null) => call(service, 'GET', '/v1/purposes', { as });
      for (let calls = 0; calls < 2; calls++) {
        expectProblem(await ask('disabled'), 'caller_unknown', { detail: /^The caller is disabled\.$/ });
      }
      expectProblem(await ask(null), 'caller_unknown');
      expectProblem(await ask('disabled'), 'rate_limited', { limit: 'unknown-key-per-address' });
      expect((await ask('main')).status).to.equal(200);
    });
  });
});
