import { join } from 'node:path';
import { createMatchstick } from '../../src/index.ts';
import { matchstickContract, type OpenMatchstick } from '../contract/matchstick.contract.ts';
import { CONTRACT_PURPOSES } from '../contract/matchstick-purposes.ts';
import { attemptIn, leadIn, pressButton, visit } from '../http/link-page.ts';
import { ISSUER, makeDeployment } from '../support/deployment.ts';
import { startRedis } from '../support/redis-server.ts';
import { startService } from '../support/service.ts';
import { purposes } from './contract-purposes.ts';

describe('Matchstick in process', () => {
  describe('with a ledger in memory', () => {
    matchstickContract(async (): Promise<OpenMatchstick> => {
      const matchstick = await createMatchstick({ issuer: ISSUER, name: 'main', purposes });
      return { matchstick, close: matchstick.close };
    });
  });

  describe('with a ledger in Redis, beside a service that shows the links', () => {
    matchstickContract(async (): Promise<OpenMatchstick> => {
      const redis = await startRedis();
      const ledger = { redis: redis.url, namespace: 'contract', shards: 2 };
      const deployment = await makeDeployment({ purposes: CONTRACT_PURPOSES, ledger }, {});
      const service = await startService(deployment);
      const keys = { file: join(deployment.folder, 'keys.json') };
      const options = { issuer: ISSUER, ledger, keys, purposes };
      const matchstick = await createMatchstick({ ...options, name: 'main' });
      const other = await createMatchstick({ ...options, name: 'other' });
      return {
        matchstick,
        other,
        press: async (url) => {
          const { pathname } = new URL(url);
          const attempt = attemptIn(await visit(service, pathname));
          const pressed = await pressButton(service, pathname, { attempt });
          return new URL(leadIn(pressed)).searchParams.get('redemption') ?? '';
        },
        close: async () => {
          for (const opened of [matchstick, other, service, deployment, redis]) await opened.close();
        },
      };
    });
  });
});
