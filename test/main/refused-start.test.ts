import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { startRedis } from '../support/redis-server.ts';
import { emptyFolder, end, startMain } from './start-main.ts';

const PATIENCE_MS = 120_000;
const OURS = { mode: 0o600 };

/** How a start ended that must not succeed. */
interface Ended {
  readonly folder: string;
  readonly code: number | null | 'still running';
  readonly output: string;
}

describe('a process that cannot start exits with 1', () => {
  const onClose = cleanupAfter(after);
  const ends = new Map<string, Promise<Ended>>();
  let port: number;

  /** All are started at once; each test looks at how one of them ended. */
  before(async () => {
    port = await takenPort();
    const redis = await startRedis();
    onClose(redis.close);
    begin('bad settings', { MATCHSTICK_CONFIG: './wrong.yaml', PORT: '' }, async (folder) => {
      const text = 'isuer: x\nlisten: { port: 70000 }\npurposes: { p: { audience: a, lifetime: 2h } }\n';
      await writeFile(join(folder, 'wrong.yaml'), text);
    });
    begin('a bad PORT', { PORT: 'http' });
    begin('no such file', { MATCHSTICK_CONFIG: './none.yaml' });
    begin('a folder', { MATCHSTICK_CONFIG: '.' });
    begin('unfit keys', {}, (folder) =>
      writeFile(join(folder, 'data/keys.json'), '{"keys":[{"kid":"k","d":"do-not-quote-me"}]}', OURS),
    );
    begin('no caller key', {}, (folder) => writeFile(join(folder, 'data/caller-key'), '\n', OURS));
    for (const file of ['keys.json', 'caller-key']) {
      begin(`a shared key: ${file}`, {}, async (folder) => {
        await writeFile(join(folder, 'data', file), 'do-not-quote-me', OURS);
        await chmod(join(folder, 'data', file), 0o640);
      });
    }
    begin('a taken port', { PORT: String(port) });
    begin('a taken port with Redis', { PORT: String(port), REDIS_URL: redis.url });
  });

  function begin(
    name: string,
    env: NodeJS.ProcessEnv,
    prepare: (folder: string) => Promise<void> = async () => {},
  ): void {
    const run = async (): Promise<Ended> => {
      const folder = await emptyFolder(onClose);
      if (name.includes('key')) await mkdir(join(folder, 'data'));
      await prepare(folder);
      const child = startMain(folder, env);
      onClose(() => end(child));
      const tooLong = new Promise<'still running'>((resolve) => {
        setTimeout(() => resolve('still running'), PATIENCE_MS).unref();
      });
      const code = await Promise.race([child.exited(), tooLong]);
      return { folder, code, output: child.output() };
    };
    ends.set(name, run());
  }

  async function takenPort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onClose(() => server.close());
    const address = server.address();
    if (!address || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  async function refusal(name: string): Promise<Ended> {
    const ended = await ends.get(name);
    if (!ended) throw new Error(`${name} was not started`);
    expect(ended.code, ended.output).to.equal(1);
    return ended;
  }

  /** An error that whoever runs the service can act on: no stack, no class, nothing of this program. */
  function expectForPeople(output: string, about: string): void {
    expect(output).to.include(about);
    expect(output).to.not.match(/^\s+at |node:|\.[jt]s:\d+|Error:/m);
  }

  it('with bad settings, and prints every problem of them and nothing else', async () => {
    const { folder, output } = await refusal('bad settings');
    expect(output).to.equal(
      [
        `${join(folder, 'wrong.yaml')} has 3 problems:`,
        '  listen.port: must be at most 65,535',
        '  purposes.p.lifetime: must be 1s to 60m: for anything longer use a session',
        '  isuer: is not known here (did you mean issuer?)',
        '',
      ].join('\n'),
    );
    expect(await readdir(folder)).to.deep.equal(['wrong.yaml']);
  });

  it('with a bad PORT, and names it', async () => {
    const { output } = await refusal('a bad PORT');
    expect(output).to.match(/matchstick\.yaml has a problem:\n {2}listen\.port: must be a whole number\n$/);
  });

  it('without the configuration that was named, and says who named it', async () => {
    const { folder, output } = await refusal('no such file');
    expect(output).to.equal(
      `${join(folder, 'none.yaml')} has a problem:\n  there is no such file (MATCHSTICK_CONFIG names it)\n`,
    );
  });

  it('with a folder for a configuration, and says so', async () => {
    const { folder, output } = await refusal('a folder');
    expectForPeople(output, folder);
  });

  it('with a key file that it cannot use, names the file and quotes none of it', async () => {
    const { folder, output } = await refusal('unfit keys');
    expectForPeople(output, `${join(folder, 'data/keys.json')}: `);
    expect(output).to.not.include('do-not-quote-me');
  });

  it('with a caller key file that holds no key, and names the file', async () => {
    const { folder, output } = await refusal('no caller key');
    expectForPeople(output, `${join(folder, 'data/caller-key')}: this file does not hold a caller key`);
  });

  for (const file of ['keys.json', 'caller-key']) {
    it(`with a data/${file} that others may read, and says how to mend that in one line`, async () => {
      const { folder, output } = await refusal(`a shared key: ${file}`);
      const path = join(folder, 'data', file);
      expect(output).to.equal(
        `${path} may be read or written by others than its owner. Run: chmod 600 ${path}\n`,
      );
    });
  }

  it('at a port that is taken, and says which', async () => {
    const { output } = await refusal('a taken port');
    expectForPeople(output, `127.0.0.1:${port}`);
  });

  it('at a port that is taken, although it is connected to Redis', async () => {
    await refusal('a taken port with Redis');
  });
});
