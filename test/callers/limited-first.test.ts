import { expect } from 'chai';
import { expectProblem } from '../http/expect-answer.ts';
import { runService } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_CALLERS } from '../support/deployment.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';

describe('a caller beyond its limit', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  before(async () => {
    const slow = { redeem: ['password-reset'], inspect: true, limit: { count: 2, per: '10m' } };
    service = await runService(onClose, {}, { ...TEST_CALLERS, slow });
  });

  it('E8: is told nothing of a token, good or forged, whatever it spells', async () => {
    const good = await mintToken(service);
    const forged = `${good.slice(0, -8)}AAAAAAAA`;
    for (const token of [forged, `${forged}=`]) {
      expectProblem(await redeemToken(service, token, { as: 'slow' }), 'token_invalid', { detail: /\.$/ });
    }
    for (const token of [good, forged, `${forged}==`, `${good}=`, 'x']) {
      const answer = await redeemToken(service, token, { as: 'slow' });
      expectProblem(answer, 'rate_limited', { limit: 'calls-per-caller', detail: /\.$/ });
    }
    const inspected = await call(service, 'POST', '/v1/tokens/inspect', { body: { token: good } });
    expect(inspected.json.state).to.equal('live');
  });
});
