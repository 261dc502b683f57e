import { expect } from 'chai';
import { leadIn, mintLink, NEW_ATTEMPT, pressButton } from '../http/link-page.ts';
import { sleep } from '../http/run-service.ts';
import { end } from '../main/start-main.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { makeDeployment } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { freePort } from '../support/redis-server.ts';
import { call, mintToken, type ServiceProcess, startService } from '../support/service.ts';
import { startExample } from './start-example.ts';

const PURPOSE = 'password-reset';
const ADA = { id: 'user-ada', email: 'ada@example.com' };
const SECRET = 'x'.repeat(32);

describe('the main application, when answers of Matchstick are lost', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let proxy: CuttingProxy;
  let app: string;
  /** What everything that is started here has printed. */
  let printed: () => string;

  before(async () => {
    const port = await freePort();
    app = `http://127.0.0.1:${port}`;
    const purposes = { [PURPOSE]: { audience: app, lifetime: '15m', link: { then: `${app}/reset` } } };
    const rights = { mint: [PURPOSE], redeem: [PURPOSE], revoke: true, inspect: true };
    const deployment = await makeDeployment({ purposes }, { main: rights });
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
    proxy = await startCuttingProxy(Number(new URL(service.url).port));
    onClose(proxy.close);
    const process = await startExample('app.ts', {
      PORT: String(port),
      APP_URL: app,
      MATCHSTICK_URL: `http://127.0.0.1:${proxy.port}`,
      MATCHSTICK_KEY: deployment.callerKeys.main,
      // There is no mail server: that keeps nobody from anything but mail.
      SMTP_URL: `smtp://127.0.0.1:${await freePort()}`,
      SESSION_SECRET: SECRET,
    });
    onClose(() => end(process));
    await process.printed(/listens on/);
    printed = process.output;
  });

  const post = (path: string, fields: Readonly<Record<string, string>>, cookie = '') =>
    fetch(new URL(path, app), {
      method: 'POST',
      redirect: 'manual',
      headers: { Origin: app, Cookie: cookie },
      body: new URLSearchParams(fields),
    });

  /** A visitor before the form for the new password, by their cookie. */
  async function visitorWithForm(): Promise<string> {
    const { path } = await mintLink(service, { subject: ADA.id });
    const pressed = await pressButton(service, path, { attempt: NEW_ATTEMPT() });
    const arrived = await fetch(leadIn(pressed), { redirect: 'manual' });
    expect(arrived.headers.get('location')).to.equal('/reset');
    return arrived.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  }

  /** Another link of the same person, and how to wait until a new password has ended it: the application does so later. */
  async function otherLink(): Promise<{ readonly ended: () => Promise<void> }> {
    const token = await mintToken(service, { purpose: PURPOSE, subject: ADA.id });
    const state = async () => {
      const { json } = await call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
      return json.state;
    };
    return {
      ended: async () => {
        while ((await state()) !== 'revoked') await sleep(20);
      },
    };
  }

  async function logInWith(password: string): Promise<number> {
    return (await post('/login', { email: ADA.email, password })).status;
  }

  it('sets the password all the same: it asks again as the same attempt', async () => {
    const other = await otherLink();
    const cookie = await visitorWithForm();
    const password = 'through a broken line';
    proxy.cutRepliesAfter(0, 1);
    const answer = await post('/reset', { password, repeated: password }, cookie);
    expect(proxy.cuts()).to.equal(1);
    expect(answer.headers.get('location')).to.equal('/reset/done');
    expect(await logInWith(password)).to.equal(303);
    await other.ended();
  });

  it('shows the form again when there is no answer at all, and nothing is lost', async () => {
    const other = await otherLink();
    const cookie = await visitorWithForm();
    const password = 'after a longer silence';
    proxy.cutRepliesAfter(0, 3);
    const failed = await post('/reset', { password, repeated: password }, cookie);
    expect(failed.status).to.equal(503);
    expect(await failed.text()).to.include('Please try again');
    expect(await logInWith(password)).to.equal(401);
    const answer = await post('/reset', { password, repeated: password }, cookie);
    expect(answer.headers.get('location')).to.equal('/reset/done');
    expect(await logInWith(password)).to.equal(303);
    await other.ended();
  });

  it('sets one password when the form is sent many times at once', async () => {
    const other = await otherLink();
    const cookie = await visitorWithForm();
    const password = 'with a trembling hand';
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => post('/reset', { password, repeated: password }, cookie)),
    );
    expect(answers.map(({ status }) => status)).to.satisfy((all: number[]) =>
      all.every((status) => status === 303 || status === 410),
    );
    expect(answers.map(({ headers }) => headers.get('location'))).to.include('/reset/done');
    const late = await post('/reset', { password: 'and another one', repeated: 'and another one' }, cookie);
    expect(late.status).to.equal(410);
    expect(await logInWith(password)).to.equal(303);
    await other.ended();
  });

  it('answers who forgot a password without waiting for it, whether there is an account or not', async () => {
    proxy.swallowReplies(true);
    const ask = async (email: string) => {
      const answer = await post('/forgot', { email });
      return { status: answer.status, body: await answer.text() };
    };
    const unknown = await ask('nobody@example.com');
    expect(unknown.status).to.equal(200);
    // Were the link minted first, this would be the answer of a failure.
    expect(await ask(ADA.email)).to.deep.equal(unknown);
    proxy.swallowReplies(false);
  });

  it('prints nothing by which a password could be set', () => {
    expect(printed()).to.include('listens on');
    expect(printed()).to.not.match(/eyJ|\/l\/[\w-]{22}|redemption=|ms_main_/);
  });
});

describe('the main application behind a proxy with TLS', () => {
  const onClose = cleanupAfter(after);

  it('keeps its session in a cookie that only this host can set, and only over TLS', async () => {
    const port = await freePort();
    const process = await startExample('app.ts', {
      PORT: String(port),
      APP_URL: 'https://app.example.test',
      MATCHSTICK_KEY: 'ms_main-app_none',
      SESSION_SECRET: SECRET,
    });
    onClose(() => end(process));
    await process.printed(/listens on/);
    const answer = await fetch(`http://127.0.0.1:${port}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { Origin: 'https://app.example.test', 'X-Forwarded-Proto': 'https' },
      body: new URLSearchParams({ email: ADA.email, password: 'tea with lemon' }),
    });
    expect(answer.headers.getSetCookie()[0]).to.match(
      /^__Host-session=\S+; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(answer.headers.get('strict-transport-security')).to.include('max-age=');
  });
});
