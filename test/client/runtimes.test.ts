import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_PURPOSES } from '../support/deployment.ts';
import { startService } from '../support/service.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TSX = import.meta.resolve('tsx');
const REALM = fileURLToPath(new URL('web-realm.ts', import.meta.url));

describe('the client that is built', () => {
  const onClose = cleanupAfter(after);

  it('runs where there are web APIs and nothing of Node', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-client-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const config = join(ROOT, 'tsconfig.build.json');
    const built = startChild(process.execPath, [tsc, '-p', config, '--outDir', folder]);
    expect(await built.exited(), built.output()).to.equal(0);

    const bind = { request: 'optional', key: 'optional' };
    const purposes = { ...TEST_PURPOSES, 'service-call': { ...TEST_PURPOSES['service-call'], bind } };
    const deployment = await makeDeployment({ purposes });
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    const flags = ['--experimental-vm-modules', '--no-warnings', '--import', TSX];
    const realm = startChild(
      process.execPath,
      [...flags, REALM, join(folder, 'client/index.js'), service.url],
      { env: { ...process.env, MATCHSTICK_KEY: deployment.callerKeys.main } },
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
