import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { build } from 'esbuild';
import { cleanupAfter } from '../support/cleanup.ts';
import { startRedis } from '../support/redis-server.ts';

const LIBRARY = fileURLToPath(new URL('../../src/index.ts', import.meta.url));

const PROGRAM = `
import { createMatchstick } from ${JSON.stringify(LIBRARY)};
async function main() {
  const matchstick = await createMatchstick({
    issuer: 'https://cap.example.test',
    ledger: { redis: process.argv[2] },
    keys: { file: process.argv[3] },
    purposes: { reset: { audience: 'app', lifetime: '5m' } },
  });
  const { token } = await matchstick.mint('reset', { subject: 'user-42' });
  const first = await matchstick.redeem(token, 'reset');
  const second = await matchstick.redeem(token, 'reset').catch((error) => error);
  console.log(JSON.stringify([first.state, second.code]));
  await matchstick.close();
}
main();
`;

describe('a program that has the library bundled in one file', () => {
  const onClose = cleanupAfter(after);

  it('burns in Redis, far from the files of the package', async function () {
    this.timeout(120_000);
    const redis = await startRedis();
    onClose(redis.close);
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-bundled-'));
    onClose(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'program.ts'), PROGRAM);
    await build({
      entryPoints: [join(folder, 'program.ts')],
      outfile: join(folder, 'bundled.cjs'),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      // Loaded only by those who have stores.
      external: ['@aws-sdk/*', '@smithy/*'],
      logLevel: 'error',
    });
    const args = [join(folder, 'bundled.cjs'), redis.url, join(folder, 'keys.json')];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    expect(JSON.parse(stdout)).to.deep.equal(['burned', 'token_burned']);
  });
});
