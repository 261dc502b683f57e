import { join } from 'node:path';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { parse } from 'yaml';
import { startBrowser, type Visitors } from '../support/browser.ts';
import { makeCertificates } from '../support/certificates.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { call, type ServiceProcess, startService } from '../support/service.ts';
import { constantIn, drainSeconds, shipped, shippedSettings } from './shipped.ts';
import { SHIPPED_HOST, settingsBesideNginx, startShippedNginx } from './shipped-nginx.ts';

const THEN = `https://${SHIPPED_HOST}/reset`;

describe('a link below a path of another host, in a real browser, through nginx with the shipped file', () => {
  const onClose = cleanupAfter(after);
  let deployment: Deployment;
  let service: ServiceProcess;
  let visitors: Visitors;
  let prefix: string;

  before(async () => {
    const beside = parse(settingsBesideNginx());
    prefix = `${beside.issuer}/`;
    const purpose = { audience: 'app', lifetime: '15m', link: { then: THEN } };
    const coded = { ...purpose, link: { then: THEN, code: true } };
    deployment = await makeDeployment(
      { ...beside, purposes: { 'password-reset': purpose, coded } },
      { main: { mint: ['password-reset', 'coded'], redeem: ['password-reset', 'coded'] } },
    );
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
    const certificates = await makeCertificates(`DNS:${SHIPPED_HOST}`);
    onClose(certificates.close);
    const { host } = new URL(service.url);
    const accessLog = (port: number) => join(deployment.folder, `access-${port}.log`);
    const nginx = await startShippedNginx({ upstreams: [host, host], certificates, accessLog });
    onClose(nginx.close);
    visitors = await startBrowser({ [`${SHIPPED_HOST}:443`]: `127.0.0.1:${nginx.port}` });
    onClose(visitors.close);
  });

  const mint = async (purpose: string) =>
    (await call(service, 'POST', '/v1/tokens', { body: { purpose, subject: 'user-42' } })).json;

  /** The page of a link, with everything that it asks the server for, and all that the browser complains of. */
  async function open(url: string): Promise<{ page: Page; asked: string[]; complaints: string[] }> {
    const page = await visitors.open('about:blank', { ignoreHTTPSErrors: true });
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(url);
    return { page, asked: asked.filter((each) => !each.includes(' data:')), complaints };
  }

  it('needs settings that the service accepts: those in the comment of the file', () => {
    const { issuer, listen } = shippedSettings(
      'nginx/matchstick.conf',
      {},
      `${settingsBesideNginx()}ledger: { memory: true }\n`,
    );
    expect(issuer).to.equal(`https://${SHIPPED_HOST}/matchstick`);
    expect(listen.proxyHops).to.equal(1);
  });

  it('asks an instance that is back before the next one is gone, and closes connections before the service does', () => {
    const seconds = (name: string) => {
      const found = [
        ...shipped('nginx/matchstick.conf').matchAll(new RegExp(`^[^#]*\\b${name}[ =](\\d+)s;`, 'gm')),
      ];
      expect(found, name).to.not.deep.equal([]);
      return Math.max(...found.map(([, digits]) => Number(digits)));
    };
    expect(seconds('fail_timeout')).to.be.lessThan(drainSeconds());
    expect(seconds('keepalive_timeout')).to.be.lessThan(
      constantIn('http/server.ts', 'KEEP_ALIVE_TIMEOUT_MS') / 1000,
    );
  });

  it('shows its page, and its button leads to the application', async () => {
    const { url } = await mint('password-reset');
    expect(url).to.match(/^https:\/\/app\.example\.com\/matchstick\/l\//);
    const { page, asked, complaints } = await open(url);
    expect(asked).to.deep.equal([`GET ${url}`]);
    expect(complaints).to.deep.equal([]);
    const pressed = page.waitForRequest((request) => request.method() === 'POST');
    await Promise.all([page.waitForURL(`${THEN}?redemption=*`), page.locator('main button').click()]);
    expect((await pressed).url()).to.equal(url);
    // Used up: the page stays below the path, and so does the way back.
    await page.goto(url);
    expect(await page.locator('main button').count()).to.equal(0);
  });

  it('asks again below the path after a wrong code', async () => {
    const { url, code } = await mint('coded');
    const { page } = await open(url);
    const wrong = code === '000000' ? '000001' : '000000';
    await page.locator('input[name=code]').fill(wrong);
    const [refused] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.locator('main button').click(),
    ]);
    expect(refused.status()).to.equal(403);
    expect(page.url().startsWith(prefix), page.url()).to.equal(true);
    await page.locator('input[name=code]').fill(code);
    await Promise.all([page.waitForURL(`${THEN}?redemption=*`), page.locator('main button').click()]);
  });
});
