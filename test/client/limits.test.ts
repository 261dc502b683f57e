import { expect } from 'chai';
import { createClient } from '../../src/client/index.ts';
import { MatchstickError } from '../../src/errors.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { startService } from '../support/service.ts';

describe('a client that may make only so many calls', () => {
  const onClose = cleanupAfter(after);
  let requests = 0;

  const clientWith = async (per: string) => {
    const purposes = { report: { audience: 'app', lifetime: '5m' } };
    const callers = { slow: { mint: ['report'], limit: { count: 2, per } } };
    const deployment = await makeDeployment({ purposes }, callers);
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    return createClient({
      url: service.url,
      key: deployment.callerKeys.slow,
      fetch: (...request) => {
        requests++;
        return fetch(...request);
      },
    });
  };

  it('is told which limit it met, and asks once where the wait is longer than its time', async () => {
    const client = await clientWith('1h');
    for (let minted = 0; minted < 2; minted++) await client.mint('report', { subject: 'user-42' });
    requests = 0;
    const refused: unknown = await client.mint('report', { subject: 'user-42' }).catch((error) => error);
    if (!(refused instanceof MatchstickError)) throw new Error('it was not refused');
    expect(refused.code).to.equal('rate_limited');
    expect(refused.extras.limit).to.equal('calls-per-caller');
    expect(refused.extras.retryAfterSeconds).to.be.within(3500, 3600);
    expect(requests).to.equal(1);
  });

  it('waits for the next window where that is soon', async () => {
    const client = await clientWith('2s');
    requests = 0;
    for (let minted = 0; minted < 6; minted++) await client.mint('report', { subject: 'user-42' });
    expect(requests).to.be.within(7, 9);
  });
});
