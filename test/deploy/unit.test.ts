import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { SECONDS_TO_STOP, shipped, shippedSettings } from './shipped.ts';

const ANALYZE = process.env.SYSTEMD_ANALYZE || 'systemd-analyze';
/** Of 100. What most units in a distribution have is above 90. */
const EXPOSED_AT_MOST = 20;

describe('deploy/systemd/matchstick.service', () => {
  const onClose = cleanupAfter(after);
  const unit = shipped('systemd/matchstick.service');
  const settings = (name: string) =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value);

  async function analyze(text: string, ...args: readonly string[]) {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-unit-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'matchstick.service');
    await writeFile(file, text.replace('/usr/bin/node', process.execPath));
    const child = startChild(ANALYZE, [...args, file], { env: { ...process.env, SYSTEMD_COLORS: '0' } });
    return { exitCode: await child.exited(), output: child.output() };
  }
  const judge = (text: string) =>
    analyze(text, 'security', '--offline=true', `--threshold=${EXPOSED_AT_MOST}`);

  it(`is exposed to at most ${EXPOSED_AT_MOST} of 100, by systemd's own judgement`, async () => {
    const { exitCode, output } = await judge(unit);
    expect(output).to.match(/Overall exposure level for matchstick.service: [01]\.\d OK/);
    expect(exitCode).to.equal(0);
    expect((await judge(unit.replace(/^SystemCallFilter=.*$/gm, ''))).exitCode).to.not.equal(0);
  });

  it('has nothing that systemd does not understand', async () => {
    expect(await analyze(unit, 'verify')).to.deep.equal({ exitCode: 0, output: '' });
    expect((await analyze(unit.replace('ProtectHome=', 'ProtectHouse='), 'verify')).output).to.include(
      'ProtectHouse',
    );
  });

  it('lets the service stop in its own time, and by SIGTERM', () => {
    expect(settings('KillSignal')).to.deep.equal(['SIGTERM']);
    expect(Number.parseInt(settings('TimeoutStopSec')[0] ?? '', 10)).to.be.greaterThan(SECONDS_TO_STOP);
  });

  it('lets V8 make machine code', () => {
    expect(settings('MemoryDenyWriteExecute')).to.deep.equal([]);
  });

  it('gives the service what its configuration names, and no more folders to write in', () => {
    const environment = { CREDENTIALS_DIRECTORY: '/run/credentials/x', MAIN_APP_KEY_SHA256: 'a'.repeat(64) };
    const { keys, ledger } = shippedSettings('systemd/matchstick.yaml', environment);
    const [credential = ''] = settings('LoadCredential');
    expect(ledger.redis).to.deep.include({ passwordFile: `/run/credentials/x/${credential.split(':')[0]}` });
    expect(keys.file).to.equal(`/var/lib/${settings('StateDirectory')[0]}/keys.json`);
    expect(unit).to.not.match(/^ReadWritePaths=/m);
    expect(settings('Environment').join(' ')).to.include('NODE_ENV=production');
    expect(unit).to.not.match(/^Environment=.*(?:PASSWORD|SECRET|REDIS_URL)/im);
  });
});
