import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { scriptFile } from '../support/program.ts';
import { startRedis } from '../support/redis-server.ts';

const PROGRAM = fileURLToPath(new URL('process.ts', import.meta.url));

describe('a process that has Matchstick in it', () => {
  const onTestEnd = cleanupAfter(afterEach);

  async function run(options: object) {
    const env = { ...process.env, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
    const child = startChild(process.execPath, [scriptFile(PROGRAM), JSON.stringify(options)], { env });
    const [printed = ''] = await child.printed(/^\{.*\}$/m);
    return { printed: JSON.parse(printed), exitCode: await child.exited() };
  }

  for (const kind of ['memory', 'redis'] as const) {
    it(`opens what a purpose opens, once, and ends after close: ${kind}`, async () => {
      const options = kind === 'memory' ? {} : await onRedis();
      const { printed, exitCode } = await run(options);
      expect(exitCode).to.equal(0);
      expect(printed.again).to.equal('token_burned');
      const url = 'https://acme-reports.s3.eu-central-1.amazonaws.com/of/user-42.pdf';
      expect(printed.opened).to.deep.equal(['GET', url, '30']);
    });
  }

  async function onRedis() {
    const redis = await startRedis();
    onTestEnd(redis.close);
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-library-'));
    onTestEnd(() => rm(folder, { recursive: true, force: true }));
    return { ledger: { redis: redis.url }, keys: { file: join(folder, 'keys.json') } };
  }
});
