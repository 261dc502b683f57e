import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { clientOf, errorOf, MINTED, REDEMPTION, REDEMPTION_ID, TOKEN } from './example.ts';
import {
  answer,
  cut,
  hang,
  problem,
  type Script,
  type ScriptedService,
  startScripted,
} from './scripted-service.ts';

const REDEEMED = answer(200, REDEMPTION);
const UNAVAILABLE = problem('ledger_unavailable', 503);

/** Far above any time-out here, for a loaded machine; far below waiting for ever. */
const PATIENCE_MS = 20_000;

function attemptsAt({ asked }: ScriptedService): readonly (string | string[] | undefined)[] {
  return asked.map(({ headers }) => headers['idempotency-key']);
}

describe('a client whose calls get no answer', () => {
  const onClose = cleanupAfter(afterEach);

  async function start(...scripts: readonly Script[]) {
    const service = await startScripted(...scripts);
    onClose(service.close);
    return service;
  }

  const passing: Readonly<Record<string, Script>> = {
    'a connection that is cut': cut,
    'an answer that is cut in the middle': (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '500' });
      response.write('{"redemptionId":', () => response.destroy());
    },
    'an unavailable ledger': UNAVAILABLE,
    'too many requests': problem('rate_limited', 429),
    "a gateway's 502": answer(502, '<h1>Bad gateway</h1>', { 'Content-Type': 'text/html' }),
    "a gateway's 503": answer(503, ''),
    "a gateway's 504": answer(504, 'upstream request timeout', { 'Content-Type': 'text/plain' }),
  };

  for (const [what, script] of Object.entries(passing)) {
    it(`redeems under the same attempt after ${what}`, async () => {
      const service = await start(script, script, REDEEMED);
      const redemption = await clientOf(service).redeem(TOKEN, 'password-reset');
      expect(redemption.redemptionId).to.equal(REDEMPTION_ID);
      const [first, ...others] = attemptsAt(service);
      expect(first).to.be.a('string').that.has.length(36);
      expect(others).to.deep.equal([first, first]);
      expect(new Set(service.asked.map(({ body }) => body)).size).to.equal(1);
    });
  }

  it('redeems under the attempt that it was given', async () => {
    const service = await start(cut, REDEEMED);
    await clientOf(service).redeem(TOKEN, 'password-reset', { attempt: 'try-7' });
    expect(attemptsAt(service)).to.deep.equal(['try-7', 'try-7']);
    expect(JSON.parse(service.asked[0]?.body ?? '')).to.deep.equal({
      token: TOKEN,
      purpose: 'password-reset',
    });
  });

  it('draws another attempt for another call', async () => {
    const service = await start(REDEEMED);
    const client = clientOf(service);
    for (let call = 0; call < 3; call++) await client.redeem(TOKEN, 'password-reset');
    await client.collect(REDEMPTION_ID);
    expect(new Set(attemptsAt(service)).size).to.equal(4);
  });

  it('collects under the same attempt', async () => {
    const service = await start(cut, UNAVAILABLE, REDEEMED);
    await clientOf(service).collect(REDEMPTION_ID);
    const [first, ...others] = attemptsAt(service);
    expect(others).to.deep.equal([first, first]);
  });

  it('makes every other call again', async () => {
    const settled = { redemptionId: REDEMPTION_ID, jti: REDEMPTION.jti };
    const calls: readonly [object, number, (client: ReturnType<typeof clientOf>) => Promise<unknown>][] = [
      [MINTED, 201, (client) => client.mint('password-reset', { subject: 'user-42' })],
      [{ tokens: [MINTED] }, 201, (client) => client.mintMany('password-reset', [{ subject: 'user-42' }])],
      [{ ...settled, state: 'burned' }, 200, (client) => client.commit(REDEMPTION_ID)],
      [{ ...settled, state: 'released' }, 200, (client) => client.release(REDEMPTION_ID)],
      [{ active: false, state: 'void' }, 200, (client) => client.inspect(TOKEN)],
      [{ active: false, state: 'void' }, 200, (client) => client.inspect({ jti: REDEMPTION.jti })],
      [{ revoked: true, state: 'void', epoch: 'E' }, 200, (client) => client.revoke({ token: TOKEN })],
    ];
    for (const [body, status, call] of calls) {
      const service = await start(cut, UNAVAILABLE, answer(status, body));
      await call(clientOf(service));
      expect(service.asked.length).to.equal(3);
    }
  });

  it('ends with what it was told last, and the attempt that may ask again', async () => {
    const told = problem('ledger_unavailable', 503, {}, { 'Retry-After': '0', 'X-Request-Id': 'request-9' });
    const service = await start(told);
    const error = await errorOf(clientOf(service, { retries: 2 }).redeem(TOKEN, 'password-reset'));
    expect(error.code).to.equal('ledger_unavailable');
    expect(error.extras).to.deep.equal({ retryAfterSeconds: 0 });
    expect(error.requestId).to.equal('request-9');
    expect(attemptsAt(service)).to.deep.equal([error.attempt, error.attempt, error.attempt]);
  });

  it('is refused once by what is an answer', async () => {
    const answers: readonly [Script, string][] = [
      [problem('token_burned', 410, { redeemedAt: REDEMPTION.redeemedAt }), 'token_burned'],
      [problem('token_held', 409, { heldUntil: REDEMPTION.redeemedAt }), 'token_held'],
      [problem('caller_unknown', 401), 'caller_unknown'],
      [problem('internal', 500), 'internal'],
      [
        problem('request_invalid', 400, { errors: [{ path: 'token', message: 'is wrong' }, 1] }),
        'request_invalid',
      ],
      [problem('of_a_later_version', 422), 'internal'],
    ];
    for (const [script, code] of answers) {
      const service = await start(script);
      const error = await errorOf(clientOf(service).redeem(TOKEN, 'password-reset'));
      expect(error.code).to.equal(code);
      expect(service.asked.length).to.equal(1);
    }
  });

  it('brings back everything that a problem tells', async () => {
    const { redeemedAt } = REDEMPTION;
    const errors = [{ path: 'expiresIn', message: 'must be at least 1' }];
    const dotted = { path: 'claims.a.b', pointer: '#/claims/a.b', message: 'is required' };
    const told: readonly [Script, object][] = [
      [problem('token_burned', 410, { redeemedAt }), { redeemedAt }],
      [problem('token_held', 409, { heldUntil: redeemedAt }), { heldUntil: redeemedAt }],
      [problem('request_invalid', 400, { errors }), { errors: [{ ...errors[0], pointer: '#/expiresIn' }] }],
      [problem('request_invalid', 400, { errors: [dotted] }), { errors: [dotted] }],
      [problem('method_not_allowed', 405, {}, { Allow: 'GET, POST' }), { allow: ['GET', 'POST'] }],
      [problem('rate_limited', 429, {}, { 'Retry-After': '7' }), { retryAfterSeconds: 7 }],
    ];
    for (const [script, extras] of told) {
      const service = await start(script);
      const error = await errorOf(
        clientOf(service, { timeoutMs: 1000 }).mint('ticket', { subject: 'user-42' }),
      );
      expect(error.message).to.equal('Said so.');
      expect(error.extras).to.deep.equal(extras);
      expect(error.attempt).to.equal(undefined);
    }
  });

  it('does not ask again when it is told to wait longer than its time', async () => {
    const service = await start(problem('rate_limited', 429, {}, { 'Retry-After': '3600' }), REDEEMED);
    const began = performance.now();
    const error = await errorOf(clientOf(service).redeem(TOKEN, 'password-reset'));
    expect(error.code).to.equal('rate_limited');
    expect(performance.now() - began).to.be.below(PATIENCE_MS);
    expect(service.asked.length).to.equal(1);
  });

  it('waits as long as it is told to', async () => {
    const service = await start(problem('rate_limited', 429, {}, { 'Retry-After': '1' }), REDEEMED);
    const began = performance.now();
    await clientOf(service).redeem(TOKEN, 'password-reset');
    expect(performance.now() - began).to.be.at.least(1000);
  });

  const hanging: Readonly<Record<string, Script>> = {
    'says nothing': hang,
    'stops in the middle of its answer': (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write('{');
    },
  };

  for (const [what, script] of Object.entries(hanging)) {
    it(`gives up in its time when the service ${what}`, async () => {
      const service = await start(script);
      const began = performance.now();
      const error = await errorOf(clientOf(service, { timeoutMs: 600 }).redeem(TOKEN, 'password-reset'));
      expect(performance.now() - began).to.be.below(PATIENCE_MS);
      expect(error.code).to.equal('ledger_unavailable');
      expect(error.message).to.include('took too long');
      expect(service.asked.length).to.be.within(2, 3);
      expect(new Set(attemptsAt(service))).to.deep.equal(new Set([error.attempt]));
    });

    it(`asks again in time when a service that ${what} comes back`, async () => {
      const service = await start(script, REDEEMED);
      const redemption = await clientOf(service, { timeoutMs: 3000 }).redeem(TOKEN, 'password-reset');
      expect(redemption.redemptionId).to.equal(REDEMPTION_ID);
    });
  }

  it('gives up in its time with a fetch that does not listen', async () => {
    const never = () => new Promise<Response>(() => {});
    const client = clientOf({ url: 'https://cap.example.test' }, { timeoutMs: 200, fetch: never });
    expect((await errorOf(client.redeem(TOKEN, 'password-reset'))).code).to.equal('ledger_unavailable');
  });

  it('asks once when it is told not to try again', async () => {
    const service = await start(cut, REDEEMED);
    await errorOf(clientOf(service, { retries: 0 }).redeem(TOKEN, 'password-reset'));
    expect(service.asked.length).to.equal(1);
  });

  it('uses its connections again, also after refusals and retries', async () => {
    const service = await start(UNAVAILABLE, problem('token_burned', 410), REDEEMED);
    const client = clientOf(service);
    await errorOf(client.redeem(TOKEN, 'password-reset'));
    for (let call = 0; call < 50; call++) await client.redeem(TOKEN, 'password-reset');
    expect(service.asked.length).to.equal(52);
    // Node's fetch may open a second one before it knows that the first is free again.
    expect(service.connections()).to.be.at.most(3);
  });
});
