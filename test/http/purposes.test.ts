import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { call, mintToken, type ServiceProcess } from '../support/service.ts';
import { expectProblem, expectSuccess } from './expect-answer.ts';
import { runService } from './run-service.ts';

const PURPOSES = {
  one: { audience: 'app', lifetime: '5m', limit: { count: 5, per: '1h' } },
  two: { audience: ['billing', 'mailer'], lifetime: '60s' },
  three: { audience: 'app', lifetime: '5m', link: { code: true } },
};
const CALLERS = {
  main: { mint: Object.keys(PURPOSES), redeem: Object.keys(PURPOSES), inspect: true },
  some: { mint: ['one'], redeem: ['one', 'two'], inspect: ['two'], revoke: ['three'] },
  none: { s3: [] },
};

describe('GET /v1/purposes', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  before(async () => {
    service = await runService(onClose, { purposes: PURPOSES }, CALLERS);
  });
  const ask = (as: string | null) => call(service, 'GET', '/v1/purposes', { as });

  it('tells a caller what it may do, and nothing of other purposes', async () => {
    const { purposes } = expectSuccess(await ask('some'), 200);
    expect(purposes).to.deep.equal([
      {
        ...{ purpose: 'one', may: ['mint', 'redeem'], audiences: ['app'], lifetime: 300, uses: 1 },
        limit: { count: 5, per: 3600 },
      },
      { purpose: 'two', may: ['redeem', 'inspect'], audiences: ['billing', 'mailer'], lifetime: 60, uses: 1 },
      {
        ...{ purpose: 'three', may: ['revoke'], audiences: ['app'], lifetime: 300, uses: 1 },
        link: { code: true, byDefault: true },
      },
    ]);
    expect(expectSuccess(await ask('none'), 200)).to.deep.equal({ purposes: [] });
    expectProblem(await ask(null), 'caller_unknown');
  });

  it('is there for a purpose that nobody configured too: redeeming and minting say so', async () => {
    const token = await mintToken(service, { purpose: 'one', subject: 'u' });
    for (const [path, body] of [
      ['/v1/redemptions', { token, purpose: 'onee' }],
      ['/v1/tokens', { subject: 'u', purpose: 'onee' }],
    ] as const) {
      const answer = await call(service, 'POST', path, { body });
      expectProblem(answer, 'request_invalid', {
        errors: answer.json.errors,
        detail: /^purpose: is not configured here/,
      });
    }
    expectProblem(
      await call(service, 'POST', '/v1/redemptions', { body: { token, purpose: 'onee' }, as: 'none' }),
      'caller_forbidden',
    );
  });

  it('has no way left to collect by GET, which says what to use', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'POST']) {
      const answer = await call(service, method, `/v1/redemptions/${'A'.repeat(44)}`);
      expectProblem(answer, 'method_not_allowed', { detail: /POST .*\/collect/ });
      expect(answer.headers.get('allow')).to.equal('');
    }
    const head = await call(service, 'HEAD', `/v1/redemptions/${'A'.repeat(44)}`);
    expect(head.status).to.equal(405);
  });
});
