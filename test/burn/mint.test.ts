import { expect } from 'chai';
import type { Deployment } from '../../src/burn/deployment.ts';
import { mint } from '../../src/burn/mint.ts';
import { MatchstickError } from '../../src/errors.ts';
import { deploymentInMemory } from './deployment-in-memory.ts';

const ORDER = {
  purpose: 'reset',
  subject: 'user-42',
  audience: 'app',
  lifetimeSeconds: 300,
  uses: 1,
  live: 1,
};

/** A deployment whose epoch ends under the hands of a mint, so many times, before it registers its token. */
async function whoseEpochEnds(times: number) {
  let registered = 0;
  const purpose = { name: 'reset', audiences: ['app'], lifetimeSeconds: 300, live: 1 };
  const { ledger, ...rest } = await deploymentInMemory(purpose);
  const deployment: Deployment = {
    ...rest,
    ledger: {
      ...ledger,
      register: async (...request) => {
        registered += 1;
        return registered > times && (await ledger.register(...request));
      },
    },
  };
  return { deployment, registered: () => registered };
}

describe('minting a token of a purpose that limits how many live', () => {
  for (const times of [0, 1, 2]) {
    it(`begins anew when its epoch ended under it ${times} times`, async () => {
      const { deployment, registered } = await whoseEpochEnds(times);
      const { minted } = await mint(ORDER, deployment);
      expect(minted.subject).to.equal('user-42');
      expect(registered()).to.equal(times + 1);
    });
  }

  it('gives up after three tries, and hands out no token that nothing is remembered of', async () => {
    const { deployment, registered } = await whoseEpochEnds(3);
    const refused: unknown = await mint(ORDER, deployment).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(MatchstickError).with.property('code', 'ledger_unavailable');
    expect(registered()).to.equal(3);
  });
});
