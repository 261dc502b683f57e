import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_PURPOSES } from '../support/deployment.ts';
import { moduleFile, scriptFile } from '../support/program.ts';
import { startService } from '../support/service.ts';

const REALM = fileURLToPath(new URL('web-realm.ts', import.meta.url));

describe('the client that is built', () => {
  const onClose = cleanupAfter(after);

  it('runs where there are web APIs and nothing of Node', async () => {
    const bind = { request: 'optional', key: 'optional' };
    const purposes = { ...TEST_PURPOSES, 'service-call': { ...TEST_PURPOSES['service-call'], bind } };
    const deployment = await makeDeployment({ purposes });
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    const flags = ['--experimental-vm-modules', '--no-warnings'];
    const realm = startChild(
      process.execPath,
      [...flags, scriptFile(REALM), moduleFile('client/index'), service.url],
      {
        env: { ...process.env, MATCHSTICK_KEY: deployment.callerKeys.main },
      },
    );
    expect(await realm.exited(), realm.output()).to.equal(0);
    expect(JSON.parse(realm.output())).to.deep.equal({
      plausible: true,
      state: 'burned',
      refused: 'token_burned',
      unanswered: 'ledger_unavailable',
      // That service takes no capability in place of a caller key.
      status: 401,
      hasNode: false,
    });
  });
});
