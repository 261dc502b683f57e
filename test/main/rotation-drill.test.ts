import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { until } from '../faults/support/replication.ts';
import { pause } from '../faults/support/workload.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { scriptFile } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { firstOf } from '../support/soak.ts';
import { end, urlOf } from './start-main.ts';

const PROGRAM = fileURLToPath(new URL('./brief-keys.ts', import.meta.url));
const CALLERS = { ...TEST_CALLERS, ops: { operator: true } };
const SECRET = Buffer.alloc(32, 7).toString('base64url');
const ROTATIONS = 3;
/** Before each token of a client: the clients wait for keys, and not keys for them. */
const BREATH_MS = 40;

describe('the rotation drill', function () {
  this.timeout(180_000);
  const onClose = cleanupAfter(after);
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
    onClose(redis.close);
  });

  async function start(deployment: Deployment): Promise<ServiceProcess> {
    const child = startChild(process.execPath, [scriptFile(PROGRAM)], {
      env: { ...process.env, HOST: '', PORT: '0', MATCHSTICK_CONFIG: deployment.configPath },
    });
    onClose(() => end(child));
    return { url: await urlOf(child), process: child, deployment, close: () => end(child) };
  }

  /** A verifier elsewhere: it asks an instance for the JWK Set only when the time is over that the last answer allowed. */
  function verifier(services: readonly ServiceProcess[]) {
    let fetched = 0;
    let cached: { readonly untilMs: number; readonly keys: ReturnType<typeof createLocalJWKSet> } | undefined;
    return {
      verify: async (token: string): Promise<string> => {
        if (!cached || performance.now() >= cached.untilMs) {
          const service = services[fetched++ % services.length];
          if (!service) throw new Error('no service');
          const { json, headers } = await call(service, 'GET', '/.well-known/jwks.json', { as: null });
          const [, seconds] = /max-age=(\d+)/.exec(headers.get('cache-control') ?? '') ?? [];
          cached = { untilMs: performance.now() + Number(seconds) * 1000, keys: createLocalJWKSet(json) };
        }
        const { protectedHeader } = await jwtVerify(token, cached.keys);
        return String(protectedHeader.kid);
      },
      fetched: () => fetched,
    };
  }

  const places = Object.entries({
    Redis: { keys: { in: 'redis', wrap: { secret: SECRET } } },
    'one file': {},
  });
  for (const [place, keys] of firstOf(places)) {
    it(`loses no good token and shows no unknown kid, with two instances and their keys in ${place}`, async () => {
      const deployment = await makeDeployment(
        {
          issuer: `https://drill-${place.length}.example.test`,
          ledger: { redis: redis.url, timeoutMs: 10_000 },
          ...keys,
        },
        CALLERS,
      );
      onClose(deployment.close);
      const services = [await start(deployment), await start(deployment)];
      const at = (index: number) => services[index % 2] as ServiceProcess;
      const wrong: string[] = [];
      const kids = new Set<string>();
      let redeemed = 0;
      let isOver = false;
      const elsewhere = verifier(services);
      const client = async (index: number) => {
        for (let round = index; !isOver; round++) {
          await pause(BREATH_MS);
          const token = await mintToken(at(round));
          await elsewhere.verify(token).then(
            (kid) => kids.add(kid),
            (error: Error) => wrong.push(`verified: ${error.message}`),
          );
          const answer = await redeemToken(at(round + 1), token);
          if (answer.status === 200) redeemed++;
          else wrong.push(`redeemed: ${answer.text}`);
        }
      };
      const clients = Array.from({ length: 4 }, (_, index) => client(index));
      for (let rotation = 0; rotation < ROTATIONS; rotation++) {
        const seen = kids.size;
        const { status, text } = await call(at(rotation), 'POST', '/v1/keys/rotate', { as: 'ops' });
        expect(status, text).to.equal(200);
        const before = redeemed;
        const enough = () => kids.size > seen && redeemed > before + 10;
        await until(async () => enough() || wrong.length > 0);
      }
      isOver = true;
      await Promise.all(clients);
      expect(wrong).to.deep.equal([]);
      expect(kids.size).to.be.at.least(ROTATIONS);
      expect(redeemed).to.be.above(10 * ROTATIONS);
      expect(elsewhere.fetched()).to.be.above(2);
    });
  }
});
