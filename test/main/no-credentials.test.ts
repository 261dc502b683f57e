import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { expectProblem } from '../http/expect-answer.ts';
import { attemptIn, mintLink, pressButton, visit } from '../http/link-page.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { startRedis } from '../support/redis-server.ts';
import { call, type ServiceProcess, startService } from '../support/service.ts';

/** Nothing of this environment's AWS settings, and no way to the metadata service of a cloud. */
const NO_AWS = {
  AWS_ACCESS_KEY_ID: '',
  AWS_SECRET_ACCESS_KEY: '',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
  AWS_CONFIG_FILE: '/nowhere',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  AWS_EC2_METADATA_DISABLED: 'true',
};
const ORDER = { purpose: 'invoice', subject: 'user-42' };

describe('a service whose store has no credentials', () => {
  const onClose = cleanupAfter(after);
  let deployment: Deployment;
  let service: ServiceProcess;

  before(async () => {
    const redis = await startRedis();
    onClose(redis.close);
    const invoice = {
      audience: 'app',
      lifetime: '5m',
      link: {},
      opens: { s3: { store: 'reports', key: '{subject}' } },
    };
    const receipt = {
      audience: 'app',
      lifetime: '5m',
      opens: { s3: { store: 'archive', key: '{subject}' } },
    };
    const plain = { audience: 'app', lifetime: '5m' };
    const region = 'eu-central-1';
    const stores = {
      reports: { bucket: 'acme-reports', region },
      archive: { bucket: 'acme-archive', region },
      spare: { bucket: 'acme-spare', region },
    };
    const purposes = ['invoice', 'plain'];
    deployment = await makeDeployment(
      { ledger: { redis: redis.url }, purposes: { invoice, receipt, plain }, stores },
      { main: { mint: purposes, redeem: purposes, inspect: true } },
    );
    onClose(deployment.close);
    service = await start(NO_AWS);
  });

  async function start(env: NodeJS.ProcessEnv): Promise<ServiceProcess> {
    const started = await startService(deployment, env);
    onClose(started.close);
    return started;
  }

  const mint = async (): Promise<string> =>
    (await call(service, 'POST', '/v1/tokens', { body: ORDER })).json.token;

  const redeem = (at: ServiceProcess, token: string, attempt: string) =>
    call(at, 'POST', '/v1/redemptions', {
      headers: { 'Idempotency-Key': attempt },
      body: { token, purpose: 'invoice' },
    });

  for (const [store, purposes, tokens] of [
    ['reports', ['invoice'], ', and so does redeeming a token of invoice'],
    ['archive', ['receipt'], ', and so does redeeming a token of receipt'],
    ['spare', [], ''],
  ] as const) {
    it(`says so at its start: why, which purposes that concerns, and where to read on: ${store}`, async () => {
      const event = new RegExp(`\\{.*"event":"store\\.no-credentials","store":"${store}".*\\}`);
      const [line = ''] = await service.process.printed(event);
      expect(JSON.parse(line)).to.include({ level: 40, store });
      expect(JSON.parse(line).purposes).to.deep.equal(purposes);
      expect(JSON.parse(line).msg).to.equal(
        `Could not get credentials for the store "${store}". Could not load credentials from any providers. Until they are found, signing for it answers 500${tokens}. Nothing is burned by that. See docs/s3.md, "Credentials".`,
      );
    });
  }

  it('burns nothing: once there are credentials, the same attempt redeems', async () => {
    const [token, attempt] = [await mint(), randomUUID()];
    const refused = await redeem(service, token, attempt);
    const detail = 'Could not get credentials for the store "reports".';
    expectProblem(refused, 'internal', { detail: new RegExp(`^${detail}$`) });
    const inspected = await call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
    expect(inspected.json.state).to.equal('live');
    const requestId = refused.headers.get('x-request-id');
    const [line = ''] = await service.process.printed(
      new RegExp(`\\{.*"request.failed","requestId":"${requestId}".*\\}`),
    );
    expect(JSON.parse(line)).to.include({ event: 'request.failed', code: 'internal', detail });
    const mended = await start({ ...NO_AWS, AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 's' });
    const redeemed = await redeem(mended, token, attempt);
    expect(redeemed.status, redeemed.text).to.equal(200);
    expect(redeemed.json.opens.url).to.match(/^https:\/\/acme-reports\.s3\.eu-central-1\.amazonaws\.com\//);
  });

  it('leaves the link of a person as it was, whose button can be pressed again', async () => {
    const { token, path } = await mintLink(service, ORDER);
    const attempt = attemptIn(await visit(service, path));
    const pressed = await pressButton(service, path, { attempt });
    expect(pressed.status).to.equal(500);
    expect(attemptIn(pressed)).to.equal(attempt);
    const inspected = await call(service, 'POST', '/v1/tokens/inspect', { body: { token } });
    expect(inspected.json.state).to.equal('live');
  });
});
