import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { TEST_CALLERS, TEST_PURPOSES } from '../support/deployment.ts';
import { startRedis } from '../support/redis-server.ts';
import { type Answered, call, type ServiceProcess } from '../support/service.ts';
import { dealtTo } from '../support/soak.ts';
import { leadIn, type MintedLink, mintLink, NEW_ATTEMPT, pressButton, visit } from './link-page.ts';
import { runService, sleep } from './run-service.ts';

const APP = 'https://app.example.test';
const PURPOSES = {
  ...TEST_PURPOSES,
  reset: { audience: APP, lifetime: '15m', link: { then: `${APP}/reset` } },
  confirmation: { audience: APP, lifetime: '15m', link: {} },
  coded: { audience: APP, lifetime: '15m', link: { code: true } },
  twice: { audience: APP, lifetime: '15m', uses: 2, link: { then: `${APP}/reset` } },
};
const ALL = Object.keys(PURPOSES);
const CALLERS = { ...TEST_CALLERS, main: { mint: ALL, redeem: ALL, inspect: true, revoke: true } };
const HOLD_SECONDS = 1;

/** One token in the hands of its visitor and of the application. */
interface Play {
  readonly token: MintedLink;
  readonly attempt: string;
  redeem(more?: object): Promise<Answered>;
  settle(how: 'commit' | 'release'): Promise<Answered>;
  open(): Promise<Answered>;
  press(): Promise<Answered>;
  collect(): Promise<Answered>;
}

type Moment = readonly [what: string, purpose: string, begin: (play: Play) => Promise<unknown>];

const MOMENTS: readonly Moment[] = [
  ['is minted', 'reset', async () => {}],
  ['was opened', 'reset', ({ open }) => open()],
  ['is held', 'reset', ({ redeem }) => redeem({ hold: 60 })],
  ['was held, and the hold has lapsed', 'reset', (play) => lapse(play)],
  ['was held and committed', 'reset', (play) => play.redeem({ hold: 60 }).then(() => play.settle('commit'))],
  [
    'was held and given back',
    'reset',
    (play) => play.redeem({ hold: 60 }).then(() => play.settle('release')),
  ],
  ['is burned', 'reset', ({ redeem }) => redeem()],
  ['has one of two uses burned', 'twice', ({ redeem }) => redeem()],
  ['has one of two uses held, which has lapsed', 'twice', (play) => lapse(play)],
  ['was pressed and waits', 'reset', ({ press }) => press()],
  ['was pressed, and is done with that', 'confirmation', ({ press }) => press()],
  ['was pressed with its code', 'coded', ({ press }) => press()],
];

const WAYS: Readonly<Record<string, (token: MintedLink, subject: string, purpose: string) => object>> = {
  'by itself': ({ token }) => ({ token }),
  'by its jti': ({ jti }) => ({ jti }),
  'by its subject': (_token, subject) => ({ subject }),
  'by its subject and purpose': (_token, subject, purpose) => ({ subject, purpose }),
};

/** The script of the one is not the code of the other, but what is asked of both is the same. */
const LEDGERS = ['memory', 'redis'];
const dealt = dealtTo(LEDGERS.length, MOMENTS);

for (const [index, ledger] of LEDGERS.entries()) {
  describe(`in ${ledger}, once its revocation was answered, a token that`, () => {
    const onClose = cleanupAfter(after);
    let service: ServiceProcess;
    let subjects = 0;

    before(async () => {
      const redis = ledger === 'redis' ? await startRedis() : undefined;
      if (redis) onClose(redis.close);
      const settings = { purposes: PURPOSES, ...(redis ? { ledger: { redis: redis.url } } : {}) };
      service = await runService(onClose, settings, CALLERS);
    });

    for (const [what, purpose, begin] of dealt[index] ?? []) {
      it(`${what}, grants nothing, nor anything again`, async () => {
        await Promise.all(
          Object.entries(WAYS).map(async ([way, target]) => {
            const subject = `user-${subjects++}`;
            const token = await mintLink(service, { purpose, subject });
            const play = playOf(service, token, purpose);
            await begin(play);
            const revoked = await call(service, 'POST', '/v1/revocations', {
              body: target(token, subject, purpose),
            });
            expect(revoked.json, way).to.include({ revoked: true });
            await expectNothing(play, way, what);
          }),
        );
      });
    }
  });
}

async function lapse(play: Play): Promise<void> {
  await play.redeem({ hold: HOLD_SECONDS });
  await sleep(HOLD_SECONDS * 1000 + 50);
}

function playOf(service: ServiceProcess, token: MintedLink, purpose: string): Play {
  const attempt = NEW_ATTEMPT();
  let redemptionId = 'none';
  let pressedId: string | null = null;
  const post = (path: string, body?: object) =>
    call(service, 'POST', path, {
      headers: { 'Idempotency-Key': attempt },
      ...(body ? { body } : {}),
    });
  return {
    token,
    attempt,
    redeem: async (more = {}) => {
      const answer = await post('/v1/redemptions', { token: token.token, purpose, ...more });
      if (answer.status === 200) redemptionId = answer.json.redemptionId;
      return answer;
    },
    settle: (how) => post(`/v1/redemptions/${redemptionId}/${how}`),
    open: () => visit(service, token.path),
    press: async () => {
      const fields = { attempt, ...(token.code === undefined ? {} : { code: token.code }) };
      const answer = await pressButton(service, token.path, fields);
      const location = leadIn(answer);
      if (location !== '') pressedId = new URL(location).searchParams.get('redemption');
      return answer;
    },
    collect: () => post(`/v1/redemptions/${pressedId ?? 'none'}/collect`),
  };
}

/** Tries everything that could have granted something, as those who began it would. */
async function expectNothing(play: Play, way: string, what: string): Promise<void> {
  for (let again = 0; again < 2; again++) {
    const committed = await play.settle('commit');
    const isFact = /committed|given back|burned/.test(what);
    if (!isFact) expect(committed.status, `${way}: commit: ${committed.text}`).to.not.equal(200);
    expect(committed.json, way).to.not.have.any.keys('claims', 'subject', 'opens');
    for (const more of [{}, { hold: HOLD_SECONDS }]) {
      const redeemed = await play.redeem(more);
      expect(redeemed.status, `${way}: redeem: ${redeemed.text}`).to.be.within(400, 410);
    }
    expect((await play.press()).status, `${way}: press`).to.equal(410);
    expect((await play.collect()).status, `${way}: collect`).to.be.within(400, 410);
  }
}
