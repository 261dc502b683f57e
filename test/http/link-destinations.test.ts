import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { call, type ServiceProcess, startService } from '../support/service.ts';
import { expectBadInput } from './expect-answer.ts';
import { leadIn, mintLink, NEW_ATTEMPT, pressButton, visit } from './link-page.ts';

const APP = 'https://app.example.test';
const TENANT = 'https://{claims.tenant}.example.test';
const BY_PATH = `${APP}/t/{claims.tenant}/reset?for={subject}`;
const SECOND = `${APP}/second`;
const claims = { type: 'object', properties: { tenant: { type: 'string' } } };
const purpose = (then: string | readonly string[]) => ({
  audience: APP,
  lifetime: '15m',
  claims,
  link: { then },
});
const PURPOSES = {
  one: purpose(BY_PATH),
  several: purpose([SECOND, BY_PATH]),
  none: { audience: APP, lifetime: '15m', claims, link: {} },
};
const ALL = Object.keys(PURPOSES);
const CALLERS = { ...TEST_CALLERS, main: { mint: ALL, redeem: ALL, inspect: true }, reader: {}, other: {} };

describe('a link that leads to one of several places', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  before(async () => {
    service = await start(PURPOSES);
  });

  async function start(purposes: object): Promise<ServiceProcess> {
    const deployment = await makeDeployment({ purposes }, CALLERS);
    onClose(deployment.close);
    const started = await startService(deployment);
    onClose(started.close);
    return started;
  }
  const mint = (order: object) =>
    call(service, 'POST', '/v1/tokens', { body: { subject: 'user 42/ü', ...order } });
  async function leadOf(order: object): Promise<URL> {
    const { path } = await mintLink(service, { subject: 'user 42/ü', ...order });
    return new URL(leadIn(await pressButton(service, path, { attempt: NEW_ATTEMPT() })));
  }

  it('has what its token has in its path and query, and its redemption', async () => {
    const to = await leadOf({ purpose: 'one', claims: { tenant: 'acme & co/x' } });
    expect(to.origin + to.pathname).to.equal(`${APP}/t/acme%20%26%20co%2Fx/reset`);
    expect(to.searchParams.get('for')).to.equal('user 42/ü');
    const collected = await call(
      service,
      'POST',
      `/v1/redemptions/${to.searchParams.get('redemption')}/collect`,
    );
    expect(collected.json).to.deep.include({ subject: 'user 42/ü', claims: { tenant: 'acme & co/x' } });
  });

  it('leads where its mint says, and to the first where that says nothing', async () => {
    const claims = { tenant: 'acme' };
    expect((await leadOf({ purpose: 'several', link: { then: BY_PATH }, claims })).pathname).to.equal(
      '/t/acme/reset',
    );
    expect((await leadOf({ purpose: 'several', link: { then: SECOND }, claims })).pathname).to.equal(
      '/second',
    );
    expect((await leadOf({ purpose: 'several' })).pathname).to.equal('/second');
    expect((await leadOf({ purpose: 'several', link: true })).pathname).to.equal('/second');
    const tokens = [SECOND, BY_PATH].map((then) => ({
      purpose: 'several',
      subject: 'user-42',
      link: { then },
      claims,
    }));
    const { json } = await call(service, 'POST', '/v1/tokens/batch', { body: { tokens } });
    const leads = await Promise.all(
      json.tokens.map(
        async ({ url }: { url: string }) =>
          new URL(leadIn(await pressButton(service, new URL(url).pathname, { attempt: NEW_ATTEMPT() })))
            .pathname,
      ),
    );
    expect(leads).to.deep.equal(['/second', '/t/acme/reset']);
  });

  it('is not minted to any other place, nor without what the place needs', async () => {
    for (const then of [
      `${SECOND}/`,
      'https://evil.example/',
      `${APP}/t/acme/reset`,
      SECOND.toUpperCase(),
      `${SECOND}#x`,
    ]) {
      const refused = await mint({ purpose: 'several', link: { then } });
      expectBadInput(refused, ['link.then']);
      expect(refused.json.errors[0].message).to.equal(`must be exactly one of ${SECOND}, ${BY_PATH}`);
    }
    expectBadInput(await mint({ purpose: 'none', link: { then: SECOND } }), ['link.then']);
    for (const link of [{}, { then: 7 }, { then: [SECOND] }, { then: SECOND, more: 1 }, 'yes', null]) {
      expect((await mint({ purpose: 'several', link })).status, JSON.stringify(link)).to.equal(400);
    }
    for (const claims of [{}, { tenant: '' }, { tenant: '..' }, { tenant: 'a/../b' }]) {
      expectBadInput(await mint({ purpose: 'one', claims }), ['claims.tenant']);
      expectBadInput(await mint({ purpose: 'several', link: { then: BY_PATH }, claims }), ['claims.tenant']);
      expect((await mint({ purpose: 'several', claims })).status).to.equal(201);
      expect((await mint({ purpose: 'one', link: false, claims })).status).to.equal(201);
    }
  });

  it('tells callers where the links of a purpose lead', async () => {
    const { json } = await call(service, 'GET', '/v1/purposes');
    const leads = json.purposes.map(({ link }: { link: { then?: unknown } }) => link.then);
    expect(leads).to.deep.equal([BY_PATH, [SECOND, BY_PATH], undefined]);
  });

  it('does not start with a host that a token would decide', async () => {
    const deployment = await makeDeployment({ purposes: { one: purpose(TENANT) } }, {});
    onClose(deployment.close);
    const failed = await startService(deployment).then(
      async (started) => {
        await started.close();
        return 'it started';
      },
      (error: unknown) => String(error),
    );
    expect(failed).to.include('purposes.one.link.then: has a placeholder outside its path');
  });

  it('opens nothing while nothing is pressed: its page names no place', async () => {
    const { path } = await mintLink(service, { purpose: 'several', link: { then: SECOND } });
    const page = await visit(service, path);
    expect([page.status, page.text.includes('app.example.test')]).to.deep.equal([200, false]);
    expect(page.headers.get('content-security-policy')).to.include("form-action 'self';");
  });
});
