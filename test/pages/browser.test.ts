import axe from 'axe-core';
import { expect } from 'chai';
import type { Page as BrowserPage } from 'playwright-core';
import { parseCode } from '../../src/links/code.ts';
import { renderPages } from '../../src/pages/render.ts';
import type { Page } from '../../src/pages/view.ts';
import { DESKTOP, PHONE, startBrowser, type Visitor, type Visitors } from '../support/browser.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { anyOf, dealtTo } from '../support/soak.ts';
import { ATTEMPT, LEADS, LOGO, lookWith, textsIn, VIEWS } from './example.ts';
import { type ServedPage, servePage } from './serve-page.ts';

const views = Object.entries(VIEWS);
const withLeads = [...views, ['a link that leads on', LEADS] as const];
const live = VIEWS['a link that works'];
const asking = VIEWS['a link that asks for a code'];
type Look = Pick<Visitor, 'colorScheme' | 'reducedMotion' | 'forcedColors'> & {
  readonly viewport?: typeof PHONE;
};

const LONG = 'Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetz';

describe('a page in a real browser', function () {
  this.timeout(PATIENCE_MS);
  let browser: Visitors;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());
  const whenTestEnds = cleanupAfter(afterEach);
  /**
   * For all visits in which nothing is special, nor a form under way in the end: each page of its own costs a process. These
   * pages keep nothing in the browser.
   */
  let usual: BrowserPage | undefined;

  async function visit(page: Page, look: Look = {}): Promise<{ page: BrowserPage; served: ServedPage }> {
    const served = await servePage(page);
    whenTestEnds(() => served.close());
    usual ??= await browser.open('about:blank');
    await usual.unrouteAll({ behavior: 'ignoreErrors' });
    await usual.setViewportSize(look.viewport ?? DESKTOP);
    const { colorScheme = null, reducedMotion = null, forcedColors = null } = look;
    await usual.emulateMedia({ colorScheme, reducedMotion, forcedColors });
    await usual.goto(served.url);
    return { page: usual, served };
  }

  /** In a page of its own, which ends with the test. */
  async function visitAlone(page: Page): Promise<{ page: BrowserPage; served: ServedPage }> {
    const served = await servePage(page);
    whenTestEnds(() => served.close());
    const opened = await browser.open(served.url);
    whenTestEnds(() => opened.context().close());
    return { page: opened, served };
  }

  /** Waits until as many requests have come. */
  async function untilAsked(served: ServedPage, count: number): Promise<void> {
    while (served.asked.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Each choice is in one of them: a fault comes from a scheme, a device or a language, not from two of them at once. */
  const looks = [
    { colorScheme: 'light', device: 'phone', viewport: PHONE, language: 'en' },
    { colorScheme: 'dark', device: 'desktop', viewport: DESKTOP, language: 'de' },
  ] as const;
  const dealt = dealtTo(looks.length, anyOf(withLeads, 6));
  for (const [index, { colorScheme, device, viewport, language }] of looks.entries()) {
    it(`has nothing that axe finds fault with (${colorScheme}, ${device}, ${language})`, async () => {
      const render = renderPages(lookWith({ logo: LOGO }));
      const { page, served } = await visit(render({ kind: 'dead' }, language), { viewport, colorScheme });
      await stayAt(page);
      for (const [what, view] of dealt[index] ?? []) {
        served.show(render(view, language));
        await page.goto(served.url);
        await page.evaluate(axe.source);
        const found = await page.locator('html').evaluate(async ({ ownerDocument }) => {
          const { violations, incomplete, passes } = await ownerDocument.defaultView.axe.run({
            preload: false,
          });
          const told = [...violations, ...incomplete].map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
          return { told, passes: passes.length };
        });
        expect(found.told, what).to.deep.equal([]);
        expect(found.passes, what).to.be.greaterThan(10);
      }
    });
  }

  it('can be read by axe with every kind of brand color', async () => {
    const painted = (color: string) => renderPages(lookWith({ color }))(asking, 'en');
    const { page, served } = await visit(painted('#ff0000'), { colorScheme: 'dark' });
    for (const color of anyOf(['#ffe45c', '#14161a', '#808080', '#ffffff', '#00ff00', '#0000ff'], 3)) {
      served.show(painted(color));
      await page.goto(served.url);
      await page.evaluate(axe.source);
      const found = await page
        .locator('html')
        .evaluate(async ({ ownerDocument }) =>
          (
            await ownerDocument.defaultView.axe.run({ preload: false, runOnly: ['color-contrast'] })
          ).violations.map(({ id }: { id: string }) => id),
        );
      expect(found, color).to.deep.equal([]);
    }
  });

  it('makes no request but its own, breaks no rule of its policy, and sends nothing by itself', async () => {
    const page = await browser.open('about:blank');
    whenTestEnds(() => page.context().close());
    let told: string[] = [];
    page.on('console', (message) => told.push(message.text()));
    page.on('request', (request) => told.push(request.url().slice(0, 30)));
    for (const [what, view] of anyOf(views, 4)) {
      const served = await servePage(renderPages(lookWith({ logo: LOGO }))(view, 'en'));
      whenTestEnds(() => served.close());
      told = [];
      await page.goto(served.url, { waitUntil: 'networkidle' });
      expect(served.asked, what).to.deep.equal([{ method: 'GET', path: '/l/some-reference', body: '' }]);
      expect(
        told.filter((line) => line !== served.url.slice(0, 30) && !line.startsWith('data:')),
        what,
      ).to.deep.equal([]);
    }
  });

  it("wears its style and the brand's color under its own policy", async () => {
    const { page } = await visit(renderPages(lookWith({ color: '#0a7d33' }))(live, 'en'));
    const button = page.getByRole('button', { name: 'Go on' });
    const style = await button.evaluate((element) => {
      const { backgroundColor, color } = element.ownerDocument.defaultView.getComputedStyle(element);
      return { backgroundColor, color };
    });
    expect(style).to.deep.equal({ backgroundColor: 'rgb(10, 125, 51)', color: 'rgb(255, 255, 255)' });
  });

  it('shows the logo in place of the name', async () => {
    const { page } = await visit(renderPages(lookWith({ logo: LOGO }))(live, 'en'));
    const logo = page.getByRole('img', { name: 'Acme' });
    expect(await logo.evaluate((image) => image.naturalWidth)).to.equal(80);
  });

  it('is worked with the keyboard alone: Tab reaches the button, Enter presses it', async () => {
    const { page, served } = await visitAlone(renderPages(lookWith())(live, 'en'));
    await page.keyboard.press('Tab');
    expect(await page.getByRole('button').evaluate(hasFocus)).to.equal(true);
    await page.keyboard.press('Enter');
    await untilAsked(served, 2);
    expect(served.asked[1]).to.deep.equal({
      method: 'POST',
      path: '/l/some-reference',
      body: `attempt=${ATTEMPT}`,
    });
  });

  it('is worked with the keyboard alone: Tab reaches the code, Enter in it presses the button', async () => {
    const { page, served } = await visitAlone(renderPages(lookWith())(asking, 'en'));
    await page.keyboard.press('Tab');
    const code = page.getByRole('textbox', { name: 'Six-digit code' });
    expect(await code.evaluate(hasFocus)).to.equal(true);
    await page.keyboard.type('123456');
    await page.keyboard.press('Enter');
    await untilAsked(served, 2);
    expect(served.asked[1]?.body).to.equal(`attempt=${ATTEMPT}&code=123456`);
  });

  it('sends no code that is not six digits', async () => {
    const { page, served } = await visit(renderPages(lookWith())(asking, 'en'));
    const code = page.getByRole('textbox');
    for (const wrong of ['', '12345', '1234567', 'abcdef']) {
      await code.fill(wrong);
      await page.getByRole('button').click();
      expect(await code.evaluate((input) => input.validity.valid), wrong).to.equal(false);
    }
    expect(served.asked).to.have.lengthOf(1);
  });

  it('sends the whole code, as it was typed or pasted', async () => {
    const typeds = [
      '644 943',
      '644-943',
      '\u00a0644\u202f943\u00a0',
      '６４４　９４３',
      '٦٤٤٩٤٣',
      '\u2068644 943\u2069',
    ];
    for (const typed of anyOf(typeds, 3)) {
      const { page, served } = await visit(renderPages(lookWith())(asking, 'en'));
      await page.getByRole('textbox').pressSequentially(typed);
      const loaded = page.waitForEvent('load');
      await page.keyboard.press('Enter');
      await untilAsked(served, 2);
      await loaded;
      const sent = new URLSearchParams(served.asked[1]?.body).get('code');
      expect(sent).to.equal(typed);
      expect(parseCode(sent ?? undefined)).to.equal('644943');
    }
  });

  it('leads to the code after a wrong one, and there says what was wrong; at first it leads nowhere', async () => {
    const wrong = await visit(renderPages(lookWith())(VIEWS['a wrong code'], 'en'));
    const code = wrong.page.getByRole('textbox');
    expect(await code.evaluate(hasFocus)).to.equal(true);
    const described = await code.evaluate((input) =>
      input
        .getAttribute('aria-describedby')
        .split(' ')
        .map((id: string) => input.ownerDocument.getElementById(id).textContent),
    );
    expect(described).to.deep.equal([
      'That code is not right. Tries left: 4.',
      'It was sent to you separately from the link.',
    ]);
    const first = await visit(renderPages(lookWith())(asking, 'en'));
    expect(await first.page.getByRole('textbox').evaluate(hasFocus)).to.equal(false);
  });

  it('works without scripts, and posts to its own address wherever the service is mounted', async () => {
    const served = await servePage(renderPages(lookWith())(live, 'en'));
    whenTestEnds(() => served.close());
    const address = new URL('/under/some/path/l/another-reference', served.url).href;
    const page = await browser.open(address, { javaScriptEnabled: false });
    whenTestEnds(() => page.context().close());
    await page.getByRole('button').click();
    await untilAsked(served, 2);
    expect(served.asked.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      'GET /under/some/path/l/another-reference',
      'POST /under/some/path/l/another-reference',
    ]);
  });

  it('goes on to where its purpose may lead, and nowhere else', async () => {
    const there = await servePage(renderPages(lookWith())({ kind: 'done', purpose: 'password-reset' }, 'en'));
    whenTestEnds(() => there.close());
    const press = async (origins: readonly string[]) => {
      const render = renderPages(lookWith(), new Map([['password-reset', origins]]));
      const { page, served } = await visitAlone(render(live, 'en'));
      served.redirectTo(there.url);
      const told: string[] = [];
      page.on('console', (message) => told.push(message.text()));
      await page.getByRole('button').click({ noWaitAfter: true });
      await untilAsked(served, 2);
      return { page, told };
    };
    const stopped = await press(['https://elsewhere.example']);
    while (stopped.told.length === 0) await stopped.page.waitForTimeout(10);
    expect(stopped.told.join()).to.match(/form-action/);
    expect(there.asked).to.deep.equal([]);

    const { page } = await press([new URL(there.url).origin]);
    await page.waitForURL(there.url);
    expect(there.asked).to.have.lengthOf(1);
  });

  it('has no side scroll at 320 pixels and at 200 % on a small screen, however long the words', async () => {
    const own = {
      title: LONG,
      text: `${LONG.repeat(4)} https://example.com/${'x'.repeat(300)}`,
      button: LONG,
    };
    const look = lookWith({
      name: LONG,
      purposes: new Map([['password-reset', new Map([['en', own]])]]),
    });
    const viewports = [
      { width: 320, height: 568 },
      { width: 640, height: 400 },
    ];
    const narrow = dealtTo(viewports.length, anyOf(withLeads, 6));
    for (const [index, viewport] of viewports.entries()) {
      const { page, served } = await visit(renderPages(look)(live, 'en'), { viewport });
      await stayAt(page);
      for (const [what, view] of narrow[index] ?? []) {
        served.show(renderPages(look)(view, 'en'));
        await page.goto(served.url);
        const widest = await page
          .locator('html')
          .evaluate((root) => Math.max(root.scrollWidth, root.ownerDocument.body.scrollWidth));
        expect(widest, what).to.be.at.most(viewport.width);
        const outside = await page
          .locator('body *:not(script, style)')
          .evaluateAll(
            (elements, width) =>
              elements.filter((element) => element.getBoundingClientRect().right > width).length,
            viewport.width,
          );
        expect(outside, what).to.equal(0);
      }
    }
  });

  it('has targets of at least 44 pixels, and shows where the focus is', async () => {
    const { page } = await visit(renderPages(lookWith())(asking, 'en'), { viewport: PHONE });
    for (const target of [page.getByRole('button'), page.getByRole('textbox')]) {
      const box = await target.boundingBox();
      expect(box?.height).to.be.at.least(44);
      expect(box?.width).to.be.at.least(44);
      await page.keyboard.press('Tab');
    }
    const outline = await page.getByRole('button').evaluate((element) => {
      const { outlineStyle, outlineWidth } = element.ownerDocument.defaultView.getComputedStyle(element);
      return { outlineStyle, outlineWidth };
    });
    expect(outline).to.deep.equal({ outlineStyle: 'solid', outlineWidth: '3px' });
  });

  it('moves nothing for who wants no motion, and keeps its lines in forced colors', async () => {
    const still = await visit(renderPages(lookWith())(live, 'en'), { reducedMotion: 'reduce' });
    const duration = await still.page
      .getByRole('button')
      .evaluate((element) => element.ownerDocument.defaultView.getComputedStyle(element).transitionDuration);
    expect(duration).to.equal('0s');
    const forced = await visit(renderPages(lookWith())(live, 'en'), { forcedColors: 'active' });
    const border = await forced.page
      .getByRole('button')
      .evaluate((element) => element.ownerDocument.defaultView.getComputedStyle(element).borderTopStyle);
    expect(border).to.equal('solid');
  });

  it('stands on the right for a language from right to left, with the digits of a code from the left', async () => {
    const look = lookWith({ language: 'he', texts: new Map([['he', textsIn('he')]]), purposes: new Map() });
    const { page } = await visit(renderPages(look)(asking, undefined), { viewport: PHONE });
    const [heading, code] = await Promise.all(
      [page.getByRole('heading'), page.getByRole('textbox')].map((locator) =>
        locator.evaluate((element) => element.ownerDocument.defaultView.getComputedStyle(element).direction),
      ),
    );
    expect([heading, code]).to.deep.equal(['rtl', 'ltr']);
  });
});

/** Keeps a page where it is that would go on: the place to which it goes has nothing to show. */
function stayAt(page: BrowserPage): Promise<unknown> {
  return page.route(`${new URL(LEADS.to).origin}/**`, (route) => route.fulfill({ status: 204 }));
}

function hasFocus(element: { readonly ownerDocument: { readonly activeElement: unknown } }): boolean {
  return element === element.ownerDocument.activeElement;
}
