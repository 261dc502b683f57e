import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { startRedis, startTogether } from './redis-server.ts';

const WRONG = ['--no-such-setting', 'at-all'];

describe('a server that fails to start', () => {
  it('rejects with what it printed, and leaves no folder', async () => {
    const folders = async () =>
      (await readdir(tmpdir())).filter((name) => name.startsWith('matchstick-redis-'));
    const before = await folders();
    const failure = await startRedis(WRONG).catch(String);
    expect(failure).to.match(/no-such-setting/);
    expect((await folders()).filter((name) => !before.includes(name))).to.deep.equal([]);
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
