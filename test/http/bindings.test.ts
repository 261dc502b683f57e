import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { dumpOf } from '../support/dump.ts';
import { encode, makeProofKey, type ProofKeyPair, proofOf } from '../support/proofs.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type Answered, call, mintToken, type ServiceProcess, startService } from '../support/service.ts';
import { expectBadInput, expectProblem, expectSuccess } from './expect-answer.ts';
import { mintLink } from './link-page.ts';

const call60s = (more: object) => ({ audience: 'api', lifetime: '60s', ...more });

const PURPOSES = {
  plain: call60s({}),
  any: call60s({ uses: 3, bind: { session: 'optional', key: 'optional', request: 'optional' } }),
  'by-session': call60s({ bind: { session: 'required' } }),
  'by-key': call60s({ bind: { key: 'required', session: 'optional' } }),
  'by-request': call60s({ bind: { request: 'required' } }),
  linked: call60s({ link: { byDefault: false }, bind: { session: 'optional' } }),
  'linked-by-default': call60s({ link: {}, bind: { session: 'optional' } }),
};
const ALL = Object.keys(PURPOSES);
const CALLERS = {
  main: { mint: ALL, redeem: ALL, inspect: true, revoke: true },
  other: { mint: ALL, redeem: ALL },
};

const URL_OF_CALL = 'https://api.example.test/orders/7/refund?full=1';
const REQUEST = { method: 'POST', url: URL_OF_CALL };
const digestOf = (body: string) => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
const BODY = digestOf('{"amount":5}');

type Members = Readonly<Record<string, unknown>>;

describe('a binding', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;
  let key: ProofKeyPair;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    service = await run(PURPOSES);
    key = await makeProofKey();
  });

  /** A service on the same ledger, and with the same keys as the first one. */
  async function run(purposes: Readonly<Record<string, object>>): Promise<ServiceProcess> {
    const keys = service ? { keys: { file: join(service.deployment.folder, 'keys.json') } } : {};
    const deployment = await makeDeployment({ purposes, ledger: { redis: redis.url }, ...keys }, CALLERS);
    onClose(deployment.close);
    const started = await startService(deployment);
    onClose(started.close);
    return started;
  }

  const mint = (purpose: string, bind?: unknown, more: Members = {}) =>
    call(service, 'POST', '/v1/tokens', { body: { purpose, subject: 'job-1', bind, ...more } });
  const minted = (purpose: string, bind?: unknown) => mintToken(service, { purpose, subject: 'job-1', bind });
  const redeem = (token: string, purpose: string, proof?: unknown, more: Members = {}, attempt?: string) =>
    call(service, 'POST', '/v1/redemptions', {
      body: { token, purpose, proof, ...more },
      headers: attempt === undefined ? {} : { 'Idempotency-Key': attempt },
    });
  const dpop = (token: string, claims: Members = {}, by = key, url = URL_OF_CALL) =>
    proofOf(by, { method: 'POST', url, token, nowMs: Date.now() }, { claims });

  /** None of these proofs is enough; none of them burns: the right one redeems afterwards, once. */
  async function expectOnly(right: unknown, wrong: readonly unknown[], token: string, purpose: string) {
    for (const proof of wrong) {
      const answer = await redeem(token, purpose, proof);
      expectProblem(answer, 'binding_mismatch');
      expect(answer.json.detail, JSON.stringify(proof)).to.not.include('http');
    }
    const good = await redeem(token, purpose, right);
    expect(good.status, good.text).to.equal(200);
  }

  describe('at mint', () => {
    it('is required where its policy says so, by path', async () => {
      expectBadInput(await mint('by-session'), ['bind.session']);
      expectBadInput(await mint('by-key', { session: 's' }), ['bind.key']);
      expectBadInput(await mint('by-request'), ['bind.request']);
      expectBadInput(await mint('by-session', {}), ['bind', 'bind.session']);
      for (const purpose of ['plain', 'any', 'linked']) expect((await mint(purpose)).status).to.equal(201);
    });

    it('is refused where the policy has no such kind, or nobody knows it', async () => {
      expectBadInput(await mint('plain', { session: 's' }), ['bind.session']);
      expectBadInput(await mint('by-session', { session: 's', key: key.jkt, request: REQUEST }), [
        'bind.key',
        'bind.request',
      ]);
      expectBadInput(await mint('any', { address: '192.0.2.1' }), ['bind.address']);
      expectBadInput(await mint('any', { request: { ...REQUEST, body: 'x' } }), ['bind.request.body']);
    });

    it('to nothing is refused: most likely there was no session', async () => {
      expectBadInput(await mint('any', {}), ['bind']);
      expectBadInput(await mint('plain', {}), ['bind']);
    });

    it('is refused in every form that no proof could match', async () => {
      for (const [bind, paths] of [
        [{ session: '' }, ['bind.session']],
        [{ session: 'x'.repeat(1025) }, ['bind.session']],
        [{ session: 7 }, ['bind.session']],
        [{ key: key.jwk }, ['bind.key']],
        [{ key: 'short' }, ['bind.key']],
        [{ key: `${key.jkt}=` }, ['bind.key']],
        [{ request: 'https://api.example.test/' }, ['bind.request']],
        [{ request: { method: 'POST' } }, ['bind.request.url']],
        [{ request: { method: 'post', url: '/orders/7' } }, ['bind.request.method', 'bind.request.url']],
        [{ request: { ...REQUEST, url: `${URL_OF_CALL}#a` } }, ['bind.request.url']],
        [{ request: { ...REQUEST, url: 'https://me@api.example.test/' } }, ['bind.request.url']],
        [{ request: { ...REQUEST, contentDigest: 'md5=:AAAA:' } }, ['bind.request.contentDigest']],
        [{ request: { ...REQUEST, contentType: 'text/plain' } }, ['bind.request.contentType']],
        [
          { request: { ...REQUEST, contentDigest: BODY, contentType: 'nonsense' } },
          ['bind.request.contentType'],
        ],
        [
          { request: { ...REQUEST, contentDigest: `${BODY}, ${digestOf('')}` } },
          ['bind.request.contentDigest'],
        ],
      ] as const) {
        expectBadInput(await mint('any', bind), paths);
      }
    });

    it('tells every problem of a batch by index, and mints none of it', async () => {
      const good = { purpose: 'by-session', subject: 'a', bind: { session: 's' } };
      const tokens = [good, { ...good, bind: { key: key.jkt } }, { ...good, bind: undefined }];
      expectBadInput(await call(service, 'POST', '/v1/tokens/batch', { body: { tokens } }), [
        'tokens.1.bind.key',
        'tokens.1.bind.session',
        'tokens.2.bind.session',
      ]);
    });

    it('and a link exclude each other: a visitor can show no proof', async () => {
      const bind = { session: 's' };
      expectBadInput(await mint('linked', bind, { link: true }), ['link']);
      expectBadInput(await mint('linked-by-default', bind), ['link']);
      expect((await mint('linked-by-default', bind, { link: false })).json).to.not.have.property('url');
      expect((await mint('linked', bind)).status).to.equal(201);
      expect((await mintLink(service, { purpose: 'linked' })).url).to.be.a('string');
    });

    it('leaves nothing readable of itself in the token', async () => {
      const session = `session-${randomUUID()}`;
      const token = await minted('any', { session, request: { ...REQUEST, contentDigest: BODY } });
      const claims = claimsIn(token);
      expect(claims.bind).to.have.all.keys('session', 'request', 'content');
      expect(JSON.stringify(claims))
        .to.not.include(session)
        .and.not.include('refund')
        .and.not.include('sha-256');
      const again = claimsIn(await minted('any', { session }));
      expect(again.bind).to.not.have.property('session', String(Object(claims.bind).session));
    });

    it('costs some characters, and nothing where there is none', async () => {
      const length = async (purpose: string, bind?: unknown) => (await minted(purpose, bind)).length;
      expect(await length('plain')).to.be.below(450);
      expect(await length('by-session', { session: 's' })).to.be.below(500);
      expect(await length('by-request', { request: REQUEST })).to.be.below(500);
      expect(await length('by-key', { key: key.jkt })).to.be.below(520);
      const all = { session: 's', key: key.jkt, request: { ...REQUEST, contentDigest: BODY } };
      expect(await length('any', all)).to.be.below(650);
    });
  });

  describe('to a session', () => {
    it('refuses every other session and none, without burning', async () => {
      const session = 'c2Vzc2lvbi1vZi1hZGE';
      const token = await minted('by-session', { session });
      const wrong = [
        undefined,
        {},
        { request: REQUEST },
        ...[`${session} `, session.toLowerCase(), 's', '\u0000'].map((other) => ({ session: other })),
      ];
      await expectOnly({ session }, wrong, token, 'by-session');
    });
  });

  describe('to a request', () => {
    it('refuses every other method and URL, without burning', async () => {
      const token = await minted('by-request', { request: REQUEST });
      const wrong = [
        undefined,
        {},
        { session: 's' },
        ...['GET', 'post', 'PUT', 'POST '].map((method) => ({ request: { ...REQUEST, method } })),
        ...[
          'https://api.example.test/orders/8/refund?full=1',
          'https://api.example.test/orders/7/refund',
          'https://api.example.test/orders/7/refund?full=2',
          'https://api.example.test/orders/7/refund/?full=1',
          'https://api.example.test/orders/7/refund?full=1&more=1',
          'https://evil.example.test/orders/7/refund?full=1',
          'https://api.example.test:8443/orders/7/refund?full=1',
          'http://api.example.test/orders/7/refund?full=1',
          'https://api.example.test/Orders/7/refund?full=1',
          'https://api.example.test/orders%2F7/refund?full=1',
          'https://api.example.test/admin/../orders/7/refund?full=1',
          'https://api.example.test/orders/7/%2e/refund?full=1',
          'https://api.example.test/orders\\7/refund?full=1',
          '/orders/7/refund?full=1',
          'x',
        ].map((url) => ({ request: { ...REQUEST, url } })),
      ];
      await expectOnly({ request: REQUEST }, wrong, token, 'by-request');
    });

    it('takes every equivalent spelling of the URL, at mint and at redemption', async () => {
      const spellings = [
        'HTTPS://API.example.test/orders/7/refund?full=1',
        'https://api.example.test:443/orders/7/refund?full=1',
        'https://api.example.test/%6frders/%37/refund?%66ull=%31',
      ];
      for (const [index, url] of spellings.entries()) {
        const token = await minted('by-request', { request: { ...REQUEST, url } });
        const other = spellings[(index + 1) % spellings.length];
        const redeemed = await redeem(token, 'by-request', { request: { ...REQUEST, url: other } });
        expect(redeemed.status, redeemed.text).to.equal(200);
      }
    });

    it('with its content refuses every other body, and none, without burning', async () => {
      const bound = { ...REQUEST, contentDigest: BODY };
      const token = await minted('by-request', { request: bound });
      const other = digestOf('{"amount":500}');
      const sha512 = `sha-512=:${createHash('sha512').update('{"amount":5}').digest('base64')}:`;
      const wrong = [
        { request: REQUEST },
        ...[other, sha512, `${BODY}, ${other}`, `${other}, ${BODY}`, 'nonsense', BODY.toUpperCase()].map(
          (contentDigest) => ({ request: { ...REQUEST, contentDigest } }),
        ),
        { request: { ...bound, method: 'PUT' } },
      ];
      await expectOnly(
        { request: { ...REQUEST, contentDigest: `${sha512}, ${BODY}` } },
        wrong,
        token,
        'by-request',
      );
    });

    it('with its content refuses the same octets as another media type', async () => {
      const form = 'application/x-www-form-urlencoded';
      for (const [contentType, fitting, wrong] of [
        [
          undefined,
          [undefined, 'application/json', 'Application/JSON; charset=utf-8'],
          [form, 'nonsense', 'text/plain'],
        ],
        [form, [form, `${form};charset=UTF-8`], [undefined, 'application/json', `${form}; charset=utf-16`]],
      ] as const) {
        for (const shown of fitting) {
          const token = await minted('by-request', {
            request: { ...REQUEST, contentDigest: BODY, contentType },
          });
          const proofs = wrong.map((each) => ({
            request: { ...REQUEST, contentDigest: BODY, contentType: each },
          }));
          await expectOnly(
            { request: { ...REQUEST, contentDigest: BODY, contentType: shown } },
            proofs,
            token,
            'by-request',
          );
        }
      }
    });

    it('without content takes any body', async () => {
      const token = await minted('by-request', { request: REQUEST });
      expect(
        (await redeem(token, 'by-request', { request: { ...REQUEST, contentDigest: BODY } })).status,
      ).to.equal(200);
    });
  });

  describe('to a key', () => {
    it('refuses every call without a proof of that key for that call, without burning', async () => {
      const token = await minted('by-key', { key: key.jkt });
      const other = await makeProofKey('Ed25519');
      const anotherToken = await minted('by-key', { key: key.jkt });
      const shown = (proof: string, request: object = REQUEST) => ({ dpop: proof, request });
      const wrong = [
        undefined,
        { request: REQUEST },
        { dpop: dpop(token) },
        shown('garbage'),
        shown(token),
        shown(dpop(token, {}, other)),
        shown(dpop(token, {}, { ...other, jwk: key.jwk, alg: 'ES256' })),
        shown(dpop(anotherToken)),
        shown(dpop(token, { ath: undefined })),
        shown(dpop(token, { htm: 'GET' })),
        shown(dpop(token, { htu: 'https://api.example.test/orders/8/refund' })),
        shown(dpop(token, { iat: Date.now() / 1000 - 300 })),
        shown(dpop(token, { iat: Date.now() / 1000 + 300 })),
        shown(dpop(token, { jti: '' })),
        shown(dpop(token), { ...REQUEST, method: 'PUT' }),
        shown(dpop(token), { ...REQUEST, url: 'https://api.example.test/orders/8/refund' }),
        shown(dpop(token), { ...REQUEST, url: 'https://api.example.test/admin/../orders/7/refund' }),
        shown(dpop(token), { ...REQUEST, url: '/orders/7/refund' }),
        shown(`${dpop(token)}, ${dpop(token)}`),
        shown(`${encode('{"alg":"none","typ":"dpop+jwt"}')}.${encode('{}')}.`),
      ];
      await expectOnly(shown(dpop(token)), wrong, token, 'by-key');
    });

    it('says in one sentence what is wrong with a proof, and quotes nothing of it', async () => {
      const token = await minted('by-key', { key: key.jkt });
      const { json } = await redeem(token, 'by-key', { dpop: dpop(token, { htm: 'GET' }), request: REQUEST });
      expect(json.detail).to.match(/DPoP proof.*htm/);
    });

    it('takes a proof for one use: whoever replays it is refused, and takes nothing', async () => {
      const token = await minted('any', { key: key.jkt });
      const proof = { dpop: dpop(token), request: REQUEST };
      const first = expectSuccess(await redeem(token, 'any', proof), 200);
      expect(first.usesLeft).to.equal(2);
      for (const by of ['main', 'other']) {
        const replay = await call(service, 'POST', '/v1/redemptions', {
          as: by,
          body: { token, purpose: 'any', proof },
        });
        expectProblem(replay, 'binding_mismatch', {
          detail: /DPoP proof.*before/,
        });
      }
      const second = expectSuccess(await redeem(token, 'any', { dpop: dpop(token), request: REQUEST }), 200);
      expect(second.usesLeft).to.equal(1);
    });

    it('burns the proof of a repeated attempt too: whoever captured it takes nothing', async () => {
      const token = await minted('any', { key: key.jkt });
      const show = (proof: string, attempt: string) =>
        call(service, 'POST', '/v1/redemptions', {
          headers: { 'Idempotency-Key': attempt },
          body: { token, purpose: 'any', proof: { dpop: proof, request: REQUEST } },
        });
      const [first, repeated] = [dpop(token), dpop(token)];
      const taken = expectSuccess(await show(first, 'owner'), 200);
      expect(expectSuccess(await show(repeated, 'owner'), 200)).to.deep.equal(taken);
      expectProblem(await show(repeated, 'thief'), 'binding_mismatch');
      expect(expectSuccess(await show(repeated, 'owner'), 200)).to.deep.equal(taken);
    });

    it('lets one of 20 racing replays through', async () => {
      const token = await minted('any', { key: key.jkt });
      const proof = { dpop: dpop(token), request: REQUEST };
      const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(token, 'any', proof)));
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
      for (const { status, json } of answers)
        if (status !== 200) expect(json.code).to.equal('binding_mismatch');
    });

    it('answers the same attempt again, with the same proof and with a fresh one', async () => {
      const token = await minted('by-key', { key: key.jkt });
      const attempt = randomUUID();
      const proof = { dpop: dpop(token), request: REQUEST };
      const first = await redeem(token, 'by-key', proof, {}, attempt);
      expect(first.status, first.text).to.equal(200);
      for (const again of [proof, { dpop: dpop(token), request: REQUEST }]) {
        expect((await redeem(token, 'by-key', again, {}, attempt)).text).to.equal(first.text);
      }
      expectProblem(await redeem(token, 'by-key', { request: REQUEST }, {}, attempt), 'binding_mismatch');
      expect((await redeem(token, 'by-key', proof)).json.code).to.equal('token_burned');
    });

    it('asks for a fresh proof after a hold was given back', async () => {
      const token = await minted('by-key', { key: key.jkt });
      const proof = { dpop: dpop(token), request: REQUEST };
      const held = expectSuccess(await redeem(token, 'by-key', proof, { hold: 60 }), 200);
      const released = await call(service, 'POST', `/v1/redemptions/${held.redemptionId}/release`);
      expect(released.status).to.equal(200);
      await expectOnly({ dpop: dpop(token), request: REQUEST }, [proof], token, 'by-key');
    });
  });

  it('to several things needs every one of them', async () => {
    const token = await minted('any', {
      session: 's-1',
      key: key.jkt,
      request: { ...REQUEST, contentDigest: BODY },
    });
    const request = { ...REQUEST, contentDigest: BODY };
    const right = { session: 's-1', dpop: dpop(token), request };
    const wrong = [
      { ...right, session: undefined },
      { ...right, session: 's-2' },
      { ...right, dpop: undefined },
      { ...right, request: undefined },
      { ...right, request: REQUEST },
      { ...right, request: { ...request, url: 'https://api.example.test/orders/7/refund' } },
    ];
    await expectOnly(right, wrong, token, 'any');
  });

  it('that a token has not asks for nothing', async () => {
    const proofs = [{}, { session: 'x' }, { request: { method: 'x', url: 'x', contentDigest: 'x' } }];
    for (const proof of proofs) {
      for (const purpose of ['plain', 'any']) {
        const answer = await redeem(await minted(purpose), purpose, proof);
        expect(answer.status, JSON.stringify(proof)).to.equal(200);
      }
    }
  });

  it('that a token has not leaves a proof of possession to be right all the same', async () => {
    for (const purpose of ['plain', 'any']) {
      const token = await minted(purpose);
      const stranger = await makeProofKey();
      const dpop = proofOf(stranger, { method: 'POST', url: URL_OF_CALL, token, nowMs: Date.now() });
      const right = { dpop, request: REQUEST };
      const wrong = [
        { dpop: 'garbage' },
        { dpop: 'garbage', request: REQUEST },
        { dpop },
        { dpop, request: { ...REQUEST, method: 'PUT' } },
        {
          dpop: proofOf(stranger, {
            method: 'POST',
            url: URL_OF_CALL,
            token: `${token}x`,
            nowMs: Date.now(),
          }),
          request: REQUEST,
        },
      ];
      await expectOnly(right, wrong, token, purpose);
    }
  });

  it('is refused as bad input when what is shown is not what the call takes, without burning', async () => {
    const session = 's-1';
    const token = await minted('by-session', { session });
    for (const [proof, paths] of [
      ['s-1', ['proof']],
      [{ sesion: session }, ['proof.sesion']],
      [{ session: '' }, ['proof.session']],
      [{ session: ['s-1'] }, ['proof.session']],
      [{ session, request: { method: 'GET' } }, ['proof.request.url']],
      [{ session, dpop: ['a', 'b'] }, ['proof.dpop']],
    ] as const) {
      expectBadInput(await redeem(token, 'by-session', proof), paths);
    }
    expect((await redeem(token, 'by-session', { session })).status).to.equal(200);
  });

  it('does not hide a token from whoever inspects or revokes it', async () => {
    const token = await minted('by-session', { session: 's-1' });
    const inspect = () => call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
    expect((await inspect()).json)
      .to.include({ active: true, state: 'live' })
      .and.not.have.any.keys('bind', 'cnf');
    await redeem(token, 'by-session', { session: 's-2' });
    expect((await inspect()).json.state).to.equal('live');
    expect((await call(service, 'POST', '/v1/revocations', { body: { token } })).status).to.equal(200);
    expect((await redeem(token, 'by-session', { session: 's-1' })).json.code).to.equal('token_revoked');
  });

  it('leaves no session, URL, proof or key in Redis and in the log, redeemed or refused', async () => {
    const session = `session-${randomUUID()}`;
    const jti = `proof-${randomUUID()}`;
    const token = await minted('any', { session, key: key.jkt, request: REQUEST });
    const right = { session, dpop: dpop(token, { jti }), request: REQUEST };
    await redeem(token, 'any', { ...right, request: { ...REQUEST, method: 'PUT' } });
    expect((await redeem(token, 'any', right)).status).to.equal(200);
    expect((await redeem(token, 'any', right)).json.code).to.equal('binding_mismatch');
    const traces = (await dumpOf(redis)) + service.process.output();
    for (const secret of [session, jti, key.jkt, token, ...right.dpop.split('.'), 'api.example.test']) {
      expect(traces).to.not.include(secret);
    }
  });

  describe('when the policy changes', () => {
    const redeemAt = (
      at: ServiceProcess,
      token: string,
      purpose: string,
      proof?: unknown,
    ): Promise<Answered> => call(at, 'POST', '/v1/redemptions', { body: { token, purpose, proof } });

    it('to require it, refuses tokens without it, and burns none', async () => {
      const stricter = await run({ ...PURPOSES, any: call60s({ uses: 3, bind: { key: 'required' } }) });
      const [unbound, bound] = [await minted('any'), await minted('any', { key: key.jkt, session: 's-1' })];
      expectProblem(await redeemAt(stricter, unbound, 'any'), 'token_invalid', {
        detail: /binding/,
      });
      const proof = { session: 's-1', dpop: dpop(bound), request: REQUEST };
      expect((await redeemAt(stricter, bound, 'any', proof)).status).to.equal(200);
      expect((await redeem(unbound, 'any')).json.usesLeft).to.equal(2);
    });

    it('to bind nothing, still asks for what the token is bound to', async () => {
      const laxer = await run({ ...PURPOSES, any: call60s({ uses: 3 }) });
      const token = await minted('any', { session: 's-1' });
      expectProblem(await redeemAt(laxer, token, 'any'), 'binding_mismatch');
      expectProblem(await redeemAt(laxer, token, 'any', { session: 's-2' }), 'binding_mismatch');
      expect((await redeemAt(laxer, token, 'any', { session: 's-1' })).json.usesLeft).to.equal(2);
    });
  });
});

function claimsIn(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
