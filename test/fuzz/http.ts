import fc from 'fast-check';
import { faultOf } from '../support/answers.ts';
import { CLAIMING_PURPOSES, TEST_CALLERS } from '../support/deployment.ts';
import { type Answered, call, redeemToken } from '../support/service.ts';
import { type Exchange, expectWellFormed, type Front, lastRequest, openFront } from './front.ts';
import { type Built, built, type Named, shapes } from './http-requests.ts';
import { expectKeysEnd } from './ledger-keys.ts';
import { Find, type OpenTarget, type Property, type Target } from './target.ts';

const ALL = Object.keys(CLAIMING_PURPOSES);
const CALLERS = {
  ...TEST_CALLERS,
  main: { mint: ALL, redeem: ALL, inspect: true, revoke: true, s3: ['reports'] },
};
const STORES = { reports: { bucket: 'acme-reports', region: 'eu-central-1', prefix: 'tenants/' } };
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'a secret of the tests' };

/** Mints a token that nothing but this run knows. */
async function mintCanary({ service }: Front, subject: string): Promise<Named> {
  const minted = await call(service, 'POST', '/v1/tokens', { body: { purpose: 'password-reset', subject } });
  if (minted.status !== 201) throw new Find(`mint answered ${minted.status}: ${minted.text}`);
  const { token, jti }: { token: string; jti: string } = minted.json;
  const { main = '', reader = '' } = service.deployment.callerKeys;
  const authorization = {
    main: `Bearer ${main}`,
    reader: `Bearer ${reader}`,
    'a stranger': `Bearer ms_main_${'A'.repeat(43)}`,
  };
  return { token, jti, subject, authorization };
}

/** The token still works, once. */
async function expectRedeemable({ service }: Front, { token }: Named): Promise<void> {
  const [first, second] = [await redeemToken(service, token), await redeemToken(service, token)];
  if (first.status !== 200) throw new Find(`a refused request burned the token: ${first.text}`);
  if (second.json?.code !== 'token_burned') throw new Find(`the token works twice: ${second.text}`);
}

/** What an answer says has become of the token; undefined when it says nothing of it. */
function effectOn({ jti, subject }: Named, json: Answered['json']): 'burned' | 'revoked' | undefined {
  if (json?.revoked === true && (json.jti === jti || json.subject === subject)) return 'revoked';
  return json?.jti === jti && (json.state === 'burned' || json.state === 'held') && json.redemptionId
    ? 'burned'
    : undefined;
}

/** Answers under the id of a request are answers to it. */
function expectFitting({ id, method, path, isFramed }: Built, { answers, hungUp }: Exchange): void {
  const own = answers.filter(({ headers }) => headers.get('x-request-id') === id);
  // A refusal that leaves a body unread ends the connection.
  const most = own[0]?.headers.get('connection') === 'close' ? 1 : 2;
  if (isFramed && !hungUp && (own.length !== 1 || answers.length !== most)) {
    throw new Find(`a framed request got ${own.length} of ${answers.length} answers`);
  }
  if (path === undefined) return;
  for (const { status, headers, text } of own) {
    // What is refused is refused in words, as to any other method.
    if (method === 'OPTIONS' && status !== 204) continue;
    const fault = faultOf({ method, path, status, mediaType: headers.get('content-type') ?? '', text });
    if (fault !== undefined) throw new Find(`${method} ${path} answered ${status} ${text}: ${fault}`);
  }
}

function httpProperty(front: Front, newName: () => string): Property {
  return fc.asyncProperty(fc.array(shapes, { minLength: 1, maxLength: 3 }), async (all) => {
    const canary = await mintCanary(front, newName());
    const requests = all.map((shape) => built(shape, canary, newName()));
    const exchanges = await Promise.all(
      requests.map(async (request) => {
        const octets = Buffer.concat([request.octets, lastRequest()]);
        const happened = await front.send(octets);
        expectWellFormed(happened, octets);
        expectFitting(request, happened);
        return happened;
      }),
    );
    const said = exchanges
      .flatMap(({ answers }) => answers)
      .flatMap(({ status, text }) => (status < 300 ? [parsed(text)] : []));
    const effects = said.filter((json) => effectOn(canary, json) !== undefined);
    const redemptions = effects.filter((json) => effectOn(canary, json) === 'burned');
    const ids = new Set(redemptions.map(({ redemptionId }) => redemptionId));
    if (ids.size > 1) throw new Find('two redemptions were answered for one token');
    const isUnknown = exchanges.some(({ hungUp }) => hungUp);
    if (effects.length === 0 && !isUnknown) await expectRedeemable(front, canary);
    else if (effects.length > 0) {
      const again = await redeemToken(front.service, canary.token);
      if (again.status === 200) throw new Find(`a token works after ${JSON.stringify(effects)}`);
    }
  });
}

function parsed(text: string): Answered['json'] {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A service under attack, with a token that is never sent to it. */
export async function besieged(
  front: Front,
  newName: () => string,
): Promise<Required<Pick<OpenTarget, 'settle' | 'pids'>>> {
  let hidden = await mintCanary(front, newName());
  return {
    pids: [front.service.process.pid, front.redis.process().pid],
    settle: async () => {
      const { status } = await call(front.service, 'GET', '/healthz', { as: null });
      if (status !== 200) throw new Find(`the service answers ${status}`);
      await expectRedeemable(front, hidden);
      expectSilence(front, hidden.token);
      await expectKeysEnd(front.redis);
      hidden = await mintCanary(front, newName());
    },
  };
}

/** No token and no key in what the service prints. */
export function expectSilence({ service, output }: Front, ...secrets: readonly string[]): void {
  const printed = output();
  for (const secret of [...secrets, ...Object.values(service.deployment.callerKeys)]) {
    if (printed.includes(secret)) throw new Find('the service prints a secret');
  }
}

/** The service over a socket, on every route. */
export const httpTarget: Target<Front> = {
  name: 'http',
  suiteRuns: 80,
  open: async (onClose) => {
    const front = await openFront(
      onClose,
      { stores: STORES, purposes: CLAIMING_PURPOSES },
      CALLERS,
      CREDENTIALS,
    );
    let names = 0;
    const newName = () => `fuzz-${++names}`;
    return {
      subject: front,
      property: (subject) => httpProperty(subject, newName),
      ...(await besieged(front, newName)),
    };
  },
};
