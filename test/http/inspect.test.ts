import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Answered, call, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectBadInput, expectProblem, expectSuccess, RFC_3339 } from './expect-answer.ts';
import { runTwins, sleep } from './run-service.ts';

const APP = 'https://app.example.test';

interface Minted {
  readonly token: string;
  readonly jti: string;
  readonly issuedAt: string;
  readonly expiresAt: string;
}

describe('inspecting a token', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  /** Another process with the same keys, and a ledger of its own. */
  let sibling: ServiceProcess;

  before(async () => {
    [service, sibling] = await runTwins(onClose);
  });

  const mint = async (order: object = {}): Promise<Minted> =>
    (
      await call(service, 'POST', '/v1/tokens', {
        body: { purpose: 'password-reset', subject: 'user-42', ...order },
      })
    ).json;

  const byToken = (token: string, at = service): Promise<Answered> =>
    call(at, 'POST', '/v1/tokens/inspect', { body: { token }, as: 'auditor' });

  const byJti = (jti: string, at = service): Promise<Answered> =>
    call(at, 'GET', `/v1/tokens/${jti}`, { as: 'auditor' });

  /** What both ways must say; the token itself tells more than its jti. */
  async function expectState({ token, jti, issuedAt, expiresAt }: Minted, state: object, at = service) {
    const times = { jti, issuedAt, expiresAt };
    expect(expectSuccess(await byJti(jti, at), 200)).to.deep.equal({ ...times, ...state });
    expect(expectSuccess(await byToken(token, at), 200)).to.deep.equal({
      ...times,
      ...state,
      purpose: 'password-reset',
      subject: 'user-42',
      audience: APP,
    });
  }

  it('tells that a token is live', async () => {
    await expectState(await mint(), { active: true, state: 'live', usesLeft: 1 });
  });

  it('tells that a token is burned, when and by whom', async () => {
    const minted = await mint();
    const { json } = await redeemToken(service, minted.token, { as: 'other' });
    expect(json.redeemedAt).to.match(RFC_3339);
    const redeemed = { redeemedAt: json.redeemedAt, redeemedBy: 'other' };
    await expectState(minted, { active: false, state: 'burned', ...redeemed });
  });

  it('tells that a token has expired, and of one that was burned before that it was burned', async () => {
    const [unused, used] = [await mint({ expiresIn: 2 }), await mint({ expiresIn: 2 })];
    const { json } = await redeemToken(service, used.token);
    await sleep(2100);
    await expectState(unused, { active: false, state: 'expired' });
    const redeemed = { redeemedAt: json.redeemedAt, redeemedBy: 'main' };
    await expectState(used, { active: false, state: 'burned', ...redeemed });
  });

  it('tells that a token of a ledger that is not this one is void, and does not redeem it', async () => {
    const minted = await mint();
    await expectState(minted, { active: false, state: 'void' }, sibling);
    expectProblem(await redeemToken(sibling, minted.token), 'token_void');
    await expectState(minted, { active: true, state: 'live', usesLeft: 1 });
    expect((await redeemToken(service, minted.token)).status).to.equal(200);
    await expectState(minted, { active: false, state: 'void' }, sibling);
  });

  for (const [what, spoil] of [
    ['no token', () => 'x'],
    ['a changed signature', (token: string) => token.replace(/.{6}$/, 'AAAAAA')],
    ['another header', (token: string) => token.replace(/^[^.]+/, 'eyJhbGciOiJub25lIn0')],
    ['12,000 characters', () => 'x'.repeat(12_000)],
  ] as const) {
    it(`tells that a text is no token and why, and nothing of what it says: ${what}`, async () => {
      const spoiled = spoil((await mint()).token);
      const answer = await byToken(spoiled);
      const body = expectSuccess(answer, 200);
      expect(body).to.have.all.keys('active', 'state', 'reason');
      expect(body).to.include({ active: false, state: 'invalid' });
      expect(body.reason).to.be.a('string').that.matches(/^it/);
      expect(answer.text).to.not.include(spoiled);
    });
  }

  it('never burns, 100 times over', async () => {
    const minted = await mint();
    const asked = Array.from({ length: 100 }, (_, index) =>
      index % 2 ? byToken(minted.token) : byJti(minted.jti),
    );
    for (const { json } of await Promise.all(asked)) expect(json.state).to.equal('live');
    await Promise.all(Array.from({ length: 20 }, () => call(service, 'HEAD', `/v1/tokens/${minted.jti}`)));
    expect((await redeemToken(service, minted.token)).status).to.equal(200);
  });

  it('reads a jti from a percent-encoded path as it reads it plain', async () => {
    const { jti } = await mint();
    const encoded = [...jti].map((character) => `%${character.charCodeAt(0).toString(16)}`).join('');
    expect((await byJti(encoded)).json.jti).to.equal(jti);
  });

  for (const [what, path] of [
    ['another word', 'nonsense'],
    ['one character too few', 'A'.repeat(51)],
    ['one character too many', 'A'.repeat(53)],
    ['characters of its alphabet that it cannot have written', 'A'.repeat(52)],
    ['a NUL', '%00'],
    ['an encoded slash', '..%2f..%2fetc'],
    ['a character outside of base64url', `${'A'.repeat(51)}%2B`],
    ['a member of every object', '__proto__'],
    ['10,000 characters', 'A'.repeat(10_000)],
  ] as const) {
    it(`answers 404 for a jti that it does not write: ${what}`, async () => {
      const answer = await byJti(path);
      expectProblem(answer, 'not_found', { detail: /jti/ });
      expect(answer.text).to.not.include(path);
    });
  }

  it('answers 400 for a path that is not percent-encoding', async () => {
    for (const path of ['%zz', '%', '%ff', '%c3%28']) {
      expectProblem(await byJti(path), 'request_invalid', {
        detail: /percent-encoding/,
      });
    }
  });

  it('takes a token from the field token and nothing else', async () => {
    const { token, jti } = await mint();
    const inspect = (body: unknown) => call(service, 'POST', '/v1/tokens/inspect', { body });
    expectBadInput(await inspect({}), ['token']);
    expectBadInput(await inspect({ jti }), ['jti', 'token']);
    expectBadInput(await inspect({ token, jti }), ['jti']);
    expectBadInput(await inspect({ Token: token }), ['Token', 'token']);
  });
});
