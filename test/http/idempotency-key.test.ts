import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Answered, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectBadInput, expectProblem } from './expect-answer.ts';
import { runService, sleep } from './run-service.ts';

describe('Idempotency-Key', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    service = await runService(onClose);
  });

  const redeem = (token: string, key: string, as = 'main'): Promise<Answered> =>
    redeemToken(service, token, { as, headers: { 'Idempotency-Key': key } });

  it('gives the same caller with the same key the same body again, as often as it asks', async () => {
    const token = await mintToken(service);
    const first = await redeem(token, 'order-1701');
    expect(first.status).to.equal(200);
    for (let round = 0; round < 5; round++) {
      const again = await redeem(token, 'order-1701');
      expect(again.status).to.equal(200);
      expect(again.text).to.equal(first.text);
    }
  });

  it('gives the same body again after the token has expired, and nobody else anything', async () => {
    const token = await mintToken(service, { expiresIn: 2 });
    const first = await redeem(token, 'late');
    expect(first.status).to.equal(200);
    await sleep(2100);
    const again = await redeem(token, 'late');
    expect(again.status, again.text).to.equal(200);
    expect(again.text).to.equal(first.text);
    expectProblem(await redeem(token, 'later'), 'token_expired');
    expectProblem(await redeemToken(service, token), 'token_expired');
    expectProblem(await redeem(token, 'late', 'other'), 'token_expired');
  });

  it('refuses another key, no key, and another caller with the same key, each with the time of the first', async () => {
    const token = await mintToken(service);
    const first = await redeem(token, 'Mine');
    const redeemedAt: string = first.json.redeemedAt;
    for (const key of ['mine', 'Mine2', 'Min', '"Mine"']) {
      expectProblem(await redeem(token, key), 'token_burned', { redeemedAt });
    }
    expectProblem(await redeemToken(service, token), 'token_burned', { redeemedAt });
    expectProblem(await redeem(token, 'Mine', 'other'), 'token_burned', { redeemedAt });
    expect((await redeem(token, 'Mine')).text).to.equal(first.text);
  });

  it('gives two racing requests with the same key the same body', async () => {
    for (let round = 0; round < 20; round++) {
      const token = await mintToken(service);
      const [one, two] = await Promise.all([redeem(token, `race-${round}`), redeem(token, `race-${round}`)]);
      expect([one.status, two.status]).to.deep.equal([200, 200]);
      expect(one.text).to.equal(two.text);
    }
  });

  it('lets one of 50 keys through when they race, and that one again', async () => {
    const token = await mintToken(service);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => redeem(token, `key-${index}`)),
    );
    const winners = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(winners).to.have.lengthOf(1);
    const [winner = -1] = winners;
    expect((await redeem(token, `key-${winner}`)).text).to.equal(answers[winner]?.text);
  });

  it('names an attempt at one token: with the same key another token is redeemed for itself', async () => {
    const [one, two] = [await mintToken(service), await mintToken(service)];
    const [first, second] = [await redeem(one, 'shared'), await redeem(two, 'shared')];
    expect([first.status, second.status]).to.deep.equal([200, 200]);
    expect(first.json.jti).to.not.equal(second.json.jti);
    expect(first.json.redemptionId).to.not.equal(second.json.redemptionId);
  });

  it('does not turn a repetition for another purpose into an answer', async () => {
    const token = await mintToken(service);
    expect((await redeem(token, 'purposeful')).status).to.equal(200);
    const headers = { 'Idempotency-Key': 'purposeful' };
    expectProblem(
      await redeemToken(service, token, { purpose: 'file-download', headers }),
      'purpose_mismatch',
    );
  });

  it('may be any 1 to 255 visible ASCII characters', async () => {
    for (const key of [
      '!',
      '~'.repeat(255),
      '"8e03978e-40d5-43dd-bc93-6894a57f9324"',
      '__proto__',
      '{[,:]}',
    ]) {
      expect((await redeem(await mintToken(service), key)).status, key).to.equal(200);
    }
  });

  it('is refused when it is empty, too long or has other characters, and nothing is burned', async () => {
    const token = await mintToken(service);
    for (const key of ['', 'x'.repeat(256), 'a b', 'a\tb', 'caf\u00e9', '\u00a0']) {
      const answer = await redeem(token, key);
      expectBadInput(answer, ['idempotency-key']);
      expect(answer.json.errors[0].message).to.match(/255.*ASCII/);
    }
    expect((await redeemToken(service, token)).status).to.equal(200);
  });
});
