import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { CLAIMING_PURPOSES } from '../support/deployment.ts';
import { type Answered, call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectBadInput, expectProblem } from './expect-answer.ts';
import { runService } from './run-service.ts';

const NEITHER_STRING: readonly unknown[] = [
  null,
  true,
  false,
  0,
  5,
  -1.5,
  [],
  ['x'],
  {},
  { x: 1 },
  { toString: 'x' },
];
const NEITHER_OBJECT = [null, true, 5, 'x', '', [], [{}]];
const NO_LIFETIME = [null, true, '60', '', [], [60], {}, 1.5, -1, 0, 2 ** 53, -(2 ** 60), 1e300];

/** Each field that a call takes, and what it must refuse in its place. */
const FIELDS: readonly (readonly [path: string, field: string, values: readonly unknown[]])[] = [
  ['/v1/tokens', 'purpose', [...NEITHER_STRING, '', 'x'.repeat(65)]],
  ['/v1/tokens', 'subject', [...NEITHER_STRING, '', 'x'.repeat(256)]],
  ['/v1/tokens', 'audience', [...NEITHER_STRING, '', 'x'.repeat(256)]],
  ['/v1/tokens', 'claims', NEITHER_OBJECT],
  ['/v1/tokens', 'expiresIn', NO_LIFETIME],
  ['/v1/tokens/batch', 'tokens', [null, true, 5, 'x', {}, { length: 1 }]],
  ['/v1/redemptions', 'token', [...NEITHER_STRING, '']],
  ['/v1/redemptions', 'purpose', [...NEITHER_STRING, '', 'x'.repeat(65)]],
  ['/v1/redemptions', 'audience', [...NEITHER_STRING, '', 'x'.repeat(256)]],
  ['/v1/tokens/inspect', 'token', [...NEITHER_STRING, '']],
];

describe('bad input in a field', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let token: string;

  before(async () => {
    service = await runService(onClose, { purposes: CLAIMING_PURPOSES });
    token = await mintToken(service);
  });

  const good = (path: string): Record<string, unknown> =>
    ({
      '/v1/tokens': { purpose: 'password-reset', subject: 'u' },
      '/v1/tokens/batch': { tokens: [{ purpose: 'password-reset', subject: 'u' }] },
      '/v1/redemptions': { token, purpose: 'password-reset' },
      '/v1/tokens/inspect': { token },
    })[path] ?? {};

  const post = (path: string, body: unknown): Promise<Answered> => call(service, 'POST', path, { body });

  for (const [path, field, values] of FIELDS) {
    it(`is refused at its path: ${field} of ${path}`, async () => {
      for (const value of values) {
        const answer = await post(path, { ...good(path), [field]: value });
        expect(answer.status, `${JSON.stringify(value).slice(0, 80)}: ${answer.text}`).to.equal(400);
        expectProblem(answer, 'request_invalid', { errors: answer.json.errors });
        const errors: readonly { path: string }[] = answer.json.errors;
        expect([...new Set(errors.map(({ path: at }) => at))]).to.deep.equal([field]);
      }
    });
  }

  it('is told once: a value of the wrong type is not also too short or too big', async () => {
    const order = { purpose: 'password-reset', subject: 'u' };
    expectBadInput(await post('/v1/tokens', { ...order, expiresIn: 2 ** 53 }), ['expiresIn']);
    expectBadInput(await post('/v1/tokens', { ...order, subject: [] }), ['subject']);
    expectBadInput(await post('/v1/redemptions', { token: [], purpose: [] }), ['purpose', 'token']);
  });

  for (const path of ['/v1/tokens', '/v1/tokens/batch', '/v1/redemptions', '/v1/tokens/inspect']) {
    it(`is refused when the body of ${path} is not an object`, async () => {
      for (const body of ['null', 'true', '5', '"x"', '[]', `[${JSON.stringify(good(path))}]`]) {
        expectBadInput(await post(path, body), ['']);
      }
    });

    it(`names each field that ${path} needs when none is there`, async () => {
      const answer = await post(path, {});
      const required = Object.keys(good(path));
      expectBadInput(answer, required);
      for (const { message } of answer.json.errors) expect(message).to.equal('is required');
    });

    it(`refuses every field that ${path} does not know, whatever its name`, async () => {
      const extra = '"x":1,"constructor":1,"toString":1,"":1,"a=b":1,"\\u0000":1';
      const answer = await post(path, JSON.stringify(good(path)).replace(/}$/, `,${extra}}`));
      expectProblem(answer, 'request_invalid', { errors: answer.json.errors });
      const errors: readonly { path: string }[] = answer.json.errors;
      const paths = new Set(errors.map(({ path: at }) => at));
      expect([...paths].sort()).to.deep.equal(['(unnamed)', 'constructor', 'toString', 'x']);
    });
  }

  it('names the near miss of each misspelled field, and all problems at once', async () => {
    const body = { Purpose: 'x', subjekt: 'u', expires_in: 5, audiense: 'x', claim: {}, color: 1 };
    expectProblem(await post('/v1/tokens', body), 'request_invalid', {
      detail: /^8 problems/,
      errors: [
        { path: 'purpose', message: 'is required' },
        { path: 'subject', message: 'is required' },
        { path: 'Purpose', message: 'is not known here (did you mean purpose?)' },
        { path: 'subjekt', message: 'is not known here (did you mean subject?)' },
        { path: 'expires_in', message: 'is not known here (did you mean expiresIn, in seconds from now?)' },
        { path: 'audiense', message: 'is not known here (did you mean audience?)' },
        { path: 'claim', message: 'is not known here (did you mean claims?)' },
        { path: 'color', message: 'is not known here' },
      ],
    });
  });

  const expiresIn = 'expiresIn, in seconds from now';
  for (const [path, meant] of [
    [
      '/v1/tokens',
      {
        ...{
          lifetime: expiresIn,
          ttl: expiresIn,
          ttlSeconds: expiresIn,
          expires_in: expiresIn,
          exp: expiresIn,
        },
        ...{ 'max-age': expiresIn, sub: 'subject', user_id: 'subject', aud: 'audience', scope: 'purpose' },
        ...{ payload: 'claims', cnf: 'bind', maxUses: 'uses' },
        // A slip of the pen away from `uses` and `bind`, which nobody means who writes these.
        ...{ user: 'subject', kind: 'purpose' },
      },
    ],
    ['/v1/redemptions', { jwt: 'token', scope: 'purpose', hold_seconds: 'hold, in seconds' }],
    ['/v1/tokens/inspect', { access_token: 'token' }],
  ] as const) {
    it(`names the field of ${path} that others call something else, and how it is written`, async () => {
      const others = Object.fromEntries(Object.keys(meant).map((name) => [name, 1]));
      const answer = await post(path, { ...good(path), ...others });
      expectProblem(answer, 'request_invalid', {
        errors: Object.entries(meant).map(([name, field]) => ({
          path: name,
          message: `is not known here (did you mean ${field}?)`,
        })),
      });
    });
  }

  it('names such a field only where it belongs', async () => {
    const answer = await post('/v1/tokens', { ...good('/v1/tokens'), jkt: 'x', bind: { jkt: 'x' } });
    expectProblem(answer, 'request_invalid', {
      errors: [
        { path: 'bind.jkt', message: 'is not known here (did you mean key?)' },
        { path: 'jkt', message: 'is not known here' },
      ],
    });
  });

  it('tells problems of the body and of a header at once', async () => {
    const answer = await call(service, 'POST', '/v1/redemptions', {
      headers: { 'Idempotency-Key': 'two words' },
      body: { token: 5, prupose: 'x' },
    });
    expectBadInput(answer, ['idempotency-key', 'prupose', 'purpose', 'token']);
  });

  it('says in the detail what is wrong when it is one thing', async () => {
    const answer = await post('/v1/tokens', { purpose: 'password-reset', subject: 'u', expiresIn: '60' });
    expectProblem(answer, 'request_invalid', {
      detail: /^expiresIn: /,
      errors: [{ path: 'expiresIn', message: 'must be a number, not a string' }],
    });
  });

  it('never repeats a value or a name that could be a secret', async () => {
    const secret = token.slice(0, 60);
    for (const body of [
      { token, purpose: 'password-reset', [secret]: 1 },
      { token: { [secret]: 1 }, purpose: 'password-reset' },
      { token: [token], purpose: 'password-reset' },
      { token, purpose: token },
      { purpose: secret, subject: secret, audience: secret, claims: { [secret]: secret } },
    ]) {
      const path = 'subject' in body ? '/v1/tokens' : '/v1/redemptions';
      const answer = await post(path, body);
      expect(answer.status, answer.text).to.be.within(400, 403);
      expect(answer.text).to.not.include(secret);
    }
  });

  it('has not burned the token that all of this was tried with', async () => {
    expect((await redeemToken(service, token)).status).to.equal(200);
  });
});
