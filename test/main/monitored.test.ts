import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createDpopKey, dpopProof, thumbprintOf } from '../../src/client/index.ts';
import { attemptIn, leadIn, mintLink, pressButton, visit } from '../http/link-page.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, type ServiceProcess, startService } from '../support/service.ts';

const APP = 'https://app.example.test';
const URL_BOUND_TO = 'https://billing.example.test/charges?customer=77';
const PURPOSES = {
  reset: { audience: APP, lifetime: '15m', live: 1, link: { then: `${APP}/reset`, code: true } },
  call: {
    audience: APP,
    lifetime: '60s',
    uses: 2,
    bind: { session: 'optional', key: 'optional', request: 'optional' },
    claims: { type: 'object', properties: { email: { type: 'string' } } },
    sealed: ['email'],
  },
};
const SUBJECT = 'the-subject-of-it-all';
const SESSION = 'the-session-of-it-all';
const EMAIL = 'ada@example.test';
const NAMED = 'the-attempt-of-it-all';

describe('whoever watches what Redis is asked', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;
  /** Every argument of every command, those inside of scripts included. */
  const watched: string[] = [];
  let monitor: Redis;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    const rights = { mint: ['reset', 'call'], redeem: ['reset', 'call'], inspect: true, revoke: true };
    const limits = { link: { count: 60, per: '1m' }, caller: { count: 60, per: '1m' } };
    const settings = { ledger: { redis: redis.url }, purposes: PURPOSES, limits };
    const deployment = await makeDeployment(settings, { main: rights });
    onClose(deployment.close);
    const client = new Redis(redis.url);
    onClose(() => client.disconnect());
    monitor = await client.monitor();
    onClose(() => monitor.disconnect());
    monitor.on('monitor', (_time: string, args: readonly string[]) => watched.push(...args));
    service = await startService(deployment);
    onClose(service.close);
  });

  const ask = async (path: string, body: unknown, status: number) => {
    const answer = await call(service, 'POST', path, { body, headers: { 'Idempotency-Key': NAMED } });
    expect(answer.status, answer.text).to.equal(status);
    return answer.json;
  };

  /** A link from its mint to its collection. Gives what nobody may see of it. */
  async function followLink(): Promise<readonly string[]> {
    const { token, url, code = '', path } = await mintLink(service, { purpose: 'reset', subject: SUBJECT });
    const page = await visit(service, path);
    const attempt = attemptIn(page);
    const wrong = code.replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    await pressButton(service, path, { attempt, code: wrong });
    const pressed = await pressButton(service, path, { attempt, code });
    const id = new URL(leadIn(pressed)).searchParams.get('redemption') ?? '';
    await ask(`/v1/redemptions/${id}/collect`, {}, 200);
    return [...partsOf(token), url.slice(-22), attempt, id, code, wrong];
  }

  /** A bound token with sealed claims, held, committed and redeemed again. */
  async function useBound(): Promise<readonly string[]> {
    const key = await createDpopKey();
    const request = { method: 'POST', url: URL_BOUND_TO };
    const bind = { session: SESSION, key: await thumbprintOf(key), request };
    const order = { purpose: 'call', subject: SUBJECT, bind, claims: { email: EMAIL } };
    const { token } = await ask('/v1/tokens', order, 201);
    const dpop = await dpopProof(key, { ...request, token });
    const redemption = { token, purpose: 'call', proof: { session: SESSION, request, dpop } };
    const held = await ask('/v1/redemptions', { ...redemption, hold: 60 }, 200);
    await ask(`/v1/redemptions/${held.redemptionId}/commit`, {}, 200);
    await ask('/v1/redemptions', { ...redemption, proof: { session: 'another', request } }, 403);
    await ask('/v1/tokens/inspect', { token }, 200);
    await ask('/v1/revocations', { token }, 200);
    await ask('/v1/revocations', { subject: SUBJECT }, 200);
    return [...partsOf(token), ...partsOf(dpop), held.redemptionId];
  }

  it('J6: sees no token, proof, reference, code, key, session, subject or claim', async () => {
    const secrets = [...(await followLink()), ...(await useBound())];
    await call(service, 'POST', '/v1/tokens', { as: null, body: {} });
    await redis.command('ECHO', 'the-end');
    while (!watched.includes('the-end')) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(watched.length, 'much was asked').to.be.greaterThan(300);
    const callerKey = service.deployment.callerKeys.main ?? '';
    const texts = [SUBJECT, SESSION, EMAIL, NAMED, URL_BOUND_TO, callerKey];
    const isCode = (secret: string) => /^\d{6}$/.test(secret);
    // Six digits may stand in a time or a digest by chance.
    const everything = watched.join('\n');
    for (const secret of [...secrets, ...texts].filter((each) => !isCode(each))) {
      expect(secret.length).to.be.greaterThan(10);
      expect(everything.includes(secret), secret.slice(0, 12)).to.equal(false);
    }
    for (const code of secrets.filter(isCode)) expect(watched).to.not.include(code);
  });
});

/** The parts of a JWS that are no other's, which its header is. */
function partsOf(jws: string): readonly string[] {
  return jws.split('.').slice(1);
}
