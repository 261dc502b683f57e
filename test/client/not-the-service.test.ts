import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { clientOf, errorOf, MINTED, REDEMPTION, REDEMPTION_ID, TOKEN } from './example.ts';
import { answer, problem, type Script, startScripted } from './scripted-service.ts';

const HTML = { 'Content-Type': 'text/html' };
const PAGE = '<!doctype html><title>Sign in</title>';
const PROBLEM = { 'Content-Type': 'application/problem+json' };

function without(name: string): object {
  return Object.fromEntries(Object.entries(REDEMPTION).filter(([key]) => key !== name));
}

/** Answers to a redemption that are none. The service gives none of them. */
const NO_REDEMPTIONS: Readonly<Record<string, Script>> = {
  'a page': answer(200, PAGE, HTML),
  'a page that says that it is JSON': answer(200, PAGE),
  'a redemption that says that it is a page': answer(200, REDEMPTION, HTML),
  'a redemption without a type': (_request, response) => response.end(JSON.stringify(REDEMPTION)),
  'a redemption with another status': answer(202, REDEMPTION),
  'a redemption as an error': answer(500, REDEMPTION),
  'nothing, with 200': answer(200, ''),
  'nothing, with 204': (_request, response) => response.writeHead(204).end(),
  null: answer(200, 'null'),
  true: answer(200, 'true'),
  'a list': answer(200, [REDEMPTION]),
  'half of it': answer(200, JSON.stringify(REDEMPTION).slice(0, -9)),
  'two of them': answer(200, JSON.stringify(REDEMPTION).repeat(2)),
  'octets that are no UTF-8': (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(Buffer.from(JSON.stringify({ ...REDEMPTION, subject: 'ü' }), 'latin1'));
  },
  'a minted token': answer(200, MINTED),
  'what became of a hold': answer(200, { ...without('state'), state: 'released' }),
  'another purpose': answer(200, { ...REDEMPTION, purpose: 'file-download' }),
  'another audience': answer(200, { ...REDEMPTION, audience: 'https://other.example.test' }),
  'a time that is none': answer(200, { ...REDEMPTION, redeemedAt: 'now' }),
  'claims that are none': answer(200, { ...REDEMPTION, claims: [] }),
  'uses that are none': answer(200, { ...REDEMPTION, usesLeft: -1 }),
  'something opened that is no request': answer(200, { ...REDEMPTION, opens: { url: 'https://x.test' } }),
  'a problem that is a page': answer(410, PAGE, PROBLEM),
  'a problem with 200': problem('token_burned', 200),
  'a problem of somebody else': answer(403, { type: 'about:blank', status: 403, detail: 'No.' }, PROBLEM),
  'a problem with the status of another': problem('token_burned', 400),
  'a problem that names two statuses': answer(
    410,
    { type: 'urn:matchstick:problem:token_burned', status: 400, code: 'token_burned', detail: 'No.' },
    PROBLEM,
  ),
  'a redirect': answer(302, '', { Location: '/elsewhere' }),
  'a redirect without a place': answer(307, ''),
  'not modified': (_request, response) => response.writeHead(304).end(),
};

describe('a client that is not answered by the service', () => {
  const onClose = cleanupAfter(afterEach);

  async function start(...scripts: readonly Script[]) {
    const service = await startScripted(...scripts);
    onClose(service.close);
    return service;
  }

  for (const [what, script] of Object.entries(NO_REDEMPTIONS)) {
    it(`takes no redemption from ${what}, and does not ask again`, async () => {
      const service = await start(script);
      const { audience } = REDEMPTION;
      const error = await errorOf(clientOf(service).redeem(TOKEN, 'password-reset', { audience }));
      expect(error.code).to.equal('ledger_unavailable');
      expect(error.message).to.match(/^The service at http:\/\/127\.0\.0\.1:\d+ gave .*\.$/);
      expect(error.attempt).to.be.a('string');
      expect(service.asked.length).to.equal(1);
    });
  }

  for (const name of Object.keys(REDEMPTION)) {
    it(`takes no redemption that lacks ${name}`, async () => {
      const service = await start(answer(200, without(name)));
      const error = await errorOf(clientOf(service).redeem(TOKEN, 'password-reset'));
      expect(error.code).to.equal('ledger_unavailable');
    });
  }

  it('takes the redemption itself, and what a later version adds to it', async () => {
    const service = await start(answer(200, { ...REDEMPTION, addedLater: 1 }));
    const redemption = await clientOf(service).redeem(TOKEN, 'password-reset');
    expect(redemption).to.include({ redemptionId: REDEMPTION_ID, state: 'burned' });
  });

  it('takes no answer of another call for the one that it made', async () => {
    const minted = clientOf(await start(answer(201, MINTED)));
    const redeemed = clientOf(await start(answer(200, REDEMPTION)));
    const calls = [
      () => minted.mint('file-download', { subject: 'user-42' }),
      () => minted.mint('password-reset', { subject: 'user-43' }),
      () => minted.mintMany('password-reset', [{ subject: 'user-42' }]),
      () => redeemed.release(REDEMPTION_ID),
      () => redeemed.collect(REDEMPTION.jti),
      () => redeemed.inspect(TOKEN),
      () => redeemed.inspect({ jti: REDEMPTION.jti }),
      () => redeemed.revoke({ token: TOKEN }),
    ];
    for (const call of calls) expect((await errorOf(call())).code).to.equal('ledger_unavailable');
  });

  it('takes no other number of tokens than it asked for, and not in another order', async () => {
    const other = { ...MINTED, subject: 'user-43' };
    const orders = [{ subject: 'user-42' }, { subject: 'user-43' }];
    for (const tokens of [[MINTED], [MINTED, other, other], [other, MINTED], 'none', undefined]) {
      const client = clientOf(await start(answer(201, { tokens })));
      expect((await errorOf(client.mintMany('password-reset', orders))).code).to.equal('ledger_unavailable');
    }
    const client = clientOf(await start(answer(201, { tokens: [MINTED, other] })));
    expect(await client.mintMany('password-reset', orders)).to.have.length(2);
  });

  it('does not take a commit for a release', async () => {
    const settled = { redemptionId: REDEMPTION_ID, state: 'burned', jti: REDEMPTION.jti };
    const client = clientOf(await start(answer(200, settled)));
    expect((await client.commit(REDEMPTION_ID)).state).to.equal('burned');
    expect((await errorOf(client.release(REDEMPTION_ID))).code).to.equal('ledger_unavailable');
  });

  it('reads no more of a body than any answer has', async () => {
    let sent = 0;
    const service = await start((_request, response) => {
      const chunk = Buffer.alloc(65_536, ' ');
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const more = () => {
        while (sent < 100_000_000 && !response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) return response.once('drain', more);
        }
        return response.end();
      };
      more();
    });
    const error = await errorOf(clientOf(service).redeem(TOKEN, 'password-reset'));
    expect(error.message).to.match(
      /^The service at http:\/\/127\.0\.0\.1:\d+ gave more than any answer has\./,
    );
    expect(sent).to.be.below(20_000_000);
    expect(service.asked.length).to.equal(1);
  });

  it('follows no redirect with the key or the token', async () => {
    const elsewhere = await start(answer(200, REDEMPTION));
    for (const status of [301, 302, 303, 307, 308]) {
      const service = await start(answer(status, '', { Location: `${elsewhere.url}/v1/redemptions` }));
      const client = clientOf(service);
      expect((await errorOf(client.redeem(TOKEN, 'password-reset'))).code).to.equal('ledger_unavailable');
      expect((await errorOf(client.collect(REDEMPTION_ID))).code).to.equal('ledger_unavailable');
    }
    expect(elsewhere.asked).to.deep.equal([]);
  });

  it('says which service did not answer, without path, query and what was sent', async () => {
    const service = await start(answer(200, REDEMPTION));
    await service.close();
    const options = { url: `${service.url}/behind/a-path`, retries: 0 };
    const error = await errorOf(clientOf(service, options).redeem(TOKEN, 'password-reset'));
    expect(error.code).to.equal('ledger_unavailable');
    const { origin } = new URL(service.url);
    expect(
      error.message.startsWith(`The service at ${origin} did not answer. Reason: ECONNREFUSED.`),
    ).to.equal(true);
    expect(error.message).to.not.include('behind');
  });
});
