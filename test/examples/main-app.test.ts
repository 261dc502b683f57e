import { readdir, readFile } from 'node:fs/promises';
import axe from 'axe-core';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { emptyFolder } from '../main/start-main.ts';
import { PHONE, startBrowser, type Visitors } from '../support/browser.ts';
import type { Child } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { anyOf } from '../support/soak.ts';
import { type Places, placesOf, startExample } from './start-example.ts';
import { openTap, type Tap } from './tap.ts';

const ADA = { email: 'ada@example.com', password: 'tea with lemon' };
const GRACE = { email: 'grace@example.com', password: 'moth in relay 70' };
const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' };
const DEAD_LINK = 'This link no longer works';

describe('the demo of the main application', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let demo: Child;
  let folder: string;
  let places: Places;
  let browser: Visitors;
  let tap: Tap;

  before(async () => {
    folder = await emptyFolder(onClose);
    tap = await openTap();
    onClose(tap.close);
    demo = await startExample('demo.ts', { TMPDIR: folder, BILLING_URL: tap.url });
    onClose(() => interrupt(demo));
    places = await placesOf(demo);
    tap.target = places.billing;
    browser = await startBrowser();
    onClose(browser.close);
  });

  const post = (path: string, fields: Readonly<Record<string, string>>, headers: Headers) =>
    fetch(new URL(path, places.app), {
      method: 'POST',
      redirect: 'manual',
      headers,
      body: new URLSearchParams(fields),
    });
  type Headers = Readonly<Record<string, string>>;

  /** The pages of visitors, who come one after the other: each page of its own costs processes. */
  const pages = new Map<string, Page>();

  async function visit(who: 'a member' | 'a receiver' | 'somebody', url: string): Promise<Page> {
    const page = pages.get(who);
    if (page === undefined) {
      const opened = await browser.open(url);
      pages.set(who, opened);
      return opened;
    }
    await page.context().clearCookies();
    await page.goto(url);
    return page;
  }

  async function logIn(user: typeof ADA): Promise<Page> {
    const page = await visit('a member', places.app);
    await logInAt(page, user);
    return page;
  }

  async function logInAt(page: Page, { email, password }: typeof ADA): Promise<void> {
    await page.goto(places.app);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  const heading = (page: Page) => page.getByRole('heading', { level: 1 }).textContent();

  /** The newest mail with that subject, once there are so many of them. */
  async function mail(subject: string, count = 1): Promise<string> {
    for (;;) {
      const articles = (await (await fetch(places.mailbox)).text()).split('<article>').slice(1);
      const [newest, ...others] = articles.filter((article) => article.includes(`<h2>${subject}</h2>`));
      if (newest !== undefined && others.length + 1 >= count) return newest;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  const linksIn = (html: string) => [...html.matchAll(/href="(http[^"]+)"/g)].map(([, url = '']) => url);

  /** The heading that somebody sees who logs in, without a browser. */
  async function headingAfterLogIn(user: typeof ADA): Promise<string | undefined> {
    const answer = await post('/login', user, SAME_ORIGIN);
    const [cookie = ''] = answer.headers.getSetCookie()[0]?.split(';') ?? [];
    const page = await (await fetch(places.app, { headers: { Cookie: cookie } })).text();
    return /<h1>(.*)<\/h1>/.exec(page)?.[1];
  }

  async function askForLinkInBrowser(email: string): Promise<string> {
    const page = await visit('somebody', new URL('/forgot', places.app).href);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByRole('button', { name: 'Send the link' }).click();
    expect(await heading(page)).to.equal('Look into your mailbox');
    return newestLink();
  }

  async function askForLink(email: string, count: number): Promise<string> {
    expect((await post('/forgot', { email }, SAME_ORIGIN)).status).to.equal(200);
    return newestLink(count);
  }

  async function newestLink(count = 1): Promise<string> {
    const [link = ''] = linksIn(await mail('Reset your password', count));
    return link;
  }

  async function choose(page: Page, password: string, repeated = password): Promise<void> {
    await page.getByLabel('New password').fill(password);
    await page.getByLabel('The same again').fill(repeated);
    await page.getByRole('button', { name: 'Set the password' }).click();
  }

  describe('resetting a password', () => {
    let loggedIn: Page;
    let link: string;
    let page: Page;

    before(async () => {
      loggedIn = await logIn(ADA);
      expect(await heading(loggedIn)).to.equal('Hello, Ada');
      link = await askForLinkInBrowser(ADA.email);
    });

    it('is not spoiled by a scanner that opens every link in the mails, however often', async () => {
      const links = linksIn(await (await fetch(places.mailbox)).text());
      expect(links).to.deep.equal([link]);
      for (const method of ['GET', 'HEAD', 'GET', 'HEAD', 'OPTIONS', 'GET']) {
        for (const url of links) expect((await fetch(url, { method })).ok).to.equal(true);
      }
    });

    it('leads from the link by its button to a form, without the redemption in its address', async () => {
      page = await visit('a receiver', link);
      await page.getByRole('button', { name: 'Continue' }).click();
      expect(await heading(page)).to.equal('Choose a new password');
      expect(page.url()).to.equal(new URL('/reset', places.app).href);
    });

    it('costs nothing when the password is weak', async () => {
      for (const weak of ['short', ADA.email, 'password1234', 'aaaaaaaaaaaa']) {
        await choose(page, weak);
        expect(await page.getByRole('alert').count()).to.equal(1);
      }
      await choose(page, 'a fine new passphrase', 'a fine new passphrade');
      expect(await page.getByRole('alert').textContent()).to.include('not the same');
    });

    it('sets a good one, and ends every session', async () => {
      await choose(page, 'a fine new passphrase');
      expect(await heading(page)).to.equal('Your password was changed');
      expect(await mail('Your password was changed')).to.include(ADA.email);
      await loggedIn.reload();
      expect(await heading(loggedIn)).to.equal('Log in');
    });

    it('logs nobody in', async () => {
      await page.goto(places.app);
      expect(await heading(page)).to.equal('Log in');
    });

    it('leaves the old password without effect', async () => {
      expect(await headingAfterLogIn(ADA)).to.equal('Log in');
      expect(await headingAfterLogIn({ ...ADA, password: 'a fine new passphrase' })).to.equal('Hello, Ada');
    });

    it('works once: afterwards the link and the form are dead', async () => {
      expect(await heading(await visit('somebody', link))).to.equal(DEAD_LINK);
      await page.goto(new URL('/reset', places.app).href);
      expect(await heading(page)).to.equal(DEAD_LINK);
    });

    it('belongs to the first good password, not to the first try', async () => {
      const one = await visit('a receiver', await askForLink(ADA.email, 2));
      // Where the button leads, as somebody may have seen it on the way.
      const redirected = one.waitForRequest(/\?redemption=/);
      await one.getByRole('button', { name: 'Continue' }).click();
      const other = await visit('somebody', (await redirected).url());
      await choose(one, 'short');
      expect(await one.getByRole('alert').count()).to.equal(1);
      await choose(other, 'another fine passphrase');
      expect(await heading(other)).to.equal('Your password was changed');
      await choose(one, 'a passphrase too late');
      expect(await heading(one)).to.equal(DEAD_LINK);
      expect(await headingAfterLogIn({ ...ADA, password: 'another fine passphrase' })).to.equal('Hello, Ada');
    });

    it('ends with a newer link, also after its button was pressed', async () => {
      const opened = await visit('a receiver', await askForLink(ADA.email, 3));
      await opened.getByRole('button', { name: 'Continue' }).click();
      await opened.getByRole('button', { name: 'Set the password' }).waitFor();
      const later = await visit('somebody', await askForLink(ADA.email, 4));
      await choose(opened, 'a third fine passphrase');
      expect(await heading(opened)).to.equal(DEAD_LINK);
      await later.getByRole('button', { name: 'Continue' }).click();
      await later.getByRole('button', { name: 'Set the password' }).waitFor();
      await choose(later, 'a third fine passphrase');
      await mail('Your password was changed', 3);
    });

    it('is offered in the same words whether there is an account or not', async () => {
      const ask = async (email: string) => {
        const answer = await post('/forgot', { email }, SAME_ORIGIN);
        const told = [...answer.headers].filter(([name]) => name !== 'date');
        return { status: answer.status, headers: told, body: await answer.text() };
      };
      const unknown = await ask('nobody@example.com');
      expect(unknown.status).to.equal(200);
      expect(await ask(GRACE.email)).to.deep.equal(unknown);
      // Mails are sent in the order in which they were asked for: one to nobody would have been there before.
      expect(await mail('Reset your password', 5)).to.include(GRACE.email);
      expect(await (await fetch(places.mailbox)).text()).to.not.include('nobody@example.com');
    });
  });

  describe('downloading a report', () => {
    let page: Page;
    let link: string;

    before(async () => {
      page = await logIn(GRACE);
      await page.getByRole('link', { name: 'Reports' }).click();
    });

    it('happens once, from S3, with the octets and the name of the report', async () => {
      await page.getByRole('button', { name: 'Download October' }).click();
      link = page.url();
      expect(link).to.match(new RegExp(`^${places.matchstick}/l/[\\w-]{22}$`));
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download' }).click();
      const file = await download;
      expect(file.suggestedFilename()).to.equal('October 2026.csv');
      expect(new URL(file.url()).origin).to.not.be.oneOf(
        Object.values(places).map((url) => new URL(url).origin),
      );
      const contents = await readFile(await file.path(), 'utf8');
      expect(contents).to.equal('month,for,euros\r\nOctober,Grace,1234.50\r\n');
    });

    it('does not happen by the same link again, here or elsewhere', async () => {
      await page.goto(link);
      expect(await heading(page)).to.equal(DEAD_LINK);
      expect(await heading(await visit('somebody', link))).to.equal(DEAD_LINK);
    });

    it('is refused to who is not logged in', async () => {
      const answer = await post('/reports/october', {}, { 'Sec-Fetch-Site': 'same-origin' });
      expect(answer.headers.get('location')).to.equal('/');
    });
  });

  describe('calling billing', () => {
    let page: Page;

    before(async () => {
      page = await logIn(GRACE);
    });

    it('works once for each token', async () => {
      await page.getByRole('link', { name: 'Invoices' }).click();
      await page.getByLabel('Make the call twice').check();
      await page.getByRole('button', { name: 'Create the invoice' }).click();
      expect(await page.getByRole('heading', { level: 2 }).allTextContents()).to.deep.equal([
        'Call 1: 201',
        'Call 2: 401',
      ]);
      expect(await page.locator('pre').allTextContents()).to.satisfy(([first, second]: string[]) => {
        return first?.includes('"createdBy": "user-grace"') && second?.includes('invalid_token');
      });
    });

    it('is refused to who has seen a token that was used', async () => {
      const [call] = tap.seen;
      const headers = {
        Authorization: call?.headers.authorization ?? '',
        'Content-Type': 'application/json',
      };
      expect(headers.Authorization).to.match(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/);
      const answer = await fetch(`${places.billing}/invoices`, {
        method: 'POST',
        headers,
        body: call?.body ?? '',
      });
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('content-type')).to.include('application/problem+json');
      expect(await answer.json()).to.include({ type: 'urn:billing:problem:invalid_token' });
    });

    it('does not lose its token to an order that makes no sense, nor by the address', async () => {
      const statuses: number[] = [];
      tap.meanwhile = async ({ headers: { authorization = '' }, body }) => {
        const [, token = ''] = authorization.split(' ');
        statuses.push(
          await orderBy({ Authorization: authorization }, '{"customer":"","euros":-1}'),
          await orderBy({ Authorization: authorization }, '{"customer":'),
          await orderBy({}, body, `?access_token=${token}`),
          await orderBy({ Authorization: `Basic ${token}` }, body),
        );
      };
      await page.goto(new URL('/invoices', places.app).href);
      await page.getByRole('button', { name: 'Create the invoice' }).click();
      expect(await page.getByRole('heading', { level: 2 }).textContent()).to.equal('Call 1: 201');
      expect(statuses).to.deep.equal([400, 400, 401, 401]);
    });

    async function orderBy(headers: Headers, body: string, query = ''): Promise<number> {
      const answer = await fetch(`${places.billing}/invoices${query}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body,
      });
      return answer.status;
    }
  });

  describe('as a whole', () => {
    let inTheDark: readonly string[];

    it('has no page that axe finds fault with, on a phone, nor with its colors in the dark', async () => {
      const page = await visit('somebody', places.app);
      await page.setViewportSize(PHONE);
      const strangers = anyOf(['/', '/forgot', '/reset', '/reset/done', '/nothing', places.mailbox], 3);
      const members = anyOf(['/', '/reports', '/invoices'], 2);
      inTheDark = anyOf([...strangers, ...members], 2);
      for (const path of strangers) await expectNoFaults(page, path);
      await logInAt(page, GRACE);
      for (const path of members) await expectNoFaults(page, path);
    });

    async function expectNoFaults(page: Page, path: string): Promise<void> {
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(new URL(path, places.app).href);
      await page.evaluate(axe.source);
      expect(await faultsOf(page), path).to.deep.equal([]);
      if (inTheDark.includes(path)) {
        // Nothing but the colors differs.
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await faultsOf(page, ['color-contrast']), `${path} in the dark`).to.deep.equal([]);
      }
      const overflow = await page
        .locator('html')
        .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
      expect(overflow, path).to.equal(0);
    }

    /** What axe finds: by these rules, or by all. */
    async function faultsOf(page: Page, runOnly?: readonly string[]): Promise<unknown> {
      return await page.locator('html').evaluate(async ({ ownerDocument }, runOnly) => {
        const options = { preload: false, ...(runOnly ? { runOnly } : {}) };
        const { violations } = await ownerDocument.defaultView.axe.run(options);
        return violations.map(({ id }: { id: string }) => id);
      }, runOnly);
    }

    it('logs in under a new session id each time, in a cookie that no script and no other site can use', async () => {
      const headers = { 'Sec-Fetch-Site': 'same-origin' };
      const first = await post('/login', GRACE, headers);
      const [cookie = ''] = first.headers.getSetCookie();
      expect(cookie).to.match(/^main-app-session=\S+; Path=\/; .*HttpOnly; SameSite=Lax$/);
      const [planted = ''] = cookie.split(';');
      const second = await post('/login', GRACE, { ...headers, Cookie: planted });
      expect(second.headers.getSetCookie()[0]?.split(';')[0]).to.not.equal(planted);
      const page = await fetch(places.app, { headers: { Cookie: planted } });
      expect(await page.text()).to.include('<h1>Log in</h1>');
    });

    it('refuses forms that come from elsewhere', async () => {
      for (const headers of [
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-site', Origin: places.mailbox },
        { Origin: 'https://attacker.example' },
        { Origin: 'null' },
        {},
      ]) {
        expect((await post('/login', ADA, headers)).status).to.equal(403);
      }
    });

    it('prints no link, no token and no password that was chosen', () => {
      const output = demo.output();
      expect(output).to.include('The demo runs');
      expect(output).to.not.match(/\/l\/[\w-]{22}|eyJ|redemption=|X-Amz|fine (?:new )?passphrase/);
    });

    it('ends at Ctrl-C, with all that it started and wrote', async () => {
      expect(await interrupt(demo)).to.equal(0);
      for (const url of Object.values(places)) {
        expect(
          await fetch(url).then(
            () => 'answers',
            () => 'is gone',
          ),
        ).to.equal('is gone');
      }
      expect(await leftIn(folder)).to.deep.equal([]);
    });
  });
});

describe('the demo', () => {
  const whenTestEnds = cleanupAfter(afterEach);

  it('runs without Redis and S3, and says so', async () => {
    const demo = await startExample(
      'demo.ts',
      { PATH: '', REDIS_SERVER: undefined, S3_TEST_ENDPOINT: undefined },
      true,
    );
    whenTestEnds(() => interrupt(demo));
    const { app } = await placesOf(demo);
    expect(demo.output()).to.match(/ledger in memory: there is no redis-server/);
    expect(demo.output()).to.match(/S3 +none/);
    const headers = { 'Sec-Fetch-Site': 'same-origin' };
    const body = new URLSearchParams(ADA);
    const loggedIn = await fetch(`${app}/login`, { method: 'POST', redirect: 'manual', headers, body });
    const Cookie = loggedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const reports = await (await fetch(`${app}/reports`, { headers: { Cookie } })).text();
    expect(reports).to.include('There is no S3 server');
    expect(reports).to.not.include('<button>Download');
  });

  it('ends in the midst of its start too, with all that it began', async () => {
    const folder = await emptyFolder(whenTestEnds);
    const demo = await startExample('demo.ts', { TMPDIR: folder });
    await demo.printed(/Starting/);
    expect(await interrupt(demo)).to.equal(0);
    expect(demo.output()).to.not.include('The demo runs');
    expect(await leftIn(folder)).to.deep.equal([]);
  });
});

async function interrupt(demo: Child): Promise<number | null> {
  demo.kill('SIGINT');
  return demo.exited();
}

/** What a demo has left behind. */
async function leftIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('tsx-'));
}
