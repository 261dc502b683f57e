import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { importJWK, SignJWT } from 'jose';
import { createClient, createPreVerifier, type Fetch } from '../../src/client/index.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { ISSUER, makeDeployment } from '../support/deployment.ts';
import { type ServiceProcess, startService } from '../support/service.ts';
import { errorOf } from './example.ts';
import { answer, hang, startScripted } from './scripted-service.ts';

const PURPOSE = 'password-reset';
const APP = 'https://app.example.test';

describe('a pre-verifier', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let signer: { key: Awaited<ReturnType<typeof importJWK>>; kid: string };

  before(async () => {
    const deployment = await makeDeployment();
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
    const ring = JSON.parse(await readFile(join(deployment.folder, 'keys.json'), 'utf8'));
    signer = { key: await importJWK(ring.keys[0], 'ES256'), kid: ring.keys[0].kid };
  });

  const client = () => createClient({ url: service.url, key: service.deployment.callerKeys.main ?? '' });
  const preVerifier = (options: object = {}) =>
    createPreVerifier({ url: service.url, issuer: ISSUER, ...options });

  /** One that counts how often the keys were fetched. */
  function counting() {
    const fetched: string[] = [];
    const counted: Fetch = async (url, init) => {
      fetched.push(url);
      return fetch(url, init);
    };
    return { fetched, preVerify: preVerifier({ fetch: counted }) };
  }

  /** A token of the service's own key that says what it should not. */
  function forge(claims: object = {}, header: object = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const honest = {
      iss: ISSUER,
      aud: APP,
      sub: 'user-42',
      jti: 'a',
      iat: now,
      exp: now + 60,
      purpose: PURPOSE,
    };
    return new SignJWT({ ...honest, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: signer.kid, typ: 'cap+jwt', ...header })
      .sign(signer.key);
  }

  it('finds a token plausible, and tells what it is', async () => {
    const { token, jti, subject, audience, expiresAt } = await client().mint(PURPOSE, { subject: 'user-42' });
    const told = { plausible: true, jti, subject, audience, expiresAt };
    expect(await preVerifier()(token, PURPOSE)).to.deep.equal(told);
    expect(await preVerifier()(token, PURPOSE, { audience: APP })).to.deep.equal(told);
  });

  it('burns nothing, and finds a burned token plausible too: it is no redemption', async () => {
    const { token } = await client().mint(PURPOSE, { subject: 'user-42' });
    const preVerify = preVerifier();
    for (let again = 0; again < 3; again++)
      expect((await preVerify(token, PURPOSE)).plausible).to.equal(true);
    await client().redeem(token, PURPOSE);
    const after = await preVerify(token, PURPOSE);
    expect(after.plausible).to.equal(true);
    expect(after).to.not.have.any.keys('redemptionId', 'state', 'claims', 'usesLeft');
  });

  it('turns away what the service would refuse', async () => {
    const preVerify = preVerifier();
    const { token } = await client().mint(PURPOSE, { subject: 'user-42' });
    const [header = '', payload = '', signature = ''] = token.split('.');
    const past = Math.floor(Date.now() / 1000) - 600;
    const refused: Readonly<Record<string, string>> = {
      nothing: '',
      nonsense: 'nonsense',
      'two segments': `${header}.${payload}`,
      'four segments': `${token}.${signature}`,
      'a space': `${token} `,
      'a long one': `${header}.${payload}${'A'.repeat(2048)}.${signature}`,
      'no signature': `${header}.${payload}.AAAA`,
      'another payload': `${header}.${Buffer.from('{"sub":"eve"}').toString('base64url')}.${signature}`,
      'alg none': `${Buffer.from('{"alg":"none","typ":"cap+jwt"}').toString('base64url')}.${payload}.AAAA`,
      'another issuer': await forge({ iss: 'https://evil.example.test' }),
      'another purpose': await forge({ purpose: 'file-download' }),
      'no purpose': await forge({ purpose: undefined }),
      'two audiences': await forge({ aud: [APP, 'billing'] }),
      'no jti': await forge({ jti: undefined }),
      'no subject': await forge({ sub: undefined }),
      'no end': await forge({ exp: undefined }),
      expired: await forge({ iat: past, exp: past + 60 }),
      'another type': await forge({}, { typ: 'JWT' }),
      'another key': await forge({}, { kid: 'unknown' }),
    };
    for (const [what, text] of Object.entries(refused)) {
      const result = await preVerify(text, PURPOSE);
      if (result.plausible) throw new Error(`${what} was found plausible`);
      expect(result.reason, what).to.be.a('string').that.is.not.empty;
    }
    expect((await preVerify(await forge(), PURPOSE)).plausible).to.equal(true);
    expect((await preVerify(token, PURPOSE, { audience: 'billing' })).plausible).to.equal(false);
    expect((await preVerify(token, 'file-download')).plausible).to.equal(false);
  });

  it('allows clocks to differ', async () => {
    const now = Math.floor(Date.now() / 1000);
    const justExpired = await forge({ iat: now - 70, exp: now - 10 });
    expect((await preVerifier()(justExpired, PURPOSE)).plausible).to.equal(true);
    const strict = preVerifier({ clockToleranceSeconds: 0 });
    expect((await strict(justExpired, PURPOSE)).plausible).to.equal(false);
  });

  it('fetches the keys once, however many tokens, and of how many unknown keys', async () => {
    const { fetched, preVerify } = counting();
    const { token } = await client().mint(PURPOSE, { subject: 'user-42' });
    await Promise.all(Array.from({ length: 20 }, () => preVerify(token, PURPOSE)));
    expect(fetched).to.deep.equal([`${service.url}/.well-known/jwks.json`]);
    for (let index = 0; index < 50; index++) {
      const unknown = await forge({}, { kid: `unknown-${index}` });
      expect((await preVerify(unknown, PURPOSE)).plausible).to.equal(false);
    }
    expect(fetched.length).to.equal(1);
  });

  it('cannot say when it cannot get the keys', async () => {
    const elsewhere = await startScripted(answer(200, { keys: [] }));
    onClose(elsewhere.close);
    const scripts = [
      answer(503, ''),
      answer(200, '<!doctype html>'),
      answer(200, { keys: 'none' }),
      answer(200, ' '.repeat(1_000_000)),
      answer(302, '', { Location: elsewhere.url }),
    ];
    const token = await forge();
    for (const script of scripts) {
      const { url, close } = await startScripted(script);
      onClose(close);
      const error = await errorOf(createPreVerifier({ url, issuer: ISSUER })(token, PURPOSE));
      expect(error.code).to.equal('ledger_unavailable');
    }
    expect(elsewhere.asked).to.deep.equal([]);
  });

  it('does not wait for keys for ever', async () => {
    const { url, close } = await startScripted(hang);
    onClose(close);
    const began = performance.now();
    const error = await errorOf(createPreVerifier({ url, issuer: ISSUER })(await forge(), PURPOSE));
    expect(error.code).to.equal('ledger_unavailable');
    expect(performance.now() - began).to.be.below(30_000);
  });
});
