import { expect } from 'chai';
import { type Child, startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { programFile } from '../support/program.ts';
import { freePort } from '../support/redis-server.ts';

const FULL_DISK = 'exec "$0" "$@" 2>/dev/full';
const NOBODY = 'mkfifo log; sleep 120 <log >log & exec "$0" "$@" 2>log';

/** A service that a shell starts, with its standard error elsewhere. */
function loggingTo(command: string, { folder, configPath }: Deployment): Child {
  return startChild('sh', ['-c', command, process.execPath, programFile('main')], {
    cwd: folder,
    env: { ...process.env, PORT: '0', HOST: '', REDIS_URL: '', MATCHSTICK_CONFIG: configPath },
  });
}

describe('a service whose log goes to a full disk', () => {
  const onClose = cleanupAfter(after);

  it('serves on, while its Redis is away and there is much to log', async () => {
    const redis = `redis://127.0.0.1:${await freePort()}`;
    const deployment = await makeDeployment({ ledger: { redis, timeoutMs: 100 } });
    onClose(deployment.close);
    const child = loggingTo(FULL_DISK, deployment);
    onClose(() => child.kill('SIGKILL'));
    const [, url = ''] = await child.printed(/listens on (http:\/\/\S+)/);
    const mint = () =>
      fetch(`${url}/v1/tokens`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${deployment.callerKeys.main}`,
          'Content-Type': 'application/json',
        },
        body: '{"purpose":"password-reset","subject":"user-42"}',
      });
    for (let times = 0; times < 20; times++) expect((await mint()).status).to.equal(503);
    expect((await fetch(`${url}/healthz`)).status).to.equal(200);
  });

  it('ends when it is told to, and what was to be logged with it', async () => {
    const deployment = await makeDeployment({ listen: { drainDelay: '0s' } });
    onClose(deployment.close);
    const child = loggingTo(FULL_DISK, deployment);
    onClose(() => child.kill('SIGKILL'));
    await child.printed(/listens on/);
    child.kill('SIGTERM');
    expect(await child.exited()).to.equal(0);
  });
});

describe('a service whose log nobody reads', () => {
  const onClose = cleanupAfter(after);

  it('mints and redeems on, while its events wait, and ends when it is told to', async () => {
    const deployment = await makeDeployment({ listen: { drainDelay: '0s' } });
    onClose(deployment.close);
    const child = loggingTo(NOBODY, deployment);
    onClose(() => child.kill('SIGKILL'));
    const [, url = ''] = await child.printed(/listens on (http:\/\/\S+)/);
    const post = (path: string, body: unknown) =>
      fetch(`${url}${path}`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${deployment.callerKeys.main}`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify(body),
      });
    const order = { purpose: 'password-reset', subject: 'user-42' };
    // A pipe holds 64 KiB, which is some 130 events.
    for (let batch = 0; batch < 5; batch++) {
      const answer = await post('/v1/tokens/batch', { tokens: Array.from({ length: 100 }, () => order) });
      expect(answer.status).to.equal(201);
      const [{ token }] = JSON.parse(await answer.text()).tokens;
      expect((await post('/v1/redemptions', { purpose: order.purpose, token })).status).to.equal(200);
    }
    child.kill('SIGTERM');
    expect(await child.exited()).to.equal(0);
  });
});
