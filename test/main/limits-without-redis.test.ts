import { expect } from 'chai';
import { visit } from '../http/link-page.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, type ServiceProcess, startService } from '../support/service.ts';

const QUOTA = { count: 4, per: '10m' };
const DEAD = `/l/${'A'.repeat(22)}`;

describe('the limits of a service whose Redis is gone', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    const purposes = {
      limited: { audience: 'app', lifetime: '5m', limit: QUOTA },
      plain: { audience: 'app', lifetime: '5m' },
    };
    const callers = {
      main: { mint: ['limited', 'plain'] },
      slow: { mint: ['plain'], limit: { count: 1000, per: '10m' } },
    };
    const ledger = { redis: redis.url, timeoutMs: 200 };
    const limits = { link: QUOTA, caller: QUOTA };
    const deployment = await makeDeployment({ purposes, ledger, limits }, callers);
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
  });

  const mint = (as: string | null, purpose: string) =>
    call(service, 'POST', '/v1/tokens', { as, body: { purpose, subject: 'user-42' } });

  async function statusesOf(ask: () => Promise<{ readonly status: number }>): Promise<number[]> {
    const statuses: number[] = [];
    for (let calls = 0; calls < QUOTA.count + 2; calls++) statuses.push((await ask()).status);
    return statuses;
  }

  it('refuse with ledger_unavailable what needs the ledger, and insure people and strangers', async () => {
    expect((await mint('slow', 'plain')).status).to.equal(201);
    // Used up in Redis: what insures is asked anew once Redis is gone, and was never asked before.
    expect(await statusesOf(() => mint(null, 'plain'))).to.deep.equal([401, 401, 401, 401, 429, 429]);
    redis.process().kill('SIGKILL');
    await redis.process().exited();
    for (const [as, purpose] of [
      ['main', 'limited'],
      ['slow', 'plain'],
    ] as const) {
      const { status, json } = await mint(as, purpose);
      expect([status, json.code], purpose).to.deep.equal([503, 'ledger_unavailable']);
    }
    expect(await statusesOf(() => mint(null, 'plain'))).to.deep.equal([401, 401, 401, 401, 429, 429]);
    expect(await statusesOf(() => visit(service, DEAD))).to.deep.equal([503, 503, 503, 503, 429, 429]);
  });

  it('count in Redis again when it is back', async () => {
    await redis.restart();
    const answers = async () => (await mint('main', 'limited')).status !== 503;
    while (!(await answers())) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await statusesOf(() => mint(null, 'plain'))).to.deep.equal([401, 401, 401, 401, 429, 429]);
    expect(await statusesOf(() => mint('main', 'limited'))).to.deep.equal([201, 201, 201, 429, 429, 429]);
  });
});
