import { createHash, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { expectProblem } from '../http/expect-answer.ts';
import { requestOctets, sendRaw } from '../http/raw-http.ts';
import { runService } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { type Answered, call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';

const CALLS = [
  ['POST', '/v1/tokens'],
  ['POST', '/v1/tokens/batch'],
  ['POST', '/v1/redemptions'],
  ['POST', '/v1/tokens/inspect'],
  ['POST', '/v1/s3/urls'],
  ['GET', `/v1/tokens/${'A'.repeat(52)}`],
] as const;

const newKey = (name: string) => `ms_${name}_${randomBytes(32).toString('base64url')}`;
const digestOf = (key: string) => createHash('sha256').update(key).digest('hex');

describe('a caller', () => {
  const onClose = cleanupAfter(after);
  const [oldKey, nextKey] = [newKey('changing'), newKey('changing')];
  let service: ServiceProcess;

  before(async () => {
    service = await runService(
      onClose,
      {},
      {
        ...TEST_CALLERS,
        minter: { mint: ['password-reset'] },
        redeemer: { redeem: ['password-reset', 'service-call'] },
        idle: {},
        changing: { inspect: true, keySha256: [digestOf(oldKey), digestOf(nextKey)] },
        weak: { inspect: true, keySha256: [digestOf('password')] },
      },
    );
  });

  const as = (authorization: string | undefined, method: string, path: string): Promise<Answered> =>
    call(service, method, path, {
      as: null,
      headers: authorization === undefined ? {} : { Authorization: authorization },
      ...(method === 'POST' ? { body: {} } : {}),
    });

  const keyOf = (name: string) => service.deployment.callerKeys[name] ?? '';
  const order = { purpose: 'password-reset', subject: 'u' };

  it('without a key is told how to send one, before anything else is looked at', async () => {
    for (const [method, path] of CALLS) {
      const answer = await as(undefined, method, path);
      expectProblem(answer, 'caller_unknown', {
        detail: /Authorization: Bearer/,
      });
      expect(answer.headers.get('www-authenticate')).to.equal('Bearer');
    }
  });

  for (const [what, authorization, wrong] of [
    ['an empty header', () => '', 'has no key'],
    ['the scheme alone', () => 'Bearer', 'has no key'],
    ['the scheme alone, in lower case', () => 'bearer', 'has no key'],
    ['no scheme', () => keyOf('main'), 'is not "Bearer" and one key'],
    ['another scheme', () => `Token ${keyOf('main')}`, 'is not "Bearer" and one key'],
    ['Basic', () => `Basic ${btoa(`main:${keyOf('main')}`)}`, 'is not "Bearer" and one key'],
    ['DPoP', () => `DPoP ${keyOf('main')}`, 'is not "Bearer" and one key'],
    ['a scheme that begins like it', () => `Bearer2 ${keyOf('main')}`, 'is not "Bearer" and one key'],
    ['two keys', () => `Bearer ${keyOf('main')}, Bearer ${keyOf('main')}`, 'is not "Bearer" and one key'],
    ['two keys, the good one first', () => `Bearer ${keyOf('main')} x`, 'is not "Bearer" and one key'],
  ] as const) {
    it(`is told how to send its key after ${what}, and nothing that it sent`, async () => {
      for (const [method, path] of CALLS) {
        const answer = await as(authorization(), method, path);
        const how = 'Send your caller key as "Authorization: Bearer <key>".';
        expectProblem(answer, 'caller_unknown');
        expect(answer.json.detail).to.equal(`The Authorization header ${wrong}. ${how}`);
        expect(answer.headers.get('www-authenticate')).to.equal('Bearer');
      }
    });
  }

  for (const [what, authorization] of [
    ['a key that nobody has', () => `Bearer ${newKey('main')}`],
    ['a key of 42 characters', () => `Bearer ${keyOf('main').slice(0, -1)}`],
    ['a key of 44 characters', () => `Bearer ${keyOf('main')}A`],
    ['a key in upper case', () => `Bearer ${keyOf('main').toUpperCase()}`],
    ["a key under another's name", () => `Bearer ${keyOf('main').replace('_main_', '_other_')}`],
    ['a key in quotes', () => `Bearer "${keyOf('main')}"`],
    ['parameters', () => `Bearer key=${keyOf('main')}`],
    ['the SHA-256 of a key', () => `Bearer ${digestOf(keyOf('main'))}`],
    ['a word whose SHA-256 somebody configured', () => 'Bearer password'],
    ['10,000 characters', () => `Bearer ms_main_${'A'.repeat(10_000)}`],
    ['a member of every object', () => 'Bearer __proto__'],
  ] as const) {
    it(`is not known by ${what}`, async () => {
      for (const [method, path] of CALLS) {
        const answer = await as(authorization(), method, path);
        expectProblem(answer, 'caller_unknown', { detail: /not known/ });
        expect(answer.headers.get('www-authenticate')).to.equal('Bearer');
      }
    });
  }

  it('is not known by the key of another deployment, though its name is the same', async () => {
    const elsewhere = await makeDeployment();
    onClose(elsewhere.close);
    for (const [method, path] of CALLS) {
      expectProblem(await as(`Bearer ${elsewhere.callerKeys.main}`, method, path), 'caller_unknown');
    }
  });

  it('is not known by a key in the query string, the body, a cookie or another header', async () => {
    const key = keyOf('main');
    const answer = await call(service, 'POST', `/v1/tokens?access_token=${key}&key=${key}`, {
      as: null,
      headers: {
        Cookie: `key=${key}`,
        'X-Api-Key': key,
        'Proxy-Authorization': `Bearer ${key}`,
        'X-Authorization': `Bearer ${key}`,
      },
      body: { ...order, access_token: key },
    });
    expectProblem(answer, 'caller_unknown');
  });

  it('is known by its scheme in any case and any number of blanks', async () => {
    for (const scheme of ['Bearer ', 'bearer ', 'BEARER ', 'Bearer    ']) {
      const answer = await as(`${scheme}${keyOf('main')}`, 'GET', `/v1/tokens/${'A'.repeat(52)}`);
      expectProblem(answer, 'not_found');
    }
  });

  it('that sends two Authorization headers is refused, even when both are good', async () => {
    const good = `Authorization: Bearer ${keyOf('main')}`;
    for (const headers of [
      [good, good],
      [good, 'Authorization: Bearer x'],
      ['authorization:', good],
    ]) {
      const octets = requestOctets({ headers: [...headers, 'Content-Type: application/json'], body: '{}' });
      expectProblem(await sendRaw(service, octets), 'request_invalid', {
        detail: /authorization.*only once/,
      });
    }
  });

  it('may use either of two keys while it changes them', async () => {
    const token = await mintToken(service);
    for (const key of [oldKey, nextKey]) {
      const answer = await call(service, 'POST', '/v1/tokens/inspect', {
        as: null,
        headers: { Authorization: `Bearer ${key}` },
        body: { token },
      });
      expect(answer.json.state).to.equal('live');
    }
  });

  it('mints the purposes it may mint and no other', async () => {
    const mint = (body: object, caller: string) => call(service, 'POST', '/v1/tokens', { body, as: caller });
    expect((await mint(order, 'minter')).status).to.equal(201);
    for (const [caller, purpose] of [
      ['minter', 'service-call'],
      ['redeemer', 'password-reset'],
      ['auditor', 'password-reset'],
      ['idle', 'password-reset'],
      ['idle', 'no-such-purpose'],
    ] as const) {
      expectProblem(await mint({ ...order, purpose }, caller), 'caller_forbidden', {
        detail: new RegExp(`${caller} may not mint`),
      });
    }
  });

  it('mints a batch only when it may mint each of its purposes', async () => {
    const mint = (tokens: readonly object[]) =>
      call(service, 'POST', '/v1/tokens/batch', { body: { tokens }, as: 'minter' });
    const other = { purpose: 'service-call', subject: 'u', audience: 'billing' };
    expect((await mint([order, order])).status).to.equal(201);
    for (const tokens of [[other], [order, other], [other, order]]) {
      expectProblem(await mint(tokens), 'caller_forbidden', {
        detail: /minter may not mint/,
      });
    }
  });

  it('redeems the purposes it may redeem and no other, whatever it may mint', async () => {
    const token = await mintToken(service);
    for (const caller of ['reader', 'minter', 'auditor', 'idle']) {
      expectProblem(await redeemToken(service, token, { as: caller }), 'caller_forbidden', {
        detail: new RegExp(`${caller} may not redeem`),
      });
    }
    const named = await redeemToken(service, token, { as: 'reader', purpose: 'file-download' });
    expectProblem(named, 'purpose_mismatch');
    expect((await redeemToken(service, token, { as: 'redeemer' })).status).to.equal(200);
  });

  it('inspects when it may inspect, and otherwise is told nothing of any token', async () => {
    const minted = await call(service, 'POST', '/v1/tokens', { body: order });
    const inspect = (caller: string) => [
      call(service, 'POST', '/v1/tokens/inspect', { body: { token: minted.json.token }, as: caller }),
      call(service, 'GET', `/v1/tokens/${minted.json.jti}`, { as: caller }),
      call(service, 'GET', '/v1/tokens/nonsense', { as: caller }),
    ];
    for (const caller of ['minter', 'redeemer', 'reader', 'idle']) {
      for (const answer of await Promise.all(inspect(caller))) {
        expectProblem(answer, 'caller_forbidden', { detail: new RegExp(`${caller} may not inspect`) });
      }
    }
    const [byToken, byJti, unknown] = await Promise.all(inspect('auditor'));
    expect([byToken?.status, byJti?.status, unknown?.status]).to.deep.equal([200, 200, 404]);
  });

  it('that is not known gets one answer for every token, good, burned or made up', async () => {
    const [live, burned] = [await mintToken(service), await mintToken(service)];
    await redeemToken(service, burned);
    const texts = await Promise.all(
      [live, burned, 'x', ''].map(async (token) => (await redeemToken(service, token, { as: null })).text),
    );
    expect(new Set(texts).size).to.equal(1);
  });
});
