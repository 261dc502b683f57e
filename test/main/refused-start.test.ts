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
    begin('an unset variable', { MATCHSTICK_CONFIG: './m.yaml' }, async (folder) => {
      await writeFile(join(folder, 'm.yaml'), `issuer: "\${PUBLIC_URL}"\nkeys: { file: /proc/keys.json }\n`);
    });
    begin('production', { NODE_ENV: 'production', HOST: '0.0.0.0' });
    begin('an empty file', { MATCHSTICK_CONFIG: './m.yaml' }, (folder) =>
      writeFile(join(folder, 'm.yaml'), ''),
    );
    begin('keys that nothing can make', { MATCHSTICK_CONFIG: './m.yaml' }, (folder) =>
      writeFile(join(folder, 'm.yaml'), 'keys: { file: /proc/keys.json }\n'),
    );
    begin('a folder for keys', {}, async (folder) => {
      await mkdir(join(folder, 'data/keys.json'));
    });
    begin('keys left behind', { MATCHSTICK_CONFIG: './config/m.yaml' }, async (folder) => {
      await mkdir(join(folder, 'config'));
      await writeFile(join(folder, 'config/m.yaml'), 'keys: { file: ./data/keys.json }\n');
      await writeFile(join(folder, 'data/keys.json'), '{}', OURS);
    });
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
      if (/key/.test(name)) await mkdir(join(folder, 'data'));
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
    expect(output).to.equal(
      'The configuration has a problem:\n  PORT (environment): must be a whole number\n',
    );
  });

  it('with a variable that is not set, and names it and its setting', async () => {
    const { folder, output } = await refusal('an unset variable');
    expect(output).to.equal(
      `${join(folder, 'm.yaml')} has a problem:\n  issuer: PUBLIC_URL is not set, or is empty: set it in the environment, or write \${PUBLIC_URL:-default}; \${PUBLIC_URL:-} leaves the setting out\n`,
    );
  });

  it('with NODE_ENV=production on a ledger in memory, where others reach it, without callers', async () => {
    const { folder, output } = await refusal('production');
    expectForPeople(output, 'has 2 problems:\n  ledger: is in memory, and NODE_ENV is production');
    expect(output).to.include('\n  HOST (environment): is 0.0.0.0, which others can reach');
    expect(await readdir(folder)).to.deep.equal(['config']);
  });

  it('with an empty configuration, and says how to get one', async () => {
    const { folder, output } = await refusal('an empty file');
    expect(output).to.equal(
      `${join(folder, 'm.yaml')} has a problem:\n  is empty: matchstick init writes a file that explains each setting (MATCHSTICK_CONFIG names it)\n`,
    );
  });

  it('with a key file that can nowhere be made, and names the setting', async () => {
    const { folder, output } = await refusal('keys that nothing can make');
    expect(output).to.equal(
      `${join(folder, 'm.yaml')} has a problem:\n  keys.file: /proc/keys.json is not there, and it cannot be made in /proc (ENOENT)\n`,
    );
  });

  it('with a folder in place of the key file, and names the setting', async () => {
    const { folder, output } = await refusal('a folder for keys');
    expect(output).to.equal(
      `${join(folder, 'config/matchstick.yaml')} has a problem:\n  keys.file: ${join(folder, 'data/keys.json')} is a folder, not a file\n`,
    );
  });

  it('with keys only where paths no longer count from, and says where both are', async () => {
    const { folder, output } = await refusal('keys left behind');
    const [former, now] = [join(folder, 'data/keys.json'), join(folder, 'config/data/keys.json')];
    expectForPeople(
      output,
      `keys.file: there is no ${now}, but there is ${former}: relative paths count from`,
    );
  });

  it('without the configuration that was named, and says who named it', async () => {
    const { folder, output } = await refusal('no such file');
    expect(output).to.equal(
      `${join(folder, 'none.yaml')} has a problem:\n  there is no such file (MATCHSTICK_CONFIG names it)\n`,
    );
  });

  it('with a folder for a configuration, and says so', async () => {
    const { folder, output } = await refusal('a folder');
    expect(output).to.equal(
      `${folder} has a problem:\n  is a folder, not a file (MATCHSTICK_CONFIG names it)\n`,
    );
  });

  it('with a key file that it cannot use, names the file and quotes none of it', async () => {
    const { folder, output } = await refusal('unfit keys');
    expectForPeople(output, `\n  keys.file: ${join(folder, 'data/keys.json')}: `);
    expect(output).to.not.include('do-not-quote-me');
  });

  it('with a caller key file that holds no key, and names the file', async () => {
    const { folder, output } = await refusal('no caller key');
    expectForPeople(output, `\n  callers: ${join(folder, 'data/caller-key')} does not hold a caller key`);
  });

  for (const file of ['keys.json', 'caller-key']) {
    it(`with a data/${file} that others may read, and says how to mend that in one line`, async () => {
      const { folder, output } = await refusal(`a shared key: ${file}`);
      const path = join(folder, 'data', file);
      const setting = file === 'keys.json' ? 'keys.file' : 'callers';
      expect(output).to.equal(
        `${join(folder, 'config/matchstick.yaml')} has a problem:\n  ${setting}: ${path} may be read or written by others than its owner. Run: chmod 600 ${path}\n`,
      );
    });
  }

  it('at a port that is taken, and says which', async () => {
    const { output } = await refusal('a taken port');
    expectForPeople(output, `127.0.0.1:${port}`);
    expect(output).to.not.include('service.started');
  });

  it('at a port that is taken, although it is connected to Redis', async () => {
    const { output } = await refusal('a taken port with Redis');
    expect(output).to.not.match(/service\.(started|stopped)/);
  });
});
