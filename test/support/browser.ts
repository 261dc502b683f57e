import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../scripts/test-tools.mjs';

/** A real browser; every page opened in it is a visitor of its own, without cookies or cache. */
export interface Visitors {
  /** Opens an address. The page is closed with the browser, or by `page.context().close()`. */
  open(url: string, visitor?: Visitor): Promise<Page>;
  close(): Promise<void>;
}

export type Visitor = Pick<
  BrowserContextOptions,
  | 'viewport'
  | 'colorScheme'
  | 'forcedColors'
  | 'reducedMotion'
  | 'locale'
  | 'isMobile'
  | 'hasTouch'
  | 'javaScriptEnabled'
  | 'ignoreHTTPSErrors'
>;

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 800 };

/** Starts Chromium: one for each test file is enough. `hosts` says where it finds a host: `name:port` to `address:port`. */
export async function startBrowser(hosts: Readonly<Record<string, string>> = {}): Promise<Visitors> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('There is no Chromium: install it, or name it in CHROMIUM.');
  const isRoot = process.getuid?.() === 0;
  const rules = Object.entries(hosts).map(([host, address]) => `MAP ${host} ${address}`);
  const browser = await chromium.launch({
    executablePath,
    // Chromium's sandbox refuses to run for root, which is who runs in most containers.
    args: [
      '--disable-dev-shm-usage',
      ...(isRoot ? ['--no-sandbox'] : []),
      ...(rules.length > 0 ? [`--host-resolver-rules=${rules.join(', ')}`] : []),
    ],
  });
  return {
    open: async (url, visitor = {}) => {
      const context = await browser.newContext({ viewport: DESKTOP, ...visitor });
      const page = await context.newPage();
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
  };
}
