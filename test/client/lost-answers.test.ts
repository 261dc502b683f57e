import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type Client, createClient } from '../../src/client/index.ts';
import { MatchstickError } from '../../src/errors.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { type Deployment, makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { freePort, type RedisServer, startRedis } from '../support/redis-server.ts';
import { type ServiceProcess, startService } from '../support/service.ts';

const PURPOSE = 'password-reset';
const TIMEOUT_MS = 60_000;

describe('a client whose answers are lost after the burn', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let deployment: Deployment;
  let port: number;
  let service: ServiceProcess;
  let proxy: CuttingProxy;
  /** Its calls always arrive. */
  let direct: Client;
  /** Its answers can be lost. */
  let client: Client;

  const start = () => startService(deployment, { PORT: String(port) });
  const as = (caller: string, at: number) =>
    createClient({
      url: `http://127.0.0.1:${at}`,
      key: deployment.callerKeys[caller] ?? '',
      timeoutMs: TIMEOUT_MS,
      retries: 100,
    });
  const mint = async () => (await direct.mint(PURPOSE, { subject: 'user-42' })).token;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    deployment = await makeDeployment({ ledger: { redis: redis.url } }, TEST_CALLERS);
    onClose(deployment.close);
    port = await freePort();
    service = await start();
    onClose(() => service.close());
    proxy = await startCuttingProxy(port);
    onClose(proxy.close);
    direct = as('main', port);
    client = as('main', proxy.port);
  });

  it('gets the first answer by asking again, wherever the answer was cut', async () => {
    for (let octets = 0; octets < 700; octets += 70) {
      const token = await mint();
      const cutsBefore = proxy.cuts();
      proxy.cutRepliesAfter(octets, 1);
      const redemption = await client.redeem(token, PURPOSE);
      expect(proxy.cuts()).to.equal(cutsBefore + 1);
      expect(redemption).to.include({ state: 'burned', subject: 'user-42', usesLeft: 0 });
      const { redeemedAt } = await direct.inspect(token);
      expect(redemption.redeemedAt).to.equal(redeemedAt);
    }
  });

  it('gets the first answer from a service that was killed in between and came back', async () => {
    const token = await mint();
    proxy.swallowReplies(true);
    const asking = client.redeem(token, PURPOSE);
    let seen = await direct.inspect(token);
    while (seen.state !== 'burned') seen = await direct.inspect(token);
    await service.close();
    proxy.swallowReplies(false);
    service = await start();
    const redemption = await asking;
    expect(redemption.redeemedAt).to.equal(seen.redeemedAt);
    const error: unknown = await direct.redeem(token, PURPOSE).catch((thrown: unknown) => thrown);
    expect(error).to.be.an.instanceOf(MatchstickError).with.property('code', 'token_burned');
  });

  it('tells the attempt when its time is over, and that attempt gets the answer later', async () => {
    const token = await mint();
    const hasty = createClient({
      url: `http://127.0.0.1:${proxy.port}`,
      key: deployment.callerKeys.main ?? '',
      timeoutMs: 300,
    });
    proxy.swallowReplies(true);
    const error: unknown = await hasty.redeem(token, PURPOSE).catch((thrown: unknown) => thrown);
    proxy.swallowReplies(false);
    if (!(error instanceof MatchstickError) || error.attempt === undefined) throw error;
    expect(error.code).to.equal('ledger_unavailable');
    const { attempt } = error;
    expect(await client.redeem(token, PURPOSE, { attempt })).to.include({ state: 'burned' });
  });

  it('is one of two clients that race at most, and one of them when all is over', async () => {
    const rivals = [client, as('other', proxy.port)];
    for (let round = 0; round < 30; round++) {
      const token = await mint();
      proxy.cutRepliesAfter((round * 37) % 500, 1 + (round % 3));
      const answers = await Promise.allSettled(rivals.map((rival) => rival.redeem(token, PURPOSE)));
      const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
      expect(refused, `round ${round}`).to.deep.equal(['token_burned']);
    }
    proxy.cutRepliesAfter(Number.POSITIVE_INFINITY, 0);
  });

  it('ends holds, and uses a token once, although answers are cut', async () => {
    for (let octets = 0; octets < 500; octets += 100) {
      let runs = 0;
      const token = await mint();
      proxy.cutRepliesAfter(octets, 2);
      await client.use(token, PURPOSE, () => {
        runs++;
        proxy.cutRepliesAfter(octets, 1);
      });
      expect(runs).to.equal(1);
      expect((await direct.inspect(token)).state).to.equal('burned');
    }
  });

  it('mints all the same', async () => {
    proxy.cutRepliesAfter(100, 2);
    const orders = Array.from({ length: 100 }, () => ({ subject: randomUUID() }));
    const minted = await client.mintMany(PURPOSE, orders);
    expect(minted.map(({ subject }) => subject)).to.deep.equal(orders.map(({ subject }) => subject));
    for (const { token } of minted.slice(0, 3)) {
      expect((await client.redeem(token, PURPOSE)).state).to.equal('burned');
    }
  });
});
