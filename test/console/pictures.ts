import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runService } from '../http/run-service.ts';
import { startBrowser } from '../support/browser.ts';
import { call, mintToken, redeemToken } from '../support/service.ts';
import { CALLERS, PURPOSES } from './desk.ts';

/** Takes the pictures of docs/console.md: `npm run pictures`. */
const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const closes: (() => unknown)[] = [];
const service = await runService(
  (close) => closes.unshift(close),
  { purposes: PURPOSES, pages: { name: 'Acme' } },
  CALLERS,
);
const browser = await startBrowser();
try {
  await mkdir(folder, { recursive: true });
  for (let each = 0; each < 6; each++) {
    const token = await mintToken(service, { purpose: 'file-download', subject: 'bob' });
    if (each % 2) await redeemToken(service, token, { purpose: 'file-download' });
  }
  await call(service, 'POST', '/v1/tokens', {
    body: { purpose: 'password-reset', subject: 'cy', link: true },
  });
  const used = await mintToken(service, { purpose: 'file-download', subject: 'ada' });
  await redeemToken(service, used, { purpose: 'password-reset' });
  await redeemToken(service, used, { purpose: 'file-download' });
  await redeemToken(service, used, { purpose: 'file-download' });
  const page = await browser.open(`${service.url}/console`);
  const picture = (name: string) => page.screenshot({ path: `${folder}console-${name}.png` });
  await page.getByLabel('Caller key').fill(service.deployment.callerKeys.ops ?? '');
  await page.keyboard.press('Enter');
  await page.waitForURL(/console$/);
  await picture('search');
  await page.getByLabel('Token, link').fill(used);
  await page.keyboard.press('Enter');
  await page.waitForURL(/tokens/);
  await picture('token');
  await page.goto(`${service.url}/console/events?type=token.refused`);
  await picture('events');
  await page.goto(`${service.url}/console/activity`);
  await page.locator('.plot canvas').first().waitFor();
  await picture('activity');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(`${service.url}/console/keys`);
  await picture('keys-dark');
} finally {
  await browser.close();
  for (const close of closes) await close();
}
process.exit();
