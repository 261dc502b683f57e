import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { CLAIMING_PURPOSES, TEST_CALLERS } from '../support/deployment.ts';
import { type Answered, call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectProblem } from './expect-answer.ts';
import { runService } from './run-service.ts';

const OTHER = { purpose: 'file-download', subject: 'u' };

describe('a refusal of a request', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    const main = { ...TEST_CALLERS.main, revoke: true };
    const limited = { mint: ['password-reset'], redeem: ['password-reset'] };
    service = await runService(onClose, { purposes: CLAIMING_PURPOSES }, { ...TEST_CALLERS, main, limited });
  });

  const mint = (body: unknown, as = 'main'): Promise<Answered> =>
    call(service, 'POST', '/v1/tokens', { body, as });
  const mintBatch = (...tokens: unknown[]): Promise<Answered> =>
    call(service, 'POST', '/v1/tokens/batch', { body: { tokens } });

  /** Every problem as `path message`. */
  function told({ json }: Answered): readonly string[] {
    const errors: readonly Record<string, string>[] = json.errors;
    return errors.map(({ path, message }) => `${path} ${message}`);
  }

  it('tells at once what the schema and what the purpose find', async () => {
    const answer = await mint({ purpose: 'file-download', claims: { kez: 'a' }, expiresIn: 301, colour: 1 });
    expectProblem(answer, 'request_invalid', {
      detail: /^5 problems/,
      errors: [
        { path: 'subject', message: 'is required' },
        { path: 'colour', message: 'is not known here' },
        { path: 'expiresIn', message: 'must be at most 300 for this purpose' },
        { path: 'claims.key', message: 'is required' },
        { path: 'claims.kez', message: 'is not declared by the purpose (did you mean key?)' },
      ],
    });
  });

  it('tells of two limits the one that counts', async () => {
    const order = { purpose: 'password-reset', subject: 'u' };
    expect(told(await mint({ ...order, expiresIn: 5000, uses: 500 }))).to.deep.equal([
      'expiresIn must be at most 900 for this purpose',
      'uses must be at most 1 for this purpose',
    ]);
    expect(told(await mint({ ...order, expiresIn: 1e20, uses: 1e20 }))).to.deep.equal([
      'expiresIn must be at most 900 for this purpose',
      'uses must be at most 1 for this purpose',
    ]);
    expect(told(await mint({ ...order, expiresIn: 0, uses: 1.5 }))).to.deep.equal([
      'expiresIn must be at least 1',
      'uses must be a whole number',
    ]);
    expect(told(await mint({ ...order, purpose: 'nope', expiresIn: 5000 }))).to.have.lengthOf(2);
  });

  it('does not look into a subject that is too long: normalizing one takes the square of its length', async () => {
    const subject = `a${'\u0301\u0316'.repeat(2000)}`;
    expect(told(await mint({ purpose: 'password-reset', subject }))).to.deep.equal([
      'subject must have at most 255 characters',
    ]);
    expect(told(await mint({ purpose: 'password-reset', subject: 'a\u0301' }))).to.deep.equal([
      'subject must be in Unicode normalization form C',
    ]);
  });

  it('says nothing of a purpose in place of a field that cannot be read', async () => {
    const order = { purpose: 'service-call', audience: 5, bind: 'x', claims: 'y', link: 1 };
    const paths = told(await mint({ ...order, subject: 'u' })).map((problem) => problem.split(' ')[0]);
    expect(paths).to.deep.equal(['audience', 'claims', 'bind', 'link']);
    for (const purpose of [5, '', undefined, 'x'.repeat(65)]) {
      expect(told(await mint({ ...OTHER, purpose, expiresIn: 301 }))).to.have.lengthOf(1);
    }
  });

  it('says nothing of a purpose to a caller that may not mint it', async () => {
    const body = { purpose: 'file-download', claims: { kez: 1 }, expiresIn: 5000 };
    expect(told(await mint(body, 'limited'))).to.deep.equal([
      'subject is required',
      'expiresIn must be at most 3,600',
    ]);
  });

  it('does so in every order of a batch, with a path and a pointer into it', async () => {
    const good = { ...OTHER, claims: { key: 'a' } };
    const answer = await mintBatch(good, { ...OTHER, claims: { tags: ['a', 1], 'b.c': 1 } }, 5, {
      ...good,
      subject: '',
      expiresIn: 4000,
    });
    expectProblem(answer, 'request_invalid', { detail: /^6 problems/ });
    const errors: readonly Record<string, string>[] = answer.json.errors;
    expect(errors.map(({ path, pointer }) => [path, pointer])).to.deep.equal([
      ['tokens.1.claims.key', '#/tokens/1/claims/key'],
      ['tokens.1.claims.b.c', '#/tokens/1/claims/b.c'],
      ['tokens.1.claims.tags.1', '#/tokens/1/claims/tags/1'],
      ['tokens.2', '#/tokens/2'],
      ['tokens.3.subject', '#/tokens/3/subject'],
      ['tokens.3.expiresIn', '#/tokens/3/expiresIn'],
    ]);
  });

  it('lists no more problems than it may, and says that there are more', async () => {
    const bad = { ...OTHER, claims: {}, expiresIn: 4000 };
    for (const more of [{}, { subject: '' }]) {
      const answer = await mintBatch(...Array(100).fill({ ...bad, ...more }));
      expectProblem(answer, 'request_invalid', { detail: /^More than 50 problems/ });
      expect(answer.json.errors).to.have.lengthOf(50);
    }
  });

  it('names the purpose that was probably meant, and those that are configured, before the token is read', async () => {
    const configured = Object.keys(CLAIMING_PURPOSES).join(', ');
    const token = await mintToken(service);
    for (const [purpose, hint] of [
      ['nope', `(configured: ${configured})`],
      ['password-rest', `(did you mean password-reset? configured: ${configured})`],
    ] as const) {
      const errors = [{ path: 'purpose', message: `is not configured here ${hint}` }];
      expectProblem(await redeemToken(service, token, { purpose }), 'request_invalid', { errors });
      const body = { subject: 'u', purpose };
      expectProblem(await call(service, 'POST', '/v1/revocations', { body }), 'request_invalid', { errors });
      expectProblem(await mint(body), 'request_invalid', { errors });
    }
    expectProblem(
      await redeemToken(service, token, { purpose: 'file-download', as: 'limited' }),
      'caller_forbidden',
    );
    expect((await redeemToken(service, token)).status).to.equal(200);
  });

  it('names to a caller only the purposes that it may use, whatever it asks for', async () => {
    for (const [purpose, hint] of [
      ['file-downloat', '(configured for you: password-reset)'],
      ['password-rest', '(did you mean password-reset? configured for you: password-reset)'],
    ] as const) {
      const message = `is not configured here ${hint}`;
      const order = { subject: 'u', purpose };
      const redeemed = await redeemToken(service, 'a.b.c', { purpose, as: 'limited' });
      expectProblem(redeemed, 'request_invalid', { errors: [{ path: 'purpose', message }] });
      expectProblem(await mint(order, 'limited'), 'request_invalid', {
        errors: [{ path: 'purpose', message }],
      });
      expect(told(await mint({ purpose, expiresIn: 'x' }, 'limited'))).to.include(`purpose ${message}`);
      const body = { tokens: [order] };
      const batch = await call(service, 'POST', '/v1/tokens/batch', { body, as: 'limited' });
      expect(told(batch)).to.deep.equal([`tokens.0.purpose ${message}`]);
    }
  });
});
