import { expect } from 'chai';
import { expectProblem, expectSuccess } from '../http/expect-answer.ts';
import { attemptIn, leadIn, mintLink, pressButton, visit } from '../http/link-page.ts';
import { runService } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { call, mintToken, type ServiceProcess } from '../support/service.ts';

const APP = 'https://app.example.test';
const PURPOSES = {
  'password-reset': { audience: APP, lifetime: '15m' },
  'service-call': { audience: ['billing', 'mailer', 'archive'], lifetime: '60s' },
  invitation: { audience: [APP, 'billing'], lifetime: '15m', link: { then: `${APP}/welcome` } },
};
const REDEEM = { redeem: Object.keys(PURPOSES) };
const CALLERS = {
  main: { mint: Object.keys(PURPOSES), ...REDEEM, inspect: true },
  billing: { ...REDEEM, audience: 'billing' },
  mailer: { ...REDEEM, audience: ['mailer'] },
  office: { ...REDEEM, audience: ['billing', 'mailer'] },
};

describe('the audience as which a caller redeems', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    service = await runService(onClose, { purposes: PURPOSES }, CALLERS);
  });

  const mint = (audience: string) => mintToken(service, { purpose: 'service-call', audience });
  const redeem = (token: string, as: string, audience?: string, purpose = 'service-call') =>
    call(service, 'POST', '/v1/redemptions', { body: { token, purpose, audience }, as });
  const expectLive = async (token: string) => {
    const inspected = await call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
    expect(inspected.json.state).to.equal('live');
  };

  it("is the caller's own where the request names none: billing gets nothing of the mailer's", async () => {
    const [forMailer, forBilling] = [await mint('mailer'), await mint('billing')];
    expectProblem(await redeem(forMailer, 'billing'), 'audience_mismatch', { detail: /another audience/ });
    await expectLive(forMailer);
    expect(expectSuccess(await redeem(forBilling, 'billing'), 200).audience).to.equal('billing');
    expect(expectSuccess(await redeem(forMailer, 'mailer'), 200).audience).to.equal('mailer');
  });

  it('is any of several that the caller is', async () => {
    for (const audience of ['billing', 'mailer']) {
      expect((await redeem(await mint(audience), 'office')).status).to.equal(200);
      expect((await redeem(await mint(audience), 'office', audience)).status).to.equal(200);
    }
    const forArchive = await mint('archive');
    expectProblem(await redeem(forArchive, 'office'), 'audience_mismatch');
    await expectLive(forArchive);
  });

  it('must be named by a caller that has none, for a purpose with several', async () => {
    const token = await mint('mailer');
    expectProblem(await redeem(token, 'main'), 'request_invalid', {
      detail: /^audience: is required: one of billing, mailer, archive\.$/,
      errors: [{ path: 'audience', message: 'is required: one of billing, mailer, archive' }],
    });
    await expectLive(token);
    expectProblem(await redeem(token, 'main', 'billing'), 'audience_mismatch');
    await expectLive(token);
    expect((await redeem(token, 'main', 'mailer')).status).to.equal(200);
  });

  it('cannot be named otherwise than the caller is, whomever the token is for', async () => {
    for (const [audience, named] of [
      ['mailer', 'mailer'],
      ['billing', 'mailer'],
      ['archive', 'nobody'],
    ] as const) {
      const token = await mint(audience);
      expectProblem(await redeem(token, 'billing', named), 'audience_mismatch', {
        detail: /^The caller billing may redeem only tokens for billing\.$/,
      });
      await expectLive(token);
    }
  });

  it('is the one that is named alone, whatever else the caller is', async () => {
    const forMailer = await mint('mailer');
    expectProblem(await redeem(forMailer, 'office', 'billing'), 'audience_mismatch', {
      detail: /another audience/,
    });
    await expectLive(forMailer);
    expect((await redeem(forMailer, 'office', 'mailer')).status).to.equal(200);
  });

  it('must fit where the purpose has only one as well', async () => {
    const token = await mintToken(service, { purpose: 'password-reset' });
    expectProblem(await redeem(token, 'billing', undefined, 'password-reset'), 'audience_mismatch');
    await expectLive(token);
    expect((await redeem(token, 'main', undefined, 'password-reset')).status).to.equal(200);
  });

  it('decides who collects what a visitor redeemed, who needs none', async () => {
    const { path } = await mintLink(service, { purpose: 'invitation', audience: APP });
    const pressed = await pressButton(service, path, { attempt: attemptIn(await visit(service, path)) });
    expect(pressed.status).to.equal(200);
    const id = new URL(leadIn(pressed)).searchParams.get('redemption');
    const collect = (as: string) => call(service, 'POST', `/v1/redemptions/${id}/collect`, { as });
    expectProblem(await collect('billing'), 'audience_mismatch', {
      detail: /^The caller billing may collect only redemptions of tokens for billing\.$/,
    });
    expect(expectSuccess(await collect('main'), 200).audience).to.equal(APP);
  });
});
