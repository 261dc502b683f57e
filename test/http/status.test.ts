import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { serviceStatus } from '../../src/contract/status-replies.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { ledgerFreeze } from '../../src/redis/freeze.ts';
import { until } from '../faults/support/replication.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { ISSUER } from '../support/deployment.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, type ServiceProcess } from '../support/service.ts';
import { expectProblem, expectSuccess } from './expect-answer.ts';
import { runService } from './run-service.ts';

const CALLERS = { main: { mint: ['password-reset'] }, ops: { operator: 'view' } };

describe('GET /v1/status and POST /v1/events/hash', () => {
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  let service: ServiceProcess;
  let inMemory: ServiceProcess;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    [service, inMemory] = await Promise.all([
      runService(onClose, { ledger: { redis: redis.url, timeoutMs: 2000 } }, CALLERS),
      runService(onClose, {}, CALLERS),
    ]);
  });

  const statusOf = async (at: ServiceProcess) =>
    serviceStatus.parse(expectSuccess(await call(at, 'GET', '/v1/status', { as: 'ops' }), 200));

  it('are for operators', async () => {
    expectProblem(await call(service, 'GET', '/v1/status'), 'caller_forbidden', { detail: /operators/ });
    const hashed = await call(service, 'POST', '/v1/events/hash', { body: { subject: 'user-42' } });
    expectProblem(hashed, 'caller_forbidden', { detail: /operators/ });
  });

  it('tell the hash by which events call a subject, and refuse what is no subject', async () => {
    await mintToken(service, { subject: 'anna' });
    const { hash } = expectSuccess(
      await call(service, 'POST', '/v1/events/hash', { as: 'ops', body: { subject: 'anna' } }),
      200,
    );
    await until(async () => {
      const query = `type=token.minted&subjectHash=${hash}`;
      const found = await call(service, 'GET', `/v1/events?${query}`, { as: 'ops' });
      return found.json.events.length === 1;
    });
    const wrong = await call(service, 'POST', '/v1/events/hash', { as: 'ops', body: { subject: 'a\u0000' } });
    expectProblem(wrong, 'request_invalid', { detail: /control/ });
  });

  it('tells of a ledger in memory with its one epoch', async () => {
    const { ledger, keys, events } = await statusOf(inMemory);
    expect(ledger).to.deep.include({ kind: 'memory', answers: true }).and.not.to.have.property('where');
    expect(ledger.shards).to.have.length(1);
    expect(ledger.shards[0]).to.include({ shard: 0, reason: 'no-epoch' });
    expect(keys.signing?.kid).to.be.a('string');
    expect(keys.next?.kid).to.be.a('string').and.not.equal(keys.signing?.kid);
    expect(events.keep).to.be.greaterThan(0);
  });

  it('tells of each shard in Redis, of a freeze and its end, and of a Redis that is a replica or does not answer', async () => {
    const { ledger } = await statusOf(service);
    expect(ledger).to.include({ kind: 'redis', answers: true });
    expect(ledger.where).to.include(`127.0.0.1:${redis.port}`);
    expect(ledger.shards.map(({ shard, reason }) => [shard, reason])).to.deep.equal(
      [0, 1, 2, 3].map((shard) => [shard, 'no-epoch']),
    );
    const monotonicMs = () => performance.now();
    const connection = connectLedger({ url: redis.url }, { timeoutMs: 5000, monotonicMs });
    onClose(connection.close);
    const options = {
      connection,
      namespace: 'matchstick',
      issuer: ISSUER,
      shards: 4,
      randomBytes,
      monotonicMs,
    };
    await ledgerFreeze(options).freeze('ticket', 60);
    const frozen = (await statusOf(service)).ledger.shards;
    for (const { frozenSince = '', frozenUntil = '' } of frozen)
      expect(Date.parse(frozenUntil) - Date.parse(frozenSince)).to.equal(60_000);
    await ledgerFreeze(options).thaw('ticket');
    expect((await statusOf(service)).ledger.shards).to.deep.equal(ledger.shards);
    await connection.close();
    expect(ledger).to.not.have.property('unfit');
    await redis.command('REPLICAOF', '127.0.0.1', '1');
    await until(async () => (await statusOf(service)).ledger.unfit !== undefined);
    const { ledger: unfit } = await statusOf(service);
    expect(unfit.unfit).to.match(/^role: is a replica/);
    expect(unfit.answers).to.equal(true);
    await redis.close();
    const gone = (await statusOf(service)).ledger;
    expect(gone).to.deep.include({ answers: false, shards: [] });
    expect(gone.reason).to.be.a('string').and.not.equal('');
  });
});
