import { expect } from 'chai';
import { startCluster } from '../faults/support/cluster.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { scriptFile } from '../support/program.ts';

describe('a client of a Redis Cluster that is closed while it asks for the slots', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);

  it('lets the process end', async () => {
    const cluster = await startCluster({ replicas: false });
    onClose(cluster.close);
    const program = scriptFile('test/redis/closed-while-refreshing.ts');
    const child = startChild(process.execPath, [program, ...cluster.servers.map(({ port }) => String(port))]);
    onClose(async () => child.kill('SIGKILL'));
    await child.printed(/closed/);
    expect(await child.exited()).to.equal(0);
  });
});
