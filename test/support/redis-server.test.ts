import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanupAfter } from './cleanup.ts';
import { startRedis, startTogether } from './redis-server.ts';

const WRONG = ['--no-such-setting', 'at-all'];

describe('a server that fails to start', () => {
  const onTestEnd = cleanupAfter(afterEach);

  it('rejects with what it printed, and leaves no folder', async () => {
    const { TMPDIR } = process.env;
    // Others start servers of their own beside this one.
    const ours = await mkdtemp(join(tmpdir(), 'matchstick-tmpdir-'));
    onTestEnd(() => rm(ours, { recursive: true }));
    onTestEnd(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    process.env.TMPDIR = ours;
    const failure = await startRedis(WRONG).catch(String);
    expect(failure).to.match(/no-such-setting/);
    expect(await readdir(ours)).to.deep.equal([]);
  });

  it('takes those with it that were started together with it', async () => {
    const starting = startRedis();
    const failure = await startTogether([starting, startRedis(WRONG)]).catch(String);
    expect(failure).to.match(/no-such-setting/);
    const { port } = await starting;
    const refused = await new Promise<unknown>((resolve) => {
      connect(port, '127.0.0.1')
        .on('connect', () => resolve('connected'))
        .on('error', resolve);
    });
    expect(String(refused)).to.include('ECONNREFUSED');
  });
});
