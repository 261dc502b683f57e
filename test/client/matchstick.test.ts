import { createClient } from '../../src/client/index.ts';
import { matchstickContract } from '../contract/matchstick.contract.ts';
import {
  CONTRACT_CALLERS,
  CONTRACT_PURPOSES,
  type ContractPurposes,
} from '../contract/matchstick-purposes.ts';
import { attemptIn, leadIn, pressButton, visit } from '../http/link-page.ts';
import { makeDeployment } from '../support/deployment.ts';
import { startService } from '../support/service.ts';

describe('a client of a service', () => {
  matchstickContract(async () => {
    const deployment = await makeDeployment({ purposes: CONTRACT_PURPOSES }, CONTRACT_CALLERS);
    const service = await startService(deployment);
    const as = (caller: string) =>
      createClient<ContractPurposes>({ url: service.url, key: deployment.callerKeys[caller] ?? '' });
    return {
      matchstick: as('main'),
      other: as('other'),
      press: async (url) => {
        const path = new URL(url).pathname;
        const attempt = attemptIn(await visit(service, path));
        const pressed = await pressButton(service, path, { attempt });
        return new URL(leadIn(pressed)).searchParams.get('redemption') ?? '';
      },
      close: async () => {
        await service.close();
        await deployment.close();
      },
    };
  });
});
