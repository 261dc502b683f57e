import { expect } from 'chai';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { cleanupAfter } from '../support/cleanup.ts';
import { CLAIMING_PURPOSES, ISSUER, TEST_CALLERS } from '../support/deployment.ts';
import { type Answered, call, type ServiceProcess } from '../support/service.ts';
import { expectBadInput, expectProblem, expectSuccess, JTI, RFC_3339 } from './expect-answer.ts';
import { runService } from './run-service.ts';

const APP = 'https://app.example.test';

describe('POST /v1/tokens', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    const purposes = {
      ...CLAIMING_PURPOSES,
      'bound-call': { audience: 'billing', lifetime: '60s', bind: { request: 'required' } },
    };
    const main = { ...TEST_CALLERS.main, mint: Object.keys(purposes) };
    service = await runService(onClose, { purposes }, { ...TEST_CALLERS, main });
  });

  const mint = (body: unknown, as?: string): Promise<Answered> =>
    call(service, 'POST', '/v1/tokens', { body, ...(as ? { as } : {}) });

  function claimsIn(token: unknown): Record<string, unknown> {
    return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString());
  }

  it('answers 201 with the token, what is in it and nothing else', async () => {
    const answer = await mint({ purpose: 'password-reset', subject: 'user-42' });
    const body = expectSuccess(answer, 201);
    expect(body).to.have.all.keys('token', 'jti', 'purpose', 'subject', 'audience', 'issuedAt', 'expiresAt');
    expect(body).to.include({ purpose: 'password-reset', subject: 'user-42', audience: APP });
    expect(body.token).to.match(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(body.jti).to.match(JTI);
    expect(body.issuedAt).to.match(RFC_3339);
    expect(body.expiresAt).to.match(RFC_3339);
    expect(Date.parse(String(body.expiresAt)) - Date.parse(String(body.issuedAt))).to.equal(900_000);
    expect(Math.abs(Date.parse(String(body.issuedAt)) - Date.now())).to.be.below(60_000);
  });

  it('signs exactly what it answers, under a header of alg, kid and typ, with the published key', async () => {
    const { json } = await mint({
      purpose: 'file-download',
      subject: 'Åsa 🔑',
      claims: { key: 'a/b.pdf', tags: ['x', 'ÿ'] },
      expiresIn: 60,
    });
    const jwks: JSONWebKeySet = (await call(service, 'GET', '/.well-known/jwks.json')).json;
    const { payload, protectedHeader } = await compactVerify(json.token, createLocalJWKSet(jwks));
    expect(protectedHeader).to.deep.equal({ alg: 'ES256', kid: jwks.keys[0]?.kid, typ: 'cap+jwt' });
    expect(JSON.parse(Buffer.from(payload).toString())).to.deep.equal({
      iss: ISSUER,
      aud: APP,
      sub: 'Åsa 🔑',
      jti: json.jti,
      iat: Date.parse(json.issuedAt) / 1000,
      exp: Date.parse(json.expiresAt) / 1000,
      purpose: 'file-download',
      claims: { key: 'a/b.pdf', tags: ['x', 'ÿ'] },
    });
  });

  it('gives each token the lifetime that was asked for, up to that of its purpose and no more', async () => {
    for (const expiresIn of [1, 899, 900]) {
      const { json } = await mint({ purpose: 'password-reset', subject: 'u', expiresIn });
      expect(Date.parse(json.expiresAt) - Date.parse(json.issuedAt)).to.equal(expiresIn * 1000);
    }
    for (const expiresIn of [901, 3600, 3601, 1e9]) {
      expectBadInput(await mint({ purpose: 'password-reset', subject: 'u', expiresIn }), ['expiresIn']);
    }
  });

  it('never mints two tokens with one jti for the same order', async () => {
    const order = { purpose: 'password-reset', subject: 'u' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => mint(order)));
    expect(new Set(answers.map(({ json }) => json.jti)).size).to.equal(50);
  });

  it('takes the audience from a purpose that has one, and from the order when it has several', async () => {
    for (const audience of ['billing', 'mailer']) {
      const { status, json } = await mint({ purpose: 'service-call', subject: 'job', audience });
      expect(status).to.equal(201);
      expect(json.audience).to.equal(audience);
      expect(claimsIn(json.token).aud).to.equal(audience);
    }
    const missing = await mint({ purpose: 'service-call', subject: 'job' });
    expectProblem(missing, 'request_invalid', {
      errors: [{ path: 'audience', message: 'is required: one of billing, mailer' }],
    });
    for (const audience of ['Billing', 'billing ', 'billing\u200b', 'ｂilling', APP]) {
      expectBadInput(await mint({ purpose: 'service-call', subject: 'job', audience }), ['audience']);
    }
  });

  it('takes any subject of 1 to 255 visible characters in NFC as it is', async () => {
    for (const subject of ['x', 'x'.repeat(255), '\u00e9', '"\\/', '__proto__', ' a ', '漢字🔥']) {
      const { status, json } = await mint({ purpose: 'password-reset', subject });
      expect(status, subject).to.equal(201);
      expect(json.subject).to.equal(subject);
      expect(claimsIn(json.token).sub).to.equal(subject);
    }
    const unseen = [
      'a\nb',
      'a\u0000',
      '\u007f',
      '\u0085',
      '\u001b[31m',
      'a\u200bb',
      '\u202ea',
      'a\u2066',
      '\ufeffa',
      'a\u00ad',
    ];
    for (const subject of ['', 'x'.repeat(256), 'e\u0301', '\u212b', ...unseen]) {
      expectBadInput(await mint({ purpose: 'password-reset', subject }), ['subject']);
    }
  });

  it('refuses the revocation of a subject in a spelling that no token has', async () => {
    for (const subject of ['e\u0301', 'user\u200b-42']) {
      expectBadInput(await call(service, 'POST', '/v1/revocations', { body: { subject } }), ['subject']);
    }
  });

  it('names the configured purposes to a caller that asks for another one', async () => {
    const configured = 'configured: password-reset, file-download, service-call, bound-call';
    const meant = `did you mean password-reset? ${configured}`;
    for (const [purpose, hint] of [
      ['reset', configured],
      ['Password-reset', meant],
      ['password-reset ', meant],
      ['__proto__', configured],
      ['constructor', configured],
    ] as const) {
      expectProblem(await mint({ purpose, subject: 'u' }), 'request_invalid', {
        detail: new RegExp(`^purpose: .*${configured}`),
        errors: [{ path: 'purpose', message: `is not configured here (${hint})` }],
      });
    }
  });

  it('refuses claims of a purpose that carries none, even an empty set of them', async () => {
    for (const claims of [{}, { key: 'k' }]) {
      expectProblem(await mint({ purpose: 'password-reset', subject: 'u', claims }), 'request_invalid', {
        errors: [{ path: 'claims', message: 'this purpose carries no claims' }],
      });
    }
  });

  it('holds claims to their declaration and tells every problem of them at once', async () => {
    const order = { purpose: 'file-download', subject: 'u' };
    expectBadInput(await mint(order), ['claims.key']);
    expectBadInput(await mint({ ...order, claims: {} }), ['claims.key']);
    const wrong = { key: 5, tags: ['a', 1, null], secret: 'x', filename: {} };
    expectBadInput(await mint({ ...order, claims: wrong }), [
      'claims.filename',
      'claims.key',
      'claims.secret',
      'claims.tags.1',
      'claims.tags.2',
    ]);
  });

  for (const [where, claims] of [
    ['the claims', '{"key":"k","__proto__":{"admin":true}}'],
    ['a claim', '{"key":"k","tags":[{"__proto__":1}]}'],
  ] as const) {
    it(`refuses a member named __proto__ in ${where} instead of dropping it`, async () => {
      const answer = await mint(`{"purpose":"file-download","subject":"u","claims":${claims}}`);
      expect(answer.status, answer.text).to.equal(400);
      expectProblem(answer, 'request_invalid', { errors: answer.json.errors });
    });
  }

  it('refuses numbers that a double cannot carry as they are written, where they are', async () => {
    for (const number of [
      '1e400',
      '9007199254740993',
      '10000000000000000999',
      '1e-400',
      '0.10000000000000000001',
    ]) {
      const claims = `{"key":"k","tags":["a",{"id":[0,${number}]}]}`;
      const text = `{"purpose":"file-download","subject":"u","claims":${claims}}`;
      expectBadInput(await mint(text), ['claims.tags.1.id.1']);
      expectBadInput(await mint(`{"purpose":"password-reset","subject":"u","expiresIn":${number}}`), [
        'expiresIn',
      ]);
    }
  });

  it('refuses a token that would be longer than 2,048 characters, and says how long it would be', async () => {
    const answer = await mint({
      purpose: 'file-download',
      subject: 'u',
      claims: { key: 'k'.repeat(1500) },
    });
    expectBadInput(answer, ['claims']);
    expect(answer.json.detail).to.match(/the token would be \d{4} characters long, and 2048 are allowed/);
    const longest = await mint({ purpose: 'file-download', subject: 'u', claims: { key: 'k'.repeat(1000) } });
    expect(longest.status).to.equal(201);
    expect(longest.json.token.length).to.be.at.most(2048);
  });

  it('refuses claims that no token could carry before anything else is done with them', async () => {
    const claims = { key: 'k'.repeat(15_000), more: '\n', nested: { list: [1] } };
    expectProblem(await mint({ purpose: 'file-download', subject: 'u', claims }), 'request_invalid', {
      errors: [
        {
          path: 'claims',
          message: 'must be at most 1,536 octets as JSON, not 15,044: no token can carry more',
        },
      ],
    });
  });

  it('mints nothing unbound for a purpose that requires a binding', async () => {
    const answer = await mint({ purpose: 'bound-call', subject: 'u' });
    expectProblem(answer, 'request_invalid', {
      errors: [{ path: 'bind.request', message: 'is required for this purpose' }],
    });
  });

  it('tells every problem of an order that fits its schema at once', async () => {
    const order = { purpose: 'service-call', subject: 'u', expiresIn: 61, claims: {}, audience: 'nobody' };
    expectBadInput(await mint(order), ['audience', 'claims', 'expiresIn']);
  });
});
