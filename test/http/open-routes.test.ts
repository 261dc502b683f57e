import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose';
import { cleanupAfter } from '../support/cleanup.ts';
import { freePort } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { expectCommonHeaders, expectProblem, expectSuccess } from './expect-answer.ts';
import { runService } from './run-service.ts';

const IN_MEMORY = {
  part: 'ledger',
  code: 'memory',
  detail:
    'The ledger is the memory of this process: its tokens are void when it ends, and no other instance knows of them. Set ledger.redis to keep it in Redis.',
};

describe('the routes that are open to everybody', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let signingByEd25519: ServiceProcess;
  let cutOff: ServiceProcess;

  before(async () => {
    const redis = `redis://127.0.0.1:${await freePort()}`;
    [service, signingByEd25519, cutOff] = await Promise.all([
      runService(onClose),
      runService(onClose, { keys: { file: './keys.json', algorithm: 'Ed25519' } }),
      runService(onClose, { ledger: { redis, timeoutMs: 100 } }),
    ]);
  });

  it('GET /healthz answers that the process is alive, with and without a key', async () => {
    for (const as of [null, 'main', 'auditor']) {
      expect(expectSuccess(await call(service, 'GET', '/healthz', { as }), 200)).to.deep.equal({
        status: 'alive',
      });
    }
  });

  it('GET /readyz answers that requests can be served', async () => {
    for (const as of ['main', 'auditor']) {
      const body = expectSuccess(await call(service, 'GET', '/readyz', { as }), 200);
      expect(body).to.deep.equal({ ready: true, reasons: [], warnings: [IN_MEMORY] });
    }
  });

  it('GET /readyz tells strangers nothing else, whatever key they show', async () => {
    for (const Authorization of ['', 'Bearer nonsense', `Bearer ms_main_${'A'.repeat(43)}`, 'Basic eDp5']) {
      const headers = Authorization === '' ? {} : { Authorization };
      for (const [at, status] of [
        [service, 200],
        [cutOff, 503],
      ] as const) {
        const body = expectSuccess(await call(at, 'GET', '/readyz', { as: null, headers }), status);
        expect(body).to.deep.equal({ ready: status === 200 });
      }
    }
  });

  it('GET /.well-known/jwks.json gives the public part of the key in the file, and may be cached', async () => {
    const answer = await call(service, 'GET', '/.well-known/jwks.json', { as: null });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.equal('application/jwk-set+json');
    expectCommonHeaders(answer, 'public, max-age=300');
    const file = JSON.parse(await readFile(join(service.deployment.folder, 'keys.json'), 'utf8'));
    const { kid, d } = file.keys[0];
    const published = file.keys.map(({ x, y, kid }: Record<string, string>) => ({
      ...{ kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' },
    }));
    expect(published).to.have.length(2);
    expect(answer.json).to.deep.equal({ keys: published });
    expect(d).to.be.a('string').with.lengthOf(43);
    expect(answer.text).to.not.include(d);
    expect(await calculateJwkThumbprint(answer.json.keys[0])).to.match(new RegExp(`^${kid}`));
  });

  it('GET /.well-known/jwks.json gives a key of the configured algorithm, which signs', async () => {
    const [jwk] = (await call(signingByEd25519, 'GET', '/.well-known/jwks.json')).json.keys;
    expect(jwk).to.have.all.keys('kty', 'crv', 'x', 'kid', 'alg', 'use');
    expect(jwk).to.include({ kty: 'OKP', crv: 'Ed25519', alg: 'Ed25519' });
    const token = await mintToken(signingByEd25519);
    const { protectedHeader } = await compactVerify(token, await importJWK(jwk));
    expect(protectedHeader).to.deep.equal({ alg: 'Ed25519', kid: jwk.kid, typ: 'cap+jwt' });
    expect((await redeemToken(signingByEd25519, token)).status).to.equal(200);
  });

  describe('while the ledger does not answer', () => {
    it('GET /readyz answers 503 with the part that cannot and why', async () => {
      const answer = await call(cutOff, 'GET', '/readyz');
      const body = expectSuccess(answer, 503);
      expect(body).to.have.all.keys('ready', 'reasons', 'warnings');
      expect(body.ready).to.equal(false);
      expect(body.reasons).to.be.an('array').with.lengthOf(1);
      const [reason] = answer.json.reasons;
      expect(reason).to.have.all.keys('part', 'code', 'detail');
      expect(reason).to.include({ part: 'ledger', code: 'ledger_unavailable' });
    });

    it('GET /healthz and the keys are there all the same', async () => {
      for (const path of ['/healthz', '/.well-known/jwks.json']) {
        expect((await call(cutOff, 'GET', path)).status).to.equal(200);
      }
    });

    it('every call that needs it is answered 503 with Retry-After, and the log says which', async () => {
      for (const [path, body] of [
        ['/v1/tokens', { purpose: 'password-reset', subject: 'u' }],
        ['/v1/tokens/batch', { tokens: [{ purpose: 'password-reset', subject: 'u' }] }],
      ] as const) {
        const headers = { 'X-Request-Id': `asked-${path.length}` };
        const answer = await call(cutOff, 'POST', path, { body, headers });
        expectProblem(answer, 'ledger_unavailable');
        expect(Number(answer.headers.get('retry-after'))).to.be.at.least(1);
        const [line = ''] = await cutOff.process.printed(
          new RegExp(`.*"requestId":"asked-${path.length}".*`),
        );
        const entry: unknown = JSON.parse(line);
        expect(entry).to.include({ event: 'request.failed', route: path, code: 'ledger_unavailable' });
      }
    });

    it('what is bad input or not allowed is refused as ever', async () => {
      const post = (body: unknown, as = 'main') => call(cutOff, 'POST', '/v1/tokens', { body, as });
      expectProblem(await post({ purpose: 'password-reset', subject: 'u' }, 'auditor'), 'caller_forbidden');
      expect((await post({})).json.code).to.equal('request_invalid');
    });
  });
});
