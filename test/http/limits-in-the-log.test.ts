import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { call, type ServiceProcess, startService } from '../support/service.ts';
import { type MintedLink, mintLink, NEW_ATTEMPT, pressButton, visit } from './link-page.ts';

const SUBJECT = 'ada@example.test';
const ADDRESS = '203.0.113.77';
const FROM_THERE = { 'X-Forwarded-For': ADDRESS };
const QUOTA = { count: 2, per: '10m' };

describe('what the log says of limits', () => {
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;

  before(async () => {
    const purposes = {
      limited: { audience: 'app', lifetime: '15m', limit: QUOTA },
      coded: { audience: 'app', lifetime: '5m', link: { code: true } },
    };
    const callers = {
      main: { mint: ['limited', 'coded'], redeem: ['coded'], revoke: true },
      slow: { mint: ['limited'], limit: QUOTA },
    };
    const limits = { link: { count: 20, per: '10m' }, code: QUOTA, caller: QUOTA };
    const deployment = await makeDeployment({ purposes, limits, listen: { proxyHops: 1 } }, callers);
    onClose(deployment.close);
    service = await startService(deployment);
    onClose(service.close);
  });

  /** The entries of one kind, without what every entry has. */
  function logged(event: string): readonly Readonly<Record<string, unknown>>[] {
    const lines = service.process.output().split('\n');
    const entries = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    return entries.filter((entry) => entry.event === event);
  }

  const limitsLogged = (limit: string) => logged('limit.exceeded').filter((entry) => entry.limit === limit);

  const mint = (as: string, purpose: string) =>
    call(service, 'POST', '/v1/tokens', { as, body: { purpose, subject: SUBJECT } });
  const batch = () => {
    const tokens = Array.from({ length: 5 }, () => ({ purpose: 'limited', subject: SUBJECT }));
    return call(service, 'POST', '/v1/tokens/batch', { body: { tokens } });
  };
  const press = ({ path }: MintedLink, code: string) =>
    pressButton(service, path, { attempt: NEW_ATTEMPT(), code }, FROM_THERE);

  async function times(many: number, ask: () => Promise<{ readonly status: number }>): Promise<number[]> {
    const statuses: number[] = [];
    for (let done = 0; done < many; done++) statuses.push((await ask()).status);
    return statuses;
  }

  it('is one line for each key in a window, with the purpose or the caller', async () => {
    expect(await times(6, () => mint('main', 'limited'))).to.deep.equal([201, 201, 429, 429, 429, 429]);
    expect(await times(2, batch)).to.deep.equal([429, 429]);
    expect(limitsLogged('mint-per-subject')).to.have.length(1);
    expect(limitsLogged('mint-per-subject')[0]).to.include({
      purpose: 'limited',
      setting: 'purposes.limited.limit',
    });

    await times(6, () => mint('slow', 'limited'));
    expect(limitsLogged('calls-per-caller')).to.have.length(1);
    expect(limitsLogged('calls-per-caller')[0]).to.include({ caller: 'slow', setting: 'callers.slow.limit' });

    await times(6, () => call(service, 'POST', '/v1/tokens', { as: null, headers: FROM_THERE, body: {} }));
    expect(limitsLogged('unknown-key-per-address')).to.have.length(1);
    expect(limitsLogged('unknown-key-per-address')[0]).to.include({ setting: 'limits.caller' });
  });

  it('is one line for each wrong code, with how many tries are left', async () => {
    const link = await mintLink(service, { purpose: 'coded', subject: SUBJECT });
    const wrong = (link.code ?? '').replace(/^./, (digit) => String((Number(digit) + 1) % 10));
    expect(await times(5, () => press(link, wrong))).to.deep.equal([403, 403, 429, 429, 429]);
    const entries = logged('link.wrong-code');
    expect(entries.map(({ triesLeft }) => triesLeft)).to.deep.equal([4, 3]);
    for (const entry of entries) expect(entry).to.include({ purpose: 'coded' });
    expect(limitsLogged('code-per-subject')).to.have.length(1);
    expect(limitsLogged('code-per-subject')[0]).to.include({ purpose: 'coded', setting: 'limits.code' });
    // Neither does the page tell a dead link from one that never was.
    await call(service, 'POST', '/v1/revocations', { body: { token: link.token } });
    const never = `/l/${'A'.repeat(22)}`;
    const [dead, none] = [
      await press(link, link.code ?? ''),
      await press({ ...link, path: never }, '123456'),
    ];
    expect([dead.status, dead.text]).to.deep.equal([none.status, none.text]);
    expect(dead.status).to.equal(410);
  });

  it('is one line for the visits of one address', async () => {
    const statuses = await times(30, () => visit(service, `/l/${'A'.repeat(22)}`, { headers: FROM_THERE }));
    expect(statuses.filter((status) => status === 429).length).to.be.greaterThan(5);
    expect(limitsLogged('link-per-address')).to.have.length(1);
    expect(limitsLogged('link-per-address')[0]).to.include({ setting: 'limits.link' });
  });

  it('is never whose share it was', () => {
    for (const entry of [...logged('limit.exceeded'), ...logged('link.wrong-code')]) {
      expect(JSON.stringify(entry)).to.not.include(SUBJECT).and.not.include(ADDRESS);
    }
  });
});
