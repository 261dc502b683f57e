import { expect } from 'chai';
import type { Deployment } from '../../src/burn/deployment.ts';
import { mint, mintAll, parseMint } from '../../src/burn/mint.ts';
import { MAX_TOKEN_CHARACTERS } from '../../src/contract/limits.ts';
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

describe('minting many tokens at once', () => {
  it('asks of each subject by itself, and registers each until it can be redeemed no more', async () => {
    const purpose = { name: 'reset', audiences: ['app'], lifetimeSeconds: 300, live: 2 };
    const { ledger, ...rest } = await deploymentInMemory(purpose);
    const [asked, registered]: [string[], string[]] = [[], []];
    const deployment: Deployment = {
      ...rest,
      clockToleranceSeconds: 30,
      ledger: {
        ...ledger,
        living: async (subject) => {
          asked.push(subject);
          return ledger.living(subject);
        },
        register: async (tokens, of, ...more) => {
          for (const { id, burnableUntilMs } of tokens) {
            registered.push(of.subject);
            expect(burnableUntilMs).to.equal((id.expiresAt + 30) * 1000);
          }
          return ledger.register(tokens, of, ...more);
        },
      },
    };
    const orders = ['ada', 'bob', 'ada'].map((subject) => ({ ...ORDER, subject }));
    const minted = await mintAll(orders, deployment);
    expect(minted.map((each) => each.minted.subject)).to.deep.equal(['ada', 'bob', 'ada']);
    expect(asked).to.have.members(['ada', 'bob']);
    expect(registered).to.have.members(['ada', 'ada', 'bob']);
  });
});

describe('an order of a token', () => {
  it('is refused if that would be too long, and only then, whatever it is written with', async () => {
    const taken = new Set<boolean>();
    for (let length = 1; length <= 255; length += 2) {
      const subject = '\u20ac'.repeat(length);
      const purpose = { name: 'reset', audiences: [subject], lifetimeSeconds: 300 };
      const deployment = await deploymentInMemory(purpose);
      const order = parseMint({ purpose: 'reset', subject }, deployment);
      const isTaken = !(order instanceof MatchstickError);
      const { token } = (await mint(isTaken ? order : { ...ORDER, subject, audience: subject }, deployment))
        .minted;
      expect(token.length <= MAX_TOKEN_CHARACTERS, `${length}`).to.equal(isTaken);
      taken.add(isTaken);
    }
    expect([...taken]).to.deep.equal([true, false]);
  });
});
