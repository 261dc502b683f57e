import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { namedAttempt, unnamedAttempt } from '../../src/burn/attempt.ts';
import type { Deployment } from '../../src/burn/deployment.ts';
import { mint } from '../../src/burn/mint.ts';
import type { Opener } from '../../src/burn/opening.ts';
import { redeem } from '../../src/burn/redeem.ts';
import { settle } from '../../src/burn/settle.ts';
import type { Opens, Redemption } from '../../src/contract/replies.ts';
import { retriedAttempts } from '../../src/contract/retried-attempts.ts';
import { timestampOf } from '../../src/contract/timestamp.ts';
import { MatchstickError } from '../../src/errors.ts';
import { generateKey } from '../../src/keys/generate-key.ts';
import { parseKeyRing } from '../../src/keys/key-ring.ts';
import { processMemory } from '../../src/ledger/memory.ts';
import { collect } from '../../src/links/collect.ts';
import { type Landing, type Pressed, pressLink as press } from '../../src/links/landing.ts';
import { makeLink } from '../../src/links/link.ts';
import type { Purpose } from '../../src/token/purpose.ts';
import { UNLIMITED } from './deployment-in-memory.ts';

const THEN = 'https://app.example.test/';
const LINK = { then: { text: THEN, parts: [THEN] }, asksCode: false };
const PURPOSE: Purpose = {
  ...{ name: 'file-download', audiences: ['app'], lifetimeSeconds: 300 },
  link: { then: [LINK.then], asksCode: false, byDefault: true },
};
const ORDER = { purpose: PURPOSE.name, subject: 'user-42', audience: 'app', lifetimeSeconds: 300, uses: 1 };

/** What can be wrong with what opens. */
interface Weather {
  /** It fails once it is too late to find out. */
  failsAfterwards: boolean;
  /** The purpose opens something else by now, and this token nothing. */
  opensNothing: boolean;
}

async function openable() {
  const weather: Weather = { failsAfterwards: false, opensNothing: false };
  const opener: Opener = {
    origin: 'https://objects.example.test',
    problems: () => (weather.opensNothing ? [{ path: 'claims.key', message: 'is needed' }] : []),
    ready:
      async () =>
      async (_token, redeemedAtMs): Promise<Opens> => {
        if (weather.failsAfterwards) throw new MatchstickError('internal', 'The credentials have ended.');
        if (weather.opensNothing) throw new MatchstickError('internal', 'The token opens nothing.');
        const url = `${opener.origin}/k?${redeemedAtMs}`;
        return { url, method: 'GET', expiresAt: timestampOf(redeemedAtMs + 60_000) };
      },
  };
  const keys = await parseKeyRing(
    JSON.stringify({ keys: [await generateKey('Ed25519', Date.now())] }),
    'Ed25519',
  );
  const deployment: Deployment = {
    ...processMemory({ nowMs: Date.now, randomBytes }),
    openers: new Map([[PURPOSE.name, opener]]),
    keys,
    issuer: 'https://cap.example.test',
    purposes: new Map([[PURPOSE.name, PURPOSE]]),
    clockToleranceSeconds: 0,
    ...UNLIMITED,
    retried: retriedAttempts(),
    randomBytes,
  };
  return { weather, deployment };
}

type Openable = Awaited<ReturnType<typeof openable>>;

const anybody = () => unnamedAttempt('main', randomBytes);
const outcome = (answer: Redemption | MatchstickError) =>
  answer instanceof MatchstickError ? answer.code : answer.opens?.method;
const failure = (promise: Promise<Redemption | MatchstickError>) =>
  promise.then(outcome, (error: unknown) => (error instanceof MatchstickError ? error.code : String(error)));

/** Two ways to what a token opens, each with a fresh token. */
const WAYS = {
  'redeeming it': async ({ deployment }: Openable) => {
    const {
      minted: { token },
    } = await mint(ORDER, deployment);
    return (attempt = anybody()) => failure(redeem({ token, purpose: PURPOSE.name }, attempt, deployment));
  },
  'collecting what a visitor redeemed': async ({ deployment }: Openable) => {
    const { minted, id } = await mint(ORDER, deployment);
    const { url } = await makeLink(minted.token, id, LINK, deployment);
    const pressed = { reference: url.slice(-22), attempt: 'A'.repeat(22), code: undefined };
    const landing = await pressLink(pressed, deployment);
    if (landing.kind !== 'leads') throw new Error(landing.kind);
    const redemptionId = new URL(landing.to).searchParams.get('redemption') ?? '';
    return (attempt = anybody()) => failure(collect(redemptionId, attempt, () => undefined, deployment));
  },
};

async function pressLink(pressed: Pressed, deployment: Deployment): Promise<Landing> {
  const landing = await press(pressed, deployment);
  if (landing instanceof MatchstickError) throw landing;
  return landing;
}

describe('what a token opens', () => {
  for (const [way, begin] of Object.entries(WAYS)) {
    describe(`by ${way}`, () => {
      it('is not lost when it could not be opened in the end, to a caller with or without a name for it', async () => {
        for (const attempts of [
          [anybody(), anybody()],
          [namedAttempt('main', 'k'), namedAttempt('main', 'k')],
        ]) {
          const one = await openable();
          const ask = await begin(one);
          one.weather.failsAfterwards = true;
          expect(await ask(attempts[0])).to.equal('internal');
          one.weather.failsAfterwards = false;
          expect(await ask(attempts[1])).to.equal('GET');
          expect(await ask(), 'once').to.equal('token_burned');
        }
      });

      it('is kept for the caller that could not open it, and for no other', async () => {
        const one = await openable();
        const ask = await begin(one);
        const other = () => unnamedAttempt('other', randomBytes);
        one.weather.failsAfterwards = true;
        expect(await ask()).to.equal('internal');
        one.weather.failsAfterwards = false;
        expect(await ask(other())).to.equal('token_burned');
        expect(await ask()).to.equal('GET');
      });

      it('is not used up by a configuration in which it is nothing', async () => {
        const one = await openable();
        const ask = await begin(one);
        one.weather.opensNothing = true;
        expect(await ask()).to.equal('token_invalid');
        one.weather.opensNothing = false;
        expect(await ask()).to.equal('GET');
        expect(await ask(), 'once').to.equal('token_burned');
      });
    });
  }

  it('is nothing while the use is held, and the request once it is committed', async () => {
    const { deployment } = await openable();
    const { token } = (await mint(ORDER, deployment)).minted;
    const attempt = namedAttempt('main', 'k');
    const held = await redeem({ token, purpose: PURPOSE.name, hold: 60 }, attempt, deployment);
    if (held instanceof MatchstickError) throw held;
    expect(held.state).to.equal('held');
    expect(held).to.not.have.property('opens');
    await settle(held.redemptionId, 'main', 'commit', deployment);
    expect(outcome(await redeem({ token, purpose: PURPOSE.name, hold: 60 }, attempt, deployment))).to.equal(
      'GET',
    );
  });
});
