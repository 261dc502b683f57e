import { inspect } from 'node:util';
import { expect } from 'chai';
import { MatchstickError } from '../../src/errors.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { clientOf, KEY, MINTED, REDEMPTION, REDEMPTION_ID, TOKEN } from './example.ts';
import { answer, cut, type Script, startScripted } from './scripted-service.ts';

const LINK = 'https://cap.example.test/l/abcdefghijklmnopqrstuv';
const CODE = '493817';
const PRESIGNED = 'https://s3.example.test/b/k?X-Amz-Signature=0123456789abcdef';
const SECRETS = [TOKEN, KEY.slice(-43), REDEMPTION_ID, LINK, CODE, PRESIGNED];

/** Every way in which a value gets into a log. */
function printed(value: unknown): string {
  return [
    inspect(value, { depth: 10 }),
    inspect(value, { depth: 10, showHidden: true, getters: true }),
    inspect([value]),
    String(value),
    `${value}`,
    JSON.stringify(value),
  ].join('\n');
}

describe('what a client knows', () => {
  const onClose = cleanupAfter(afterEach);

  async function clientAt(script: Script, options: object = {}) {
    const service = await startScripted(script);
    onClose(service.close);
    return clientOf(service, options);
  }

  function expectNoSecret(text: string, secrets: readonly string[] = SECRETS): void {
    for (const secret of secrets) expect(text).to.not.include(secret);
  }

  it('is not printed with it', async () => {
    const client = clientOf({ url: 'https://cap.example.test' });
    expect(inspect(client)).to.equal('Client <https://cap.example.test>');
    expect(JSON.stringify(client)).to.equal('{}');
    expectNoSecret(printed(client));
    expectNoSecret(printed({ client, deeper: { client } }));
    expectNoSecret(inspect(Object.values(client), { showHidden: true, depth: 10 }));
  });

  it('is not printed with what it minted and redeemed, which JSON still has', async () => {
    const minting = await clientAt(answer(201, { ...MINTED, url: LINK, code: CODE }));
    const minted = await minting.mint('password-reset', { subject: 'user-42' });
    expectNoSecret(inspect(minted));
    expect(inspect(minted)).to.include('user-42').and.to.include('[concealed]');
    expect(JSON.parse(JSON.stringify(minted))).to.deep.equal({ ...MINTED, url: LINK, code: CODE });
    expect({ ...minted }).to.deep.equal({ ...MINTED, url: LINK, code: CODE });
    const opens = { url: PRESIGNED, method: 'GET', expiresAt: REDEMPTION.redeemedAt };
    const redeeming = await clientAt(answer(200, { ...REDEMPTION, opens }));
    const redemption = await redeeming.redeem(TOKEN, 'password-reset');
    expectNoSecret(inspect(redemption), [PRESIGNED]);
    expect(inspect(redemption)).to.include('GET');
    expect(redemption.opens?.url).to.equal(PRESIGNED);
  });

  it('is not told by errors', async () => {
    const shouting = () => {
      throw Object.assign(new Error(`no ${KEY}`, { cause: new Error(TOKEN) }), {
        code: `E ${TOKEN}`,
        config: KEY,
      });
    };
    const clients = [
      await clientAt(cut, { retries: 1 }),
      await clientAt(answer(200, { ...REDEMPTION, redemptionId: 'other', purpose: 'other', token: TOKEN })),
      await clientAt(answer(302, '', { Location: LINK })),
      await clientAt(answer(500, `${TOKEN} ${KEY}`)),
      clientOf({ url: 'https://cap.example.test' }, { fetch: shouting, retries: 1 }),
      clientOf({ url: 'https://cap.example.test' }, { fetch: shouting, retries: 0 }),
      clientOf({ url: 'http://127.0.0.1:1' }, { retries: 0 }),
    ];
    for (const client of clients) {
      const calls = [
        client.redeem(TOKEN, 'password-reset'),
        client.collect(REDEMPTION_ID),
        client.commit(REDEMPTION_ID),
        client.inspect(TOKEN),
        client.revoke({ token: TOKEN }),
        client.mint('password-reset', { subject: 'user-42' }),
        client.redeem(TOKEN, 'password-reset', { attempt: `a b ${TOKEN}` }),
        client.inspect({ jti: `${TOKEN}/..` }),
      ];
      for (const call of await Promise.allSettled(calls)) {
        if (call.status === 'fulfilled') throw new Error('it was answered');
        expect(call.reason).to.be.an.instanceOf(MatchstickError);
        expectNoSecret(printed(call.reason));
        expectNoSecret(String(call.reason.stack));
      }
    }
  });
});
