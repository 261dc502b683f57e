import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { CLAIMING_PURPOSES } from '../support/deployment.ts';
import { type Answered, call, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectBadInput, expectProblem, expectSuccess, JTI, RFC_3339 } from './expect-answer.ts';
import { runService } from './run-service.ts';

const FIVE_PROBLEMS = '{"purpose":5,"subject":5,"audience":5,"claims":5,"expiresIn":"x"}';

describe('POST /v1/tokens/batch', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    service = await runService(onClose, { purposes: CLAIMING_PURPOSES });
  });

  const mintBatch = (tokens: unknown): Promise<Answered> =>
    call(service, 'POST', '/v1/tokens/batch', { body: { tokens } });

  const orders = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ purpose: 'password-reset', subject: `user-${index}` }));

  it('mints one token', async () => {
    const body = expectSuccess(await mintBatch(orders(1)), 201);
    expect(body).to.have.all.keys('tokens');
    expect(body.tokens).to.be.an('array').with.lengthOf(1);
  });

  it('mints 1,000 tokens in the order asked, each with a jti of its own, each good once', async () => {
    const asked = orders(1000).map((order, index) =>
      index % 2 === 0 ? order : { ...order, purpose: 'service-call', audience: 'billing', expiresIn: 30 },
    );
    const answer = await mintBatch(asked);
    expectSuccess(answer, 201);
    const tokens: readonly Record<string, string>[] = answer.json.tokens;
    expect(tokens.map(({ subject }) => subject)).to.deep.equal(asked.map(({ subject }) => subject));
    expect(tokens.map(({ purpose }) => purpose)).to.deep.equal(asked.map(({ purpose }) => purpose));
    expect(new Set(tokens.map(({ jti }) => jti)).size).to.equal(1000);
    for (const token of tokens) {
      expect(token).to.have.all.keys(
        'token',
        'jti',
        'purpose',
        'subject',
        'audience',
        'issuedAt',
        'expiresAt',
      );
      expect(token.jti).to.match(JTI);
      expect(token.issuedAt).to.match(RFC_3339);
      expect(token.expiresAt).to.match(RFC_3339);
    }
    for (const index of [0, 998]) {
      expect((await redeemToken(service, tokens[index]?.token)).json.subject).to.equal(`user-${index}`);
      expect((await redeemToken(service, tokens[index]?.token)).json.code).to.equal('token_burned');
    }
  });

  it('refuses none, and more than 1,000', async () => {
    for (const tokens of [[], orders(1001)]) expectBadInput(await mintBatch(tokens), ['tokens']);
  });

  it('takes 1,000 orders with 255 characters of subject each', async () => {
    const tokens = orders(1000).map((order) => ({ ...order, subject: '🔑'.repeat(127) }));
    expect((await mintBatch(tokens)).status).to.equal(201);
  });

  for (const [what, order, paths] of [
    ['an order that its purpose does not allow', { expiresIn: 901 }, ['tokens.77.expiresIn']],
    ['an unknown purpose', { purpose: 'nope' }, ['tokens.77.purpose']],
    ['a wrong type', { subject: 5 }, ['tokens.77.subject']],
    ['claims that do not fit', { purpose: 'file-download', claims: { key: 5 } }, ['tokens.77.claims.key']],
    [
      'a token that would be too long',
      { purpose: 'file-download', claims: { key: 'k'.repeat(2000) } },
      ['tokens.77.claims'],
    ],
    [
      'several problems in one order',
      { purpose: 'service-call', audience: 'x', expiresIn: 61 },
      ['tokens.77.audience', 'tokens.77.expiresIn'],
    ],
  ] as const) {
    it(`mints none of 100 when one is bad, and names its index: ${what}`, async () => {
      const tokens: unknown[] = orders(100);
      tokens[77] = { purpose: 'password-reset', subject: 'u', ...order };
      expectBadInput(await mintBatch(tokens), paths);
    });
  }

  it('tells the problems of every bad order at once', async () => {
    const [good] = orders(1);
    const bad = { ...good, expiresIn: 901 };
    expectBadInput(await mintBatch([bad, good, bad, { ...good, purpose: 'nope' }]), [
      'tokens.0.expiresIn',
      'tokens.2.expiresIn',
      'tokens.3.purpose',
    ]);
    expectBadInput(await mintBatch([5, { subject: 'u' }, null, [good]]), [
      'tokens.0',
      'tokens.1.purpose',
      'tokens.2',
      'tokens.3',
    ]);
  });

  it('names the near miss of a field inside an order', async () => {
    expectProblem(await mintBatch([{ purpos: 'password-reset', subject: 'u' }]), 'request_invalid', {
      errors: [
        { path: 'tokens.0.purpose', message: 'is required' },
        { path: 'tokens.0.purpos', message: 'is not known here (did you mean purpose?)' },
      ],
    });
  });

  for (const [what, body] of [
    ['a million numbers', `{"tokens":[${'5,'.repeat(1_000_000)}5]}`],
    ['600,000 empty orders', `{"tokens":[${'{},'.repeat(600_000)}{}]}`],
    ['1,000 orders with five problems each', `{"tokens":[${Array(1000).fill(FIVE_PROBLEMS).join(',')}]}`],
    ['an order with 2,000 unknown fields', `{"tokens":[{${unknownFields(2000)}}]}`],
    ['an order with 50,000 unknown fields', `{"tokens":[{${unknownFields(50_000)}}]}`],
    ['an order with 200,000 unknown fields', `{"tokens":[{${unknownFields(200_000)}}]}`],
    ['an order with 100,000 undeclared claims', claimsOrder(100_000)],
  ] as const) {
    it(`is refused in fewer words than it was asked in: ${what}`, async () => {
      expect(body.length).to.be.below(2_097_152);
      const answer = await call(service, 'POST', '/v1/tokens/batch', { body });
      expect(answer.status).to.equal(400);
      expect(answer.json.code).to.equal('request_invalid');
      expect(answer.json.errors).to.be.an('array').that.is.not.empty;
      expect(answer.text.length).to.be.below(body.length);
    });
  }
});

function unknownFields(count: number): string {
  return Array.from({ length: count }, (_, index) => `"${index.toString(36)}":1`).join(',');
}

function claimsOrder(count: number): string {
  return `{"tokens":[{"purpose":"file-download","subject":"u","claims":{${unknownFields(count)}}}]}`;
}
