import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { unnamedAttempt } from '../../src/burn/attempt.ts';
import type { Deployment } from '../../src/burn/deployment.ts';
import { mint } from '../../src/burn/mint.ts';
import { redeem } from '../../src/burn/redeem.ts';
import { revokeToken } from '../../src/burn/revoke.ts';
import { retriedAttempts } from '../../src/contract/retried-attempts.ts';
import { MatchstickError } from '../../src/errors.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { parseKeyRing } from '../../src/keys/key-ring.ts';
import { processMemory } from '../../src/ledger/memory.ts';
import { connectLedger } from '../../src/redis/connection.ts';
import { redisLedger } from '../../src/redis/ledger.ts';
import { UNLIMITED } from '../burn/deployment-in-memory.ts';
import { burnOf, newTokenId, TOKEN_SUBJECT } from '../contract/burn-ledger.contract.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_LEDGER } from '../support/open-ledger.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type Tampering, tampered } from '../support/tampered-scripts.ts';

const LIFETIME_SECONDS = 300;
/** Back by so much, an epoch goes on. */
const STEP_SECONDS = 600;
/** What is remembered about subjects is kept by so many seconds, and so much longer than their end. */
const PERIOD_SECONDS = 7200;
const SUBJECTS_OUTLIVE_SECONDS = 4560;

describe('a token whose ledger’s clock is set', () => {
  const onClose = cleanupAfter(after);
  const clock: Tampering = {};
  let redis: RedisServer;
  let deployment: Deployment;

  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
    const monotonicMs = () => performance.now();
    const connection = tampered(connectLedger({ url: redis.url }, { timeoutMs: 1000, monotonicMs }), clock);
    const ledger = redisLedger({ ...TEST_LEDGER, connection, randomBytes, nowMs: Date.now, monotonicMs });
    onClose(() => ledger.close());
    const keys = JSON.stringify({ keys: [await generateKey('ES256', Date.now())] });
    deployment = {
      ledger,
      deposits: processMemory({ nowMs: Date.now, randomBytes }).deposits,
      openers: new Map(),
      keys: await parseKeyRing(keys, 'ES256'),
      issuer: 'https://cap.example.test',
      purposes: new Map([
        ['reset', { name: 'reset', audiences: ['app'], lifetimeSeconds: LIFETIME_SECONDS }],
      ]),
      clockToleranceSeconds: 0,
      ...UNLIMITED,
      retried: retriedAttempts(),
      randomBytes,
    };
  });

  beforeEach(() => {
    clock.clockSeconds = 0;
  });

  async function mintToken(): Promise<string> {
    const order = { purpose: 'reset', subject: 'user-42', audience: 'app', uses: 1 };
    return (await mint({ ...order, lifetimeSeconds: LIFETIME_SECONDS }, deployment)).minted.token;
  }

  async function outcome(token: string): Promise<string> {
    const attempt = unnamedAttempt('main', randomBytes);
    const answer = await redeem({ token, purpose: 'reset' }, attempt, deployment);
    return answer instanceof MatchstickError ? answer.code : 'redeemed';
  }

  it('is expired while the clock is ahead, and works when it is back, whoever asks', async () => {
    const token = await mintToken();
    clock.clockSeconds = STEP_SECONDS;
    expect(await outcome(token)).to.equal('token_expired');
    clock.clockSeconds = 0;
    expect(await outcome(token)).to.equal('redeemed');
    expect(await outcome(token)).to.equal('token_burned');
  });

  it('is early while the clock is behind, says for how long, and works when it has caught up', async () => {
    clock.clockSeconds = STEP_SECONDS;
    const token = await mintToken();
    clock.clockSeconds = STEP_SECONDS - 20;
    const error = await outcome(token).then(
      (told) => new Error(told),
      (thrown: unknown) => thrown,
    );
    expect(error).to.include({ code: 'ledger_unavailable' });
    expect(error).to.have.nested.property('extras.retryAfterSeconds').that.is.within(19, 21);
    clock.clockSeconds = STEP_SECONDS;
    expect(await outcome(token)).to.equal('redeemed');
  });

  it('can be revoked while the clock is behind, and stays revoked', async () => {
    clock.clockSeconds = STEP_SECONDS;
    const token = await mintToken();
    clock.clockSeconds = STEP_SECONDS - 20;
    expect(await revokeToken(token, () => undefined, deployment)).to.include({
      revoked: true,
      state: 'revoked',
    });
    expect(await outcome(token)).to.equal('token_revoked');
    clock.clockSeconds = STEP_SECONDS;
    expect(await outcome(token)).to.equal('token_revoked');
  });

  it('reads as unused after Redis has dropped what was remembered about subjects long before', async () => {
    await deployment.ledger.revokeSubject(TOKEN_SUBJECT.subject, 'another-purpose');
    const over =
      (Math.floor(Date.now() / 1000 / PERIOD_SECONDS) + 1) * PERIOD_SECONDS + SUBJECTS_OUTLIVE_SECONDS;
    const secondsTo = (second: number) => second - Math.floor(Date.now() / 1000);
    clock.clockSeconds = secondsTo(over + 100);
    const id = await newTokenId(deployment.ledger, 3600);
    clock.clockSeconds = secondsTo(over + 1400);
    for (const bucket of (await redis.command('KEYS', 'test:*:s:*')) as string[]) {
      await redis.command('DEL', bucket);
    }
    expect(await deployment.ledger.inspect(id, TOKEN_SUBJECT)).to.deep.equal({
      state: 'unrecorded',
      usesLeft: 1,
    });
    expect(await deployment.ledger.burn(burnOf(id))).to.include({ outcome: 'burned' });
  });

  it('is void when the clock went back by so much that the epoch ended', async () => {
    clock.clockSeconds = STEP_SECONDS;
    const token = await mintToken();
    clock.clockSeconds = -STEP_SECONDS;
    expect(await outcome(token)).to.equal('token_void');
  });
});
