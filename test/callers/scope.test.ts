import { expect } from 'chai';
import { expectProblem, expectSuccess } from '../http/expect-answer.ts';
import { runService } from '../http/run-service.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_CALLERS } from '../support/deployment.ts';
import { call, type ServiceProcess } from '../support/service.ts';

const RESET = { purpose: 'password-reset', subject: 'user-42' };
const CALL = { purpose: 'service-call', subject: 'user-42', audience: 'billing' };

describe('a caller with a list of purposes', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    service = await runService(
      onClose,
      {},
      {
        ...TEST_CALLERS,
        main: { ...TEST_CALLERS.main, revoke: true },
        desk: {
          inspect: ['password-reset', 'file-download'],
          revoke: ['password-reset', 'file-download'],
        },
        nobody: { inspect: [], revoke: [] },
      },
    );
  });

  const mint = async (order: object) => (await call(service, 'POST', '/v1/tokens', { body: order })).json;
  const inspect = (body: object, as = 'desk') => call(service, 'POST', '/v1/tokens/inspect', { body, as });
  const revoke = (body: object, as = 'desk') => call(service, 'POST', '/v1/revocations', { body, as });
  const stateOf = async (token: string) => (await inspect({ token }, 'main')).json.state;
  const only = (right: string) =>
    new RegExp(`^The caller desk may ${right} only tokens of password-reset, file-download\\.`);

  it('inspects a token of a listed purpose, and is told nothing of any other', async () => {
    const [reset, other] = [await mint(RESET), await mint(CALL)];
    expect(expectSuccess(await inspect({ token: reset.token }), 200)).to.include({
      state: 'live',
      jti: reset.jti,
    });
    const refused = await inspect({ token: other.token });
    expectProblem(refused, 'caller_forbidden', { detail: only('inspect') });
    expect(refused.text).to.not.include(other.jti);
  });

  it('is told of what is no token that it is none', async () => {
    const { token } = await mint(CALL);
    for (const text of ['x', `${token}x`]) {
      expect((await inspect({ token: text })).json.state).to.equal('invalid');
    }
  });

  it('inspects nothing by jti, which does not say its purpose', async () => {
    const { jti } = await mint(RESET);
    for (const path of [`/v1/tokens/${jti}`, '/v1/tokens/nonsense']) {
      expectProblem(await call(service, 'GET', path, { as: 'desk' }), 'caller_forbidden', {
        detail:
          /only tokens of password-reset, file-download\. A jti does not say its purpose: send the token\.$/,
      });
    }
    expect((await call(service, 'GET', `/v1/tokens/${jti}`)).status).to.equal(200);
  });

  it('revokes a token of a listed purpose, and no other', async () => {
    const [reset, other] = [await mint(RESET), await mint(CALL)];
    expect((await revoke({ token: reset.token })).json.state).to.equal('revoked');
    expectProblem(await revoke({ token: other.token }), 'caller_forbidden', { detail: only('revoke') });
    expect(await stateOf(reset.token)).to.equal('revoked');
    expect(await stateOf(other.token)).to.equal('live');
  });

  it('revokes nothing by jti, also of a listed purpose', async () => {
    const { token, jti } = await mint(RESET);
    for (const named of [jti, 'nonsense']) {
      expectProblem(await revoke({ jti: named }), 'caller_forbidden', {
        detail: /A jti does not say its purpose: send the token\.$/,
      });
    }
    expect(await stateOf(token)).to.equal('live');
    expect((await revoke({ jti }, 'main')).json.state).to.equal('revoked');
  });

  it('revokes the tokens of a subject for a listed purpose, and only with its purpose', async () => {
    const subject = 'user-43';
    const [reset, other] = [await mint({ ...RESET, subject }), await mint({ ...CALL, subject })];
    expectProblem(await revoke({ subject }), 'caller_forbidden', {
      detail: /only tokens of password-reset, file-download\. Name one of them as the purpose\.$/,
    });
    for (const purpose of ['service-call', 'no-such-purpose']) {
      expectProblem(await revoke({ subject, purpose }), 'caller_forbidden', { detail: only('revoke') });
    }
    expect(await stateOf(reset.token)).to.equal('live');
    expect((await revoke({ subject, purpose: 'password-reset' })).status).to.equal(200);
    expect(await stateOf(reset.token)).to.equal('revoked');
    expect(await stateOf(other.token)).to.equal('live');
    expect((await revoke({ subject }, 'main')).status).to.equal(200);
    expect(await stateOf(other.token)).to.equal('revoked');
  });

  it('may do nothing if the list is empty', async () => {
    const { token } = await mint(RESET);
    expectProblem(await inspect({ token }, 'nobody'), 'caller_forbidden', {
      detail: /nobody may not inspect/,
    });
    expectProblem(await revoke({ token }, 'nobody'), 'caller_forbidden', { detail: /nobody may not revoke/ });
  });

  it('revokes nothing it may inspect, and inspects nothing it may revoke', async () => {
    const { token } = await mint(RESET);
    expectProblem(await revoke({ token }, 'auditor'), 'caller_forbidden', {
      detail: /auditor may not revoke/,
    });
    expect(await stateOf(token)).to.equal('live');
  });
});
