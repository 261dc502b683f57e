import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment, TEST_CALLERS } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { programFile } from '../support/program.ts';
import { type ServiceProcess, startService } from '../support/service.ts';
import { atTerminal } from './at-terminal.ts';
import { commandNames } from './reference.ts';
import { type RunOptions, runMatchstick } from './run-matchstick.ts';

const CALLERS = { ...TEST_CALLERS, main: { ...TEST_CALLERS.main, revoke: true, s3: ['reports'] } };
const STORES = { reports: { bucket: 'acme', region: 'eu-central-1' } };
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };
/** How many processes run at once. */
const AT_ONCE = 4;

describe('every command', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let service: ServiceProcess;
  let folder: string;
  let key: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'matchstick-verbs-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    const deployment = await makeDeployment({ stores: STORES }, CALLERS);
    onClose(deployment.close);
    service = await startService(deployment, CREDENTIALS);
    onClose(service.close);
    key = deployment.callerKeys.main ?? '';
  });

  const known = () => ({ MATCHSTICK_URL: service.url, MATCHSTICK_KEY: key });
  const matchstick = (args: readonly string[], { env = {}, ...options }: RunOptions = {}) =>
    runMatchstick(args, { ...{ cwd: folder, ...options }, env: { ...known(), ...env } });

  function typed(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const line = [process.execPath, programFile('assembly/command-line'), ...args];
    const terminal = atTerminal(line.map((word) => `'${word}'`).join(' '), {
      cwd: folder,
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '', FORCE_COLOR: '', ...known(), ...env },
    });
    onClose(terminal.end);
    return terminal;
  }

  it('has help with its arguments and an example, and exits with 0', async () => {
    const names = commandNames().map((name) => name.split(' ').slice(1));
    expect(names).to.have.length.above(20);
    for (let at = 0; at < names.length; at += AT_ONCE) {
      await Promise.all(
        names.slice(at, at + AT_ONCE).map(async (name) => {
          const { code, out, err } = await matchstick([...name, '--help']);
          expect(code, name.join(' ')).to.equal(0);
          expect(err).to.equal('');
          expect(out).to.include('--json');
          expect(out).to.match(new RegExp(`^Usage: matchstick ${name.join(' ')}\\b`));
          expect(out).to.match(new RegExp(`\nExamples:\n(  .*\n)*  .*\\bmatchstick ${name.join(' ')}\\b`));
        }),
      );
    }
  });

  it('is told of by help, which exits with 2 only where a command is missing', async () => {
    const [asked, missing, group, version] = await Promise.all([
      matchstick(['help', 'mint']),
      matchstick(['--json']),
      matchstick(['keys', '--json']),
      matchstick(['--version', '--json']),
    ]);
    expect(asked.code).to.equal(0);
    expect(asked.out).to.include('Usage: matchstick mint');
    for (const { code, out, err } of [missing, group]) {
      expect(code).to.equal(2);
      expect(JSON.parse(out).error.code).to.equal('usage');
      expect(err).to.include('Usage: matchstick');
    }
    expect(JSON.parse(version.out))
      .to.have.property('version')
      .that.matches(/^\d+\.\d+\.\d+$/);
  });

  it('signs URLs, and says how curl uses each', async () => {
    const [got, put, post, wrong] = await Promise.all([
      matchstick(['sign', 'reports', 'get', 'a/b.pdf', '--expires-in', '60', '--filename', 'b.pdf']),
      matchstick(['sign', 'reports', 'put', 'b.pdf', '--content-type', 'image/x y', '--content-length', '5']),
      matchstick(['sign', 'reports', 'post', 'c.pdf', '--max-length', '1000', '--json']),
      matchstick(['sign', 'report', 'get', 'x', '--json']),
    ]);
    expect(got.out).to.match(/^https:\/\/acme\.s3\.\S+\/a\/b\.pdf\?\S*X-Amz-Expires=60\S*\n$/);
    expect(got.err).to.include('Next: curl --output FILE "$URL"');
    expect(put.code, put.err).to.equal(1);
    expect(post.err).to.include('--form-string key=c.pdf').and.include('--form file=@FILE "$URL"\n');
    expect(JSON.parse(post.out)).to.include({ method: 'POST' });
    expect(wrong.code).to.equal(1);
    expect(JSON.parse(wrong.out).error.message).to.include('did you mean reports?');
    const fit = await matchstick(['sign', 'reports', 'put', "it's.pdf", '--content-length', '5']);
    expect(fit.err).to.match(/^Next: curl .*--header 'If-None-Match: \*' .*--upload-file FILE "\$URL"$/m);
  });

  it('prints commands for the same service, which a shell takes as they are', async () => {
    const where = ['--url', service.url];
    const minted = await matchstick(['mint', 'password-reset', "O'Neil", ...where], {
      env: { MATCHSTICK_URL: '' },
    });
    expect(minted.err).to.include(`Next: matchstick redeem password-reset - --url ${service.url}`);
    const nowhere = ['--url', 'http://127.0.0.1:9/', '--config', 'a b.yaml'];
    expect((await matchstick(['caller', 'new', 'x', ...nowhere])).err).to.include(
      "Next: matchstick config check --config 'a b.yaml'",
    );
  });

  it('asks for secrets at a terminal without showing them, and in colors', async () => {
    const asking = typed(['purposes'], { MATCHSTICK_KEY: '' });
    await asking.shows(/The caller key: $/);
    asking.type(`${key}\r`);
    expect(await asking.exited(), asking.shown()).to.equal(0);
    expect(asking.shown()).to.include('password-reset').and.not.include(key);
    expect(asking.raw()).to.include('\u001b[1mpurpose');
    const plain = typed(['purposes'], { NO_COLOR: '1' });
    expect(await plain.exited()).to.equal(0);
    expect(plain.raw()).to.include('password-reset').and.not.include('\u001b');
  });

  it('ends where nothing is typed, and by Ctrl-C', async () => {
    const [ended, stopped] = [typed(['inspect']), typed(['inspect'])];
    await Promise.all([ended.shows(/The token: $/), stopped.shows(/The token: $/)]);
    ended.type('\x04');
    stopped.type('\x03');
    expect(await ended.exited()).to.equal(2);
    expect(ended.shown()).to.include('The token is missing.').and.not.include('    at ');
    expect(await stopped.exited()).to.equal(130);
  });
});
