import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import express from 'express';
import type { Page } from 'playwright-core';
import { linkOf, requireCapability } from '../../src/express/index.ts';
import { createMatchstick } from '../../src/index.ts';
import { runApp } from '../express/run-app.ts';
import { type MintedLink, mintLink } from '../http/link-page.ts';
import { startBrowser, type Visitors } from '../support/browser.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { openS3, type S3 } from '../support/s3-server.ts';
import { call, type ServiceProcess, startService } from '../support/service.ts';

/** Seconds that a download stays open after the button was pressed. */
const OPEN_SECONDS = 8;

describe('a link in a real browser', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let s3: S3;
  let visitors: Visitors;
  let service: ServiceProcess;
  let appUrl: string;
  /** Another origin, to which the application redirects. */
  let otherUrl: string;

  before(async () => {
    [s3, visitors, otherUrl] = await Promise.all([openS3(onClose), startBrowser(), startApp(onClose)]);
    appUrl = await startApp(onClose, otherUrl);
    onClose(visitors.close);
    const bucket = await s3.makeBucket();
    await s3.put(bucket, 'tenants/user-42/report.txt', 'what the report says');
    const purposes = {
      'password-reset': { audience: appUrl, lifetime: '15m', link: { then: `${appUrl}/reset` } },
      'file-download': {
        audience: appUrl,
        lifetime: '5m',
        claims: {
          type: 'object',
          required: ['key'],
          properties: { key: { type: 'string' }, filename: { type: 'string' } },
        },
        opens: {
          s3: {
            store: 'reports',
            operation: 'get',
            key: 'tenants/{subject}/{claims.key}',
            filename: '{claims.filename}',
            for: `${OPEN_SECONDS}s`,
          },
        },
        link: {},
      },
      coded: { audience: appUrl, lifetime: '15m', link: { then: `${appUrl}/reset`, code: true } },
      elsewhere: { audience: appUrl, lifetime: '15m', link: { then: `${appUrl}/sign-in` } },
    };
    const all = Object.keys(purposes);
    const { endpoint, region, credentials } = s3;
    const deployment = await makeDeployment(
      { purposes, stores: { reports: { bucket, region, endpoint, pathStyle: true, prefix: 'tenants/' } } },
      { ...TEST_CALLERS, main: { mint: all, redeem: all, inspect: true }, reader: {}, other: {} },
    );
    onClose(deployment.close);
    service = await startService(deployment, {
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    });
    onClose(service.close);
  });

  const download = (order: object = {}) =>
    mintLink(service, {
      purpose: 'file-download',
      claims: { key: 'report.txt', filename: 'Bericht ü.txt' },
      ...order,
    });
  /** For all visits in which nothing is special, one after the other: each page of its own costs processes. */
  let usual: Page | undefined;

  async function visit(url: string): Promise<Page> {
    if (usual === undefined) {
      usual = await visitors.open(url);
      return usual;
    }
    usual.removeAllListeners('console');
    await usual.unrouteAll({ behavior: 'ignoreErrors' });
    await usual.context().clearCookies();
    await usual.goto(url);
    return usual;
  }

  const open = (link: MintedLink) => visit(service.url + link.path);
  const stateOf = async ({ token }: MintedLink) =>
    (await call(service, 'POST', '/v1/tokens/inspect', { body: { token } })).json.state;

  async function pressForDownload(page: Page) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button').click()]);
    const chunks: Buffer[] = [];
    for await (const chunk of await file.createReadStream()) chunks.push(Buffer.from(chunk));
    return { name: file.suggestedFilename(), text: Buffer.concat(chunks).toString() };
  }

  it('downloads from S3, and is dead for whoever opens it after that', async () => {
    const link = await download();
    const page = await open(link);
    expect(await pressForDownload(page)).to.deep.equal({
      name: 'Bericht ü.txt',
      text: 'what the report says',
    });
    expect(await stateOf(link)).to.equal('burned');
    const other = await visitors.open(service.url + link.path);
    expect(await titleAt(other)).to.equal('This link no longer works');
  });

  it('gives a double click the file again, until its time is over', async () => {
    const link = await download();
    const page = await open(link);
    const began = performance.now();
    const first = await pressForDownload(page);
    const second = await pressForDownload(page);
    if (performance.now() - began < OPEN_SECONDS * 1000) expect(second).to.deep.equal(first);
    await page.waitForTimeout(OPEN_SECONDS * 1000 + 500);
    await page.getByRole('button').click();
    await page.waitForURL(service.url + link.path);
    expect(await titleAt(page)).to.equal('This link no longer works');
  });

  it('leads to the application, which gets the redemption that it can collect', async () => {
    const link = await mintLink(service);
    const page = await open(link);
    await page.getByRole('button').click();
    await page.waitForURL(`${appUrl}/reset?redemption=*`);
    const id = new URL(page.url()).searchParams.get('redemption');
    const collected = await call(service, 'POST', `/v1/redemptions/${id}/collect`);
    expect(collected.json).to.include({ subject: 'user-42', purpose: 'password-reset' });
    expect(await page.locator('body').textContent(), 'no referrer').to.equal('referrer: none');
  });

  it('works without any script, in German for a German', async () => {
    const link = await mintLink(service);
    const page = await visitors.open(service.url + link.path, { javaScriptEnabled: false, locale: 'de-AT' });
    expect(await page.locator('html').getAttribute('lang')).to.equal('de');
    await page.getByRole('button').click();
    await page.waitForURL(`${appUrl}/reset?redemption=*`);
  });

  it('goes on where the application redirects to another origin, with and without scripts', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const link = await mintLink(service, { purpose: 'elsewhere' });
      const page = javaScriptEnabled
        ? await open(link)
        : await visitors.open(service.url + link.path, { javaScriptEnabled });
      const told: string[] = [];
      page.on('console', (message) => told.push(message.text()));
      await page.getByRole('button').click();
      await page.waitForURL(`${otherUrl}/from-sign-in?redemption=*`);
      expect(await page.locator('body').textContent()).to.equal('referrer: none');
      expect(told.join(), 'no policy stopped anything').to.equal('');
      const id = new URL(page.url()).searchParams.get('redemption');
      const collected = await call(service, 'POST', `/v1/redemptions/${id}/collect`);
      expect(collected.json).to.include({ subject: 'user-42', purpose: 'elsewhere' });
    }
  });

  it('has a way on for a browser that does not go on by itself', async () => {
    const link = await mintLink(service, { purpose: 'elsewhere' });
    const page = await open(link);
    await page.route(service.url + link.path, async (route) => {
      const answer = await route.fetch();
      const body = (await answer.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '');
      await route.fulfill({ response: answer, body });
    });
    await page.getByRole('button').click();
    await page.getByRole('link', { name: 'Continue' }).click();
    await page.waitForURL(`${otherUrl}/from-sign-in?redemption=*`);
  });

  it('opens where a mail program left something behind it', async () => {
    for (const left of [').', '%E2%80%8B', '%20Please', '/?utm_source=mail', '>']) {
      const link = await mintLink(service);
      const page = await visit(service.url + link.path + left);
      await page.getByRole('button').click();
      await page.waitForURL(`${appUrl}/reset?redemption=*`);
    }
  });

  it('of an application shows a page to whoever presses its button again', async () => {
    const purposes = { confirm: { audience: 'app', lifetime: '5m' } } as const;
    const matchstick = await createMatchstick({ issuer: 'https://cap.example.test', purposes });
    onClose(() => matchstick.close());
    const confirm = requireCapability({ redeem: matchstick, purpose: 'confirm', from: 'link' });
    const app = await runApp(onClose, (routes) => {
      routes.use(express.urlencoded());
      routes.get('/', confirm, (request, response) => {
        const { token } = linkOf(request) ?? {};
        response.send(
          `<form method="post" action="/"><button name="token" value="${token}">Confirm</button></form>`,
        );
      });
      routes.post('/', confirm, (_request, response) => response.send('confirmed'));
    });
    const { token } = await matchstick.mint('confirm', { subject: 'user-42' });
    const address = `${app.url}/?token=${token}).`;
    const [first, page] = [await visit(address), await visitors.open(address, { locale: 'de-AT' })];
    await first.getByRole('button').click();
    await first.getByText('confirmed').waitFor();
    await page.getByRole('button').click();
    await page.getByRole('heading', { name: 'Dieser Link gilt nicht mehr' }).waitFor();
  });

  it('asks for the code, says how many tries are left, and goes on with the right one', async () => {
    const link = await mintLink(service, { purpose: 'coded' });
    const page = await open(link);
    const wrong = String((Number(link.code) + 1) % 1_000_000).padStart(6, '0');
    await page.locator('input[name=code]').fill(wrong);
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).to.include('4');
    await page.locator('input[name=code]').pressSequentially((link.code ?? '').replace(/^.../, '$& - '));
    await page.keyboard.press('Enter');
    await page.waitForURL(`${appUrl}/reset?redemption=*`);
  });

  it('says that there were too many wrong codes', async () => {
    const link = await mintLink(service, { purpose: 'coded' });
    const page = await open(link);
    const wrong = String((Number(link.code) + 1) % 1_000_000).padStart(6, '0');
    for (const says of ['4', '3', '2', '1']) {
      await page.locator('input[name=code]').fill(wrong);
      await page.keyboard.press('Enter');
      await page.getByRole('alert').filter({ hasText: says }).waitFor();
    }
    await page.locator('input[name=code]').fill(wrong);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Too many wrong codes' }).waitFor();
  });

  it('goes on after the network lost the answer to its button', async () => {
    const link = await mintLink(service);
    const page = await open(link);
    let lost = 0;
    await page.route(service.url + link.path, async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) return route.continue();
      lost++;
      await route.fetch({ maxRedirects: 0 });
      await route.abort('connectionreset');
    });
    await page.getByRole('button').click();
    await page.waitForURL(/chrome-error/);
    expect(await stateOf(link)).to.equal('burned');
    await page.reload();
    await page.waitForURL(`${appUrl}/reset?redemption=*`);
    expect(lost).to.equal(1);
  });

  it('is not burned by a scanner that fetches, follows, renders and waits', async () => {
    const links = await Promise.all([download(), mintLink(service), mintLink(service, { purpose: 'coded' })]);
    const scan = async (link: MintedLink): Promise<void> => {
      const url = service.url + link.path;
      for (const method of ['HEAD', 'GET', 'GET', 'OPTIONS']) {
        const answer = await fetch(url, { method, redirect: 'follow', headers: { Purpose: 'prefetch' } });
        for (const [, found = ''] of (await answer.text()).matchAll(/(?:href|src|action)="(http[^"]+)"/g)) {
          await fetch(found);
        }
      }
      const page = await visit(url);
      await page.mouse.move(200, 300);
      await page.mouse.wheel(0, 500);
      await page.waitForTimeout(1500);
      await page.reload();
      expect(await stateOf(link)).to.equal('live');
      expect(link.code === undefined || (await fetch(url)).status === 200).to.equal(true);
    };
    for (const link of links) await scan(link);
  });
});

async function titleAt(page: Page): Promise<string | null> {
  return page.getByRole('heading', { level: 1 }).textContent();
}

/** The application to which links lead; it says what it was told of where the visitor comes from. */
async function startApp(onClose: (close: () => unknown) => void, signInAt?: string): Promise<string> {
  const app = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://app');
    if (signInAt && pathname === '/sign-in') {
      response.writeHead(302, { Location: `${signInAt}/from-sign-in${search}` }).end();
      return;
    }
    response.end(`referrer: ${request.headers.referer ?? 'none'}`);
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  onClose(() => app.close());
  const { port } = app.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}
