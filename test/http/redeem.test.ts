import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { CLAIMING_PURPOSES } from '../support/deployment.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectProblem, expectSuccess, JTI, RFC_3339 } from './expect-answer.ts';
import { runService, sleep } from './run-service.ts';

const APP = 'https://app.example.test';

describe('POST /v1/redemptions', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  /** Another deployment: with other keys and the same issuer. */
  let elsewhere: ServiceProcess;

  before(async () => {
    [service, elsewhere] = await Promise.all([
      runService(onClose, { purposes: CLAIMING_PURPOSES }),
      runService(onClose),
    ]);
  });

  it('lets no member of a body stand in for what the service knows by itself, and burns nothing', async () => {
    const token = await mintToken(service);
    for (const name of ['attempt', 'audiences', 'caller', 'actor', 'toBeCollected', 'nowMs']) {
      const body = { token, purpose: 'password-reset', [name]: 'of-another' };
      expectProblem(await call(service, 'POST', '/v1/redemptions', { body }), 'request_invalid');
    }
    expectSuccess(await redeemToken(service, token), 200);
  });

  it('answers 200 with what the token grants and nothing else', async () => {
    const minted = await call(service, 'POST', '/v1/tokens', {
      body: { purpose: 'file-download', subject: 'Åsa', claims: { key: 'a.pdf', tags: ['x'] } },
    });
    const answer = await redeemToken(service, minted.json.token, { purpose: 'file-download' });
    const body = expectSuccess(answer, 200);
    const { redemptionId, redeemedAt, ...rest } = body;
    expect(rest).to.deep.equal({
      state: 'burned',
      jti: minted.json.jti,
      purpose: 'file-download',
      subject: 'Åsa',
      audience: APP,
      claims: { key: 'a.pdf', tags: ['x'] },
      usesLeft: 0,
    });
    expect(rest.jti).to.match(JTI);
    expect(redemptionId)
      .to.be.a('string')
      .that.matches(/^[\w-]+$/);
    expect(redeemedAt).to.match(RFC_3339);
    expect(Math.abs(Date.parse(String(redeemedAt)) - Date.now())).to.be.below(60_000);
  });

  it('gives an empty set of claims for a token without any', async () => {
    const answer = await redeemToken(service, await mintToken(service));
    expect(expectSuccess(answer, 200).claims).to.deep.equal({});
  });

  it('is refused the second time, and told when the first was', async () => {
    const token = await mintToken(service);
    const first = await redeemToken(service, token);
    for (const as of ['main', 'other']) {
      expectProblem(await redeemToken(service, token, { as }), 'token_burned', {
        detail: /before/,
        redeemedAt: first.json.redeemedAt,
      });
    }
  });

  it('lets exactly one of 100 parallel redemptions through', async () => {
    const token = await mintToken(service);
    const answers = await Promise.all(Array.from({ length: 100 }, () => redeemToken(service, token)));
    const [winner, ...others] = answers.filter(({ status }) => status === 200);
    expect(winner?.json.state).to.equal('burned');
    expect(others).to.have.lengthOf(0);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expectProblem(answer, 'token_burned', { redeemedAt: winner?.json.redeemedAt });
    }
  });

  it('redeems for a named audience only the token that is for it', async () => {
    const token = await mintToken(service, { purpose: 'service-call', audience: 'billing' });
    const redeem = (audience: string) =>
      call(service, 'POST', '/v1/redemptions', { body: { token, purpose: 'service-call', audience } });
    for (const audience of ['mailer', 'Billing', APP]) {
      expectProblem(await redeem(audience), 'audience_mismatch', {
        detail: /audience/,
      });
    }
    expect(expectSuccess(await redeem('billing'), 200).audience).to.equal('billing');
  });

  it('redeems for its own purpose only', async () => {
    const token = await mintToken(service);
    const answer = await redeemToken(service, token, { purpose: 'file-download' });
    expectProblem(answer, 'purpose_mismatch', {
      detail: /purpose/,
    });
    expect((await redeemToken(service, token)).status).to.equal(200);
  });

  it('refuses a token from the second of its expiry on', async () => {
    const token = await mintToken(service, { expiresIn: 1 });
    await sleep(1100);
    expectProblem(await redeemToken(service, token), 'token_expired', { detail: /expired/ });
    const named = await redeemToken(service, token, { headers: { 'Idempotency-Key': 'too-late' } });
    expectProblem(named, 'token_expired');
  });

  for (const [what, spoil] of [
    ['no token at all', () => 'not-a-token'],
    ['a changed signature', (token: string) => token.replace(/.{6}$/, 'AAAAAA')],
    ['a changed payload', (token: string) => token.replace(/\.(.)(.)/, '.$2$1')],
    ['a missing signature', (token: string) => token.replace(/[^.]+$/, '')],
    ['a fourth segment', (token: string) => `${token}.x`],
    ['padding', (token: string) => `${token}=`],
    ['a line break', (token: string) => `${token}\n`],
    ['12,000 characters too many', (token: string) => `${token}${'A'.repeat(12_000)}`],
  ] as const) {
    it(`tells what is wrong with a token and quotes none of it: ${what}`, async () => {
      const token = await mintToken(service);
      const spoiled = spoil(token);
      const answer = await redeemToken(service, spoiled);
      expectProblem(answer, 'token_invalid');
      expect(answer.json.detail).to.match(/^The token is refused: /);
      for (const part of spoiled.split('.').filter((segment) => segment.length > 8)) {
        expect(answer.text).to.not.include(part.slice(0, 20));
      }
    });
  }

  it('does not redeem a token of another deployment', async () => {
    const foreign = await mintToken(elsewhere);
    expectProblem(await redeemToken(service, foreign), 'token_invalid', {
      detail: /key/,
    });
    expect((await redeemToken(elsewhere, foreign)).status).to.equal(200);
  });
});
