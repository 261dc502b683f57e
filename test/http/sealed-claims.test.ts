import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { generateKey } from '../../src/keys/generate-key.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { dumpOf } from '../support/dump.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess, startService } from '../support/service.ts';
import { expectBadInput, expectProblem, expectSuccess } from './expect-answer.ts';
import { attemptIn, leadIn, mintLink, pressButton, visit } from './link-page.ts';

const APP = 'https://app.example.test';
const declared = {
  type: 'object',
  required: ['email'],
  properties: {
    email: { type: 'string' },
    note: { type: 'string' },
    plan: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
  },
};
const PURPOSES = {
  plain: { audience: APP, lifetime: '5m' },
  invitation: { audience: APP, lifetime: '5m', claims: declared, sealed: ['email', 'tags'] },
  confirmation: {
    audience: APP,
    lifetime: '5m',
    claims: declared,
    sealed: ['email'],
    link: { then: `${APP}/confirmed`, byDefault: false },
  },
};
const ALL = Object.keys(PURPOSES);
const CALLERS = { main: { mint: ALL, redeem: ALL, inspect: true } };

const EMAIL = 'ada.lovelace@example.test';
const CLAIMS = { email: EMAIL, plan: 'gold', tags: ['analytical-engine'] };
const SECRETS = [EMAIL, 'lovelace', 'analytical-engine'];

describe('sealed claims over HTTP', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    service = await run();
  });

  /** A service on the same ledger. `keys` is its key file; by default one of its own. */
  async function run(keys?: readonly object[]): Promise<ServiceProcess> {
    const deployment = await makeDeployment({ purposes: PURPOSES, ledger: { redis: redis.url } }, CALLERS);
    onClose(deployment.close);
    if (keys)
      await writeFile(join(deployment.folder, 'keys.json'), JSON.stringify({ keys }), { mode: 0o600 });
    const started = await startService(deployment);
    onClose(started.close);
    return started;
  }

  const keysOf = async ({ deployment }: ServiceProcess): Promise<Record<string, unknown>[]> =>
    JSON.parse(await readFile(join(deployment.folder, 'keys.json'), 'utf8')).keys;
  const mint = (claims: object, more: object = {}) =>
    call(service, 'POST', '/v1/tokens', {
      body: { purpose: 'invitation', subject: 'user-42', claims, ...more },
    });
  const minted = (claims: object = CLAIMS) =>
    mintToken(service, { purpose: 'invitation', subject: 'user-42', claims });
  const redeemAt = (at: ServiceProcess, token: string) => redeemToken(at, token, { purpose: 'invitation' });

  function expectNoSecretIn(text: string): void {
    for (const secret of SECRETS) {
      expect(text).to.not.include(secret);
      expect(text).to.not.include(Buffer.from(secret).toString('hex'));
    }
  }

  it('are in the answer of redeeming among the others, once', async () => {
    const token = await minted();
    expect(expectSuccess(await redeemAt(service, token), 200).claims).to.deep.equal(CLAIMS);
    expectProblem(await redeemAt(service, token), 'token_burned', {
      redeemedAt: (await redeemAt(service, token)).json.redeemedAt,
    });
  });

  it('are in the answer of a hold, and of the same attempt again', async () => {
    const token = await minted();
    const options = {
      body: { token, purpose: 'invitation', hold: 60 },
      headers: { 'Idempotency-Key': 'hold-1' },
    };
    const first = await call(service, 'POST', '/v1/redemptions', options);
    expect(first.json).to.deep.include({ state: 'held', claims: CLAIMS });
    expect((await call(service, 'POST', '/v1/redemptions', options)).text).to.equal(first.text);
  });

  it('cannot be read from the token, whatever is decoded of it', async () => {
    const token = await minted();
    const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    const { claims, sealed } = JSON.parse(payload);
    expect(claims).to.deep.equal({ plan: 'gold' });
    for (const segment of [...token.split('.'), ...String(sealed).split('.')]) {
      expectNoSecretIn(segment);
      expectNoSecretIn(Buffer.from(segment, 'base64url').toString('latin1'));
      expect(Buffer.from(segment, 'base64url').toString('latin1')).to.not.include('email');
    }
  });

  it('leave no trace in what minting and inspecting answer, in the log and in Redis', async () => {
    const answer = await mint(CLAIMS);
    const { token, jti } = answer.json;
    expectNoSecretIn(answer.text);
    for (const inspected of [
      await call(service, 'POST', '/v1/tokens/inspect', { body: { token } }),
      await call(service, 'GET', `/v1/tokens/${jti}`),
    ]) {
      expect(inspected.json.state).to.equal('live');
      expectNoSecretIn(inspected.text);
    }
    const { path } = await mintLink(service, { purpose: 'confirmation', claims: CLAIMS });
    const page = await visit(service, path);
    expectNoSecretIn(page.text);
    await pressButton(service, path, { attempt: attemptIn(page) });
    expect((await redeemAt(service, token)).status).to.equal(200);
    expectNoSecretIn(await dumpOf(redis));
    expectNoSecretIn(service.process.output());
  });

  it('are collected by the application, after a visitor pressed the button', async () => {
    const { path } = await mintLink(service, { purpose: 'confirmation', claims: CLAIMS });
    const pressed = await pressButton(service, path, { attempt: attemptIn(await visit(service, path)) });
    const location = new URL(leadIn(pressed));
    expectNoSecretIn(location.href);
    const collected = await call(
      service,
      'POST',
      `/v1/redemptions/${location.searchParams.get('redemption')}/collect`,
    );
    expect(expectSuccess(collected, 200).claims).to.deep.equal(CLAIMS);
  });

  it('may be left out like others, and are held to the same declaration', async () => {
    expect((await redeemAt(service, await minted({ email: EMAIL }))).json.claims).to.deep.equal({
      email: EMAIL,
    });
    expectBadInput(await mint({ plan: 'gold' }), ['claims.email']);
    const wrong = await mint({ email: 7, tags: ['a', 1] });
    expectBadInput(wrong, ['claims.email', 'claims.tags.1']);
    const named = await mint({ email: EMAIL, sealed: 'x' });
    expectBadInput(named, ['claims.sealed']);
  });

  it('count towards the length of a token, of which at most 2,048 characters are allowed', async () => {
    const longest = (length: number) => mint({ email: 'x'.repeat(length) });
    const refused = await longest(1200);
    expectBadInput(refused, ['claims']);
    const told = Number(/would be (\d+) characters/.exec(refused.json.detail)?.[1]);
    expect(told).to.be.greaterThan(2048);
    const most = await longest(700);
    expect(most.status, most.text).to.equal(201);
    expect(most.json.token.length).to.be.at.most(2048);
    expect((await redeemAt(service, most.json.token)).json.claims.email).to.have.length(700);
  });

  it('cost some 200 characters, and nothing where there are none', async () => {
    expect((await minted({ email: EMAIL })).length).to.be.below(650);
    const plain = await mintToken(service, { purpose: 'plain', subject: 'user-42' });
    expect(plain.length).to.be.below(450);
    expect(plain).to.not.include('sealed');
  });

  it('are told beforehand to the character: no mint that is let through is too long', async () => {
    const statuses = new Set<number>();
    for (let length = 700; length < 900; length += 7) {
      const answer = await mint({ email: 'x'.repeat(length) });
      statuses.add(answer.status);
      if (answer.status === 201) expect(answer.json.token.length).to.be.at.most(2048);
      else expectBadInput(answer, ['claims']);
    }
    expect([...statuses]).to.deep.equal([201, 400]);
  });

  describe('when keys are rotated', () => {
    it('are read with the key that sealed them, and sealed with the newest', async () => {
      const old = await minted();
      const newest = await generateKey('ES256', Date.now() + 60_000);
      const rotated = await run([...(await keysOf(service)).map(stateless), { ...newest }]);
      expect((await redeemAt(rotated, old)).json.claims).to.deep.equal(CLAIMS);
      const fresh = await mintToken(rotated, { purpose: 'invitation', subject: 'user-42', claims: CLAIMS });
      expect(headerOf(fresh).kid).to.equal(newest.kid);
      expect((await redeemAt(rotated, fresh)).json.claims).to.deep.equal(CLAIMS);
      expectProblem(await redeemAt(service, fresh), 'token_invalid');
    });

    it('refuse their token, and do not burn it, where the old key is public only', async () => {
      const [sealed, open] = [await minted(), await mintToken(service, { purpose: 'plain' })];
      const { path } = await mintLink(service, { purpose: 'confirmation', claims: CLAIMS });
      const publicKeys = (await keysOf(service)).map(stateless).map(({ d: _d, ...publicKey }) => publicKey);
      const rotated = await run([...publicKeys, { ...(await generateKey('ES256', Date.now())) }]);
      expectProblem(await redeemAt(rotated, sealed), 'token_invalid', {
        detail: /sealed/,
      });
      expect((await redeemToken(rotated, open, { purpose: 'plain' })).status).to.equal(200);
      const page = await visit(rotated, path);
      expect((await pressButton(rotated, path, { attempt: attemptIn(page) })).status).to.equal(410);
      expect((await redeemAt(service, sealed)).json.claims).to.deep.equal(CLAIMS);
      const pressed = await pressButton(service, path, { attempt: attemptIn(page) });
      const id = new URL(leadIn(pressed)).searchParams.get('redemption');
      expectProblem(await call(rotated, 'POST', `/v1/redemptions/${id}/collect`), 'token_invalid');
      expect((await call(service, 'POST', `/v1/redemptions/${id}/collect`)).json.claims).to.deep.equal(
        CLAIMS,
      );
    });
  });

  it('are not read from a token that was changed anywhere, which is not burned', async () => {
    const token = await minted();
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const other = JSON.parse(Buffer.from((await minted()).split('.')[1] ?? '', 'base64url').toString());
    for (const sealed of [other.sealed, '', 'x', `${claims.sealed}A`, undefined]) {
      const changed = Buffer.from(JSON.stringify({ ...claims, sealed })).toString('base64url');
      expectProblem(await redeemAt(service, `${header}.${changed}.${signature}`), 'token_invalid');
    }
    expect((await redeemAt(service, token)).status).to.equal(200);
  });
});

/** A key as a file of an earlier version holds it. */
function stateless({ state: _state, since: _since, ready: _ready, ...key }: Record<string, unknown>) {
  return key;
}

function headerOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}
