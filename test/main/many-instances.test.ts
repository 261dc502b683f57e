import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { dumpOf } from '../support/dump.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import {
  type Answered,
  call,
  mintToken,
  redeemToken,
  type ServiceProcess,
  startService,
} from '../support/service.ts';

/** RACE_ROUNDS=1000 for the long run. */
const ROUNDS = Number(process.env.RACE_ROUNDS ?? 3);
const RACERS = 200;

describe('four instances on one Redis', function () {
  this.timeout(60_000 + ROUNDS * 1000);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let deployment: Deployment;
  let services: readonly ServiceProcess[];

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    // 200 requests at once on a busy machine must not run out of time: that would be another refusal.
    deployment = await makeDeployment({ ledger: { redis: redis.url, timeoutMs: 30_000 } });
    onClose(deployment.close);
    services = await Promise.all(Array.from({ length: 4 }, () => startService(deployment)));
    for (const { close } of services) onClose(close);
  });

  const instance = (index: number): ServiceProcess => {
    const service = services[index % services.length];
    if (!service) throw new Error('no instance');
    return service;
  };

  it('share the key ring that was made when they started at once', async () => {
    const sets = await Promise.all(services.map((service) => call(service, 'GET', '/.well-known/jwks.json')));
    expect(sets[0]?.json.keys).to.have.length(2);
    for (const { json } of sets) expect(json).to.deep.equal(sets[0]?.json);
  });

  it('redeem what another one minted, and refuse it the second time', async () => {
    const token = await mintToken(instance(0));
    const first = await redeemToken(instance(1), token);
    expect(first.status, first.text).to.equal(200);
    const second = await redeemToken(instance(2), token);
    expect(second.status).to.equal(410);
    expect(second.json).to.include({ code: 'token_burned', redeemedAt: first.json.redeemedAt });
  });

  it(`let exactly one of ${RACERS} parallel redemptions through, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const token = await mintToken(instance(round));
      const race = Array.from({ length: RACERS }, (_, racer) => redeemToken(instance(racer), token));
      const answers = await Promise.all(race);
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
      expect(answers.filter(isBurned)).to.have.length(RACERS - 1);
    }
  });

  it('give one attempt the same answer at every instance', async () => {
    const token = await mintToken(instance(0));
    const headers = { 'Idempotency-Key': 'order-1701' };
    const answers = await Promise.all(
      [0, 1, 2, 3, 0, 1].map((index) => redeemToken(instance(index), token, { headers })),
    );
    for (const { status, json } of answers) {
      expect(status).to.equal(200);
      expect(json).to.deep.equal(answers[0]?.json);
    }
    expect((await redeemToken(instance(0), token, { headers, as: 'other' })).json.code).to.equal(
      'token_burned',
    );
  });

  it('all void what was minted before Redis lost its memory, and go on', async () => {
    const burned = await mintToken(instance(0));
    const unused = await mintToken(instance(1));
    expect((await redeemToken(instance(1), burned)).status).to.equal(200);
    await redis.command('FLUSHALL');
    for (const token of [burned, unused]) {
      const answer = await redeemToken(instance(2), token);
      expect(answer.status).to.equal(410);
      expect(answer.json.code).to.equal('token_void');
    }
    expect((await redeemToken(instance(3), await mintToken(instance(2)))).status).to.equal(200);
  });

  it('keep no token in Redis', async () => {
    const token = await mintToken(instance(0));
    await redeemToken(instance(1), token);
    const stored = await dumpOf(redis);
    expect(stored).to.include('token.redeemed');
    for (const part of token.split('.')) expect(stored).to.not.include(part);
    expect(stored).to.not.include('user-42');
  });
});

function isBurned({ status, json }: Answered): boolean {
  return status === 410 && json.code === 'token_burned';
}
