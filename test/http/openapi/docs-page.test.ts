import { expect } from 'chai';
import { startBrowser } from '../../support/browser.ts';
import { cleanupAfter } from '../../support/cleanup.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { call, type ServiceProcess } from '../../support/service.ts';
import { runService } from '../run-service.ts';
import { CALLERS, PURPOSES } from './deployment.ts';

describe('GET /docs', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  before(async () => {
    service = await runService(onClose, { purposes: PURPOSES }, CALLERS);
  });
  const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${service.url}${path}`, { headers });

  it('tries a call out in a browser, with no violation of its policy and no request to anybody else', async () => {
    const visitors = await startBrowser();
    onClose(visitors.close);
    const page = await visitors.open('about:blank');
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${service.url}/docs`);
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page
      .getByLabel('Value')
      .or(page.locator('.auth-container input'))
      .first()
      .fill(service.deployment.callerKeys.main ?? '');
    await page.locator('.auth-btn-wrapper button[type=submit]').click();
    await page.locator('.auth-btn-wrapper .btn-done').click();
    await page.locator('#operations-Tokens-mint .opblock-summary-control').click();
    await page.locator('#operations-Tokens-mint .try-out__btn').click();
    await page.locator('#operations-Tokens-mint .execute').click();
    await page
      .locator('#operations-Tokens-mint .live-responses-table .response-col_status', { hasText: '201' })
      .waitFor();
    expect(
      asked
        .map((url) => new URL(url))
        .filter(({ protocol, origin }) => protocol !== 'data:' && origin !== service.url)
        .map(String),
    ).to.deep.equal([]);
    expect(asked.map((url) => new URL(url).pathname)).to.include('/v1/tokens');
    expect(complaints).to.deep.equal([]);
  });

  it('is made of files that can be kept for ever, compressed for who takes that', async () => {
    const { status, text, headers } = await call(service, 'GET', '/docs', { as: null });
    expect(status).to.equal(200);
    expect(headers.get('content-security-policy'))
      .to.include("default-src 'none'")
      .and.include("script-src 'self'");
    const names = [...text.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, name]) => name);
    expect(names).to.have.length(3);
    for (const name of names) {
      const plain = await get(`/${name}`, { 'Accept-Encoding': 'identity' });
      expect(plain.status).to.equal(200);
      expect(plain.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
      expect(plain.headers.get('content-encoding')).to.equal(null);
      expect(plain.headers.get('vary')).to.equal('Accept-Encoding');
      const octets = Buffer.from(await plain.arrayBuffer());
      const zipped = await get(`/${name}`, { 'Accept-Encoding': 'br;q=1, gzip;q=0.5' });
      expect(zipped.headers.get('content-encoding')).to.equal('gzip');
      // fetch has unpacked it.
      expect(Buffer.from(await zipped.arrayBuffer()).equals(octets)).to.equal(true);
      const refused = await get(`/${name}`, { 'Accept-Encoding': 'gzip;q=0' });
      expect(refused.headers.get('content-encoding')).to.equal(null);
      await refused.arrayBuffer();
    }
  });

  it('has no other file', async () => {
    for (const path of [
      '/docs/',
      '/docs/swagger-ui-bundle.js',
      '/docs/..%2fpackage.json',
      '/docs/constructor',
    ]) {
      expect((await call(service, 'GET', path, { as: null })).status, path).to.equal(404);
    }
  });
});
