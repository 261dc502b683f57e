import axe from 'axe-core';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { until } from '../faults/support/replication.ts';
import { runService } from '../http/run-service.ts';
import { DESKTOP, startBrowser, type Visitor, type Visitors } from '../support/browser.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { call, mintToken, redeemToken, type ServiceProcess } from '../support/service.ts';
import { anyOf, dealtTo } from '../support/soak.ts';
import { CALLERS, PURPOSES } from './desk.ts';

const VIEWS = ['', '/events', '/activity', '/activity?window=day', '/trouble', '/keys', '/service'];
const TOKEN = '/{token}';

describe('the console in a real browser', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let browser: Visitors;
  let used: string;

  before(async () => {
    [service, browser] = await Promise.all([
      runService(onClose, { purposes: PURPOSES }, CALLERS),
      startBrowser(),
    ]);
    onClose(browser.close);
    used = await mintToken(service, { purpose: 'file-download', subject: 'ada' });
    await redeemToken(service, used, { purpose: 'password-reset' });
    await redeemToken(service, used, { purpose: 'file-download' });
    await redeemToken(service, used, { purpose: 'file-download' });
  });

  /** For all tests in which nothing is special, one after the other: each page of its own costs a process. */
  let usual: Page | undefined;

  async function enter(visitor?: Visitor): Promise<Page> {
    const page = await signIn(visitor);
    await page.getByLabel('Caller key').fill(service.deployment.callerKeys.ops ?? '');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/console$/);
    return page;
  }

  async function signIn(visitor?: Visitor): Promise<Page> {
    const url = `${service.url}/console/sign-in`;
    if (visitor === undefined && usual !== undefined) {
      await usual.unrouteAll({ behavior: 'ignoreErrors' });
      await usual.context().clearCookies();
      await usual.goto(url);
      return usual;
    }
    const page = await browser.open(url, visitor);
    onClose(() => page.context().close());
    if (visitor === undefined) usual = page;
    return page;
  }

  /** Only keys: the box is the first field. */
  async function ask(page: Page, text: string): Promise<string> {
    await page.goto(`${service.url}/console`);
    await page.getByLabel('Token, link').fill(text);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/(tokens|requests|subjects|search)/);
    return page.locator('main').innerText();
  }

  const mint = async (order: Record<string, unknown>) =>
    (await call(service, 'POST', '/v1/tokens', { body: order })).json;

  it('answers ten questions of a support desk at first sight', async () => {
    const page = await enter();
    const link = await mint({ purpose: 'password-reset', subject: 'kim', link: true });
    /** Those that follow from one another are together. */
    const answers: [string, () => Promise<string>, RegExp][][] = [
      [
        [
          'Did it work, and who used it?',
          () => ask(page, used),
          /Used\s+The application main used it from \S+ at 20/,
        ],
        [
          'Did somebody try twice?',
          async () => page.locator('.sentence').innerText(),
          /Somebody tried it again once, last at 20.* got nothing/,
        ],
        [
          'Did it work at the first try?',
          async () => page.locator('.timeline').first().innerText(),
          /used it successfully, after one refused try\./,
        ],
      ],
      [
        [
          'Was it ever opened?',
          () => ask(page, link.url),
          /Works\s+It has not been used\. Nobody has tried it yet\./,
        ],
        [
          'And now?',
          async () => {
            await fetch(`${service.url}/l/${link.url.slice(-22)}`);
            await until(async () => (await ask(page, link.url)).includes('was opened'));
            return ask(page, link.url);
          },
          /The page of its link was opened, but nobody pressed the button/,
        ],
        [
          'Why does the first of two links not work?',
          async () => {
            await mint({ purpose: 'password-reset', subject: 'kim', link: true });
            return ask(page, link.jti);
          },
          /Replaced\s+The application main made a newer one for the same subject at 20[\s\S]*Use the newest message/,
        ],
      ],
      [
        [
          'Who revoked it?',
          async () => {
            const { jti } = await mint({ purpose: 'file-download', subject: 'lee' });
            await call(service, 'POST', '/v1/revocations', { body: { jti } });
            return ask(page, jti);
          },
          /Revoked\s+The application main revoked it at 20/,
        ],
      ],
      [
        [
          'Is this genuine?',
          () => ask(page, `${used.slice(0, -9)}AAAAAAAAA`),
          /not a genuine token of this service/,
        ],
      ],
      [
        [
          'What happened to this user?',
          async () => {
            await until(async () => (await ask(page, 'ada')).includes('One subject'));
            return page.locator('main').innerText();
          },
          /second use/,
        ],
      ],
      [
        [
          'Is the old key gone?',
          async () => {
            await page.goto(`${service.url}/console/keys`);
            return page.locator('main').innerText();
          },
          /A key that is not in the first table is gone[\s\S]*signs every new token/,
        ],
      ],
      [
        [
          'Why are tokens void?',
          async () => {
            await page.goto(`${service.url}/console/service`);
            return page.locator('main').innerText();
          },
          /Memories of the ledger[\s\S]*this was the first one, or Redis was empty/,
        ],
      ],
    ];
    for (const [question, find, answer] of anyOf(answers, 4).flat()) {
      expect(await find(), question).to.match(answer);
    }
  });

  /** Each choice is in one of them: a fault comes from a scheme or a width, not from both at once. */
  const looks = [
    ['light', 360],
    ['dark', 1280],
  ] as const;
  const dealt = dealtTo(looks.length, anyOf([...VIEWS, TOKEN, `${TOKEN}/revoke`, '/sign-in'], 4));
  for (const [index, [colorScheme, width]] of looks.entries()) {
    it(`has nothing that axe finds fault with, and fits (${colorScheme}, ${width} px)`, async () => {
      const page = await enter();
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await ask(page, used);
      const token = new URL(page.url()).pathname.replace('/console', '');
      for (const view of dealt[index] ?? []) {
        await page.goto(`${service.url}/console${view.replace(TOKEN, token)}`);
        await page.evaluate(axe.source);
        const { found, wide } = await page.locator('html').evaluate(async ({ ownerDocument: document }) => {
          const { violations } = await document.defaultView.axe.run({ preload: false });
          const found = violations.map(
            ({ id, nodes }: { id: string; nodes: { html: string }[] }) => `${id}: ${nodes[0]?.html}`,
          );
          return { found, wide: document.documentElement.scrollWidth - document.documentElement.clientWidth };
        });
        expect(found, view).to.deep.equal([]);
        expect(wide, view).to.equal(0);
      }
      await page.setViewportSize(DESKTOP);
      await page.emulateMedia({ colorScheme: null });
    });
  }

  it('breaks no rule of its policy, asks nobody else, and draws its plots', async () => {
    const page = await enter();
    const told: string[] = [];
    page.on('console', (message) => told.push(message.text()));
    page.on('pageerror', ({ message }) => told.push(message));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${service.url}/`) && !request.url().startsWith('data:'))
        told.push(request.url());
    });
    for (const view of VIEWS) await page.goto(`${service.url}/console${view}`);
    await page.goto(`${service.url}/console/activity`);
    await page.locator('.plot canvas').first().waitFor();
    expect(told).to.deep.equal([]);
  });

  it('shows what happens without being asked again', async () => {
    const page = await enter();
    const { jti } = await mint({ purpose: 'file-download', subject: 'live' });
    await page.locator(`a[href$="${jti}"]`).first().waitFor();
    // Also what happens before the page has begun to follow.
    let between = '';
    await page.route('**/console/live*', async (route) => {
      between ||= (await mint({ purpose: 'file-download', subject: 'between' })).jti;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await route.continue();
    });
    await page.goto(`${service.url}/console`);
    while (between === '') await new Promise((resolve) => setTimeout(resolve, 50));
    await page.locator(`a[href$="${between}"]`).first().waitFor();
  });

  it('opens the address that stands in a ticket of another site for who has signed in, and asks others to', async () => {
    const { jti } = await mint({ purpose: 'file-download', subject: 'ticket' });
    const ticket = `data:text/html,<a href="${service.url}/console/tokens/${jti}">ticket</a>`;
    const page = await enter();
    await page.goto(ticket);
    await page.getByRole('link').click();
    await page.waitForURL(/tokens/);
    expect(await page.title()).to.match(/^Works: token/);
    await page.context().clearCookies();
    await page.goto(ticket);
    await page.getByRole('link').click();
    await page.getByRole('link', { name: 'I have already signed in' }).waitFor();
    await page.getByLabel('Caller key').fill(service.deployment.callerKeys.ops ?? '');
    await page.keyboard.press('Enter');
    await page.waitForURL(/tokens/);
  });

  it('says of a page that follows no more that it is old', async () => {
    const page = await enter();
    await page.goto(`${service.url}/console/trouble`);
    await page.context().clearCookies();
    await mint({ purpose: 'file-download', subject: 'late' });
    await page.getByText('Your session has ended').waitFor();
    const another = await enter();
    await another.route('**/console/live*', (route) => route.fulfill({ status: 503 }), { times: 1 });
    await another.goto(`${service.url}/console`);
    await until(async () => {
      const { jti } = await mint({ purpose: 'file-download', subject: 'again' });
      return another
        .locator(`a[href$="${jti}"]`)
        .first()
        .waitFor({ timeout: 2000 })
        .then(
          () => true,
          () => false,
        );
    });
  });

  it('works without JavaScript, revoking included', async () => {
    const page = await enter({ javaScriptEnabled: false });
    const { jti } = await mint({ purpose: 'file-download', subject: 'noscript' });
    await ask(page, jti);
    await page.getByRole('link', { name: 'Revoke this token' }).click();
    await page.getByRole('button', { name: 'Revoke this token' }).click();
    await page.waitForURL(/tokens\/[\w-]+$/);
    expect((await call(service, 'GET', `/v1/tokens/${jti}`)).json.state).to.equal('revoked');
    await page.goto(`${service.url}/console/activity`);
    expect(await page.getByRole('table', { name: 'All purposes' }).innerText()).to.match(
      /Made\s+Used\s+Refused/,
    );
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.goto(`${service.url}/console`);
    expect(new URL(page.url()).pathname).to.equal('/console/sign-in');
  });

  it('can be used with the keyboard alone', async () => {
    const page = await signIn();
    await page.goto(`${service.url}/console`);
    const press = async (key: string, times = 1) => {
      for (let time = 0; time < times; time++) await page.keyboard.press(key);
    };
    await press('Tab', 2);
    await page.keyboard.type(service.deployment.callerKeys.ops ?? '');
    await press('Enter');
    await page.waitForURL(/\/console$/);
    await press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).to.equal('Skip to the content');
    await press('Enter');
    await press('Tab');
    await page.keyboard.type(used);
    await press('Enter');
    await page.waitForURL(/\/tokens\//);
    expect(await page.title()).to.match(/^Used: token/);
  });
});
