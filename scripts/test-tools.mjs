// The real programs that the tests run against: how to tell that one is there, what Debian calls it, and what to
// say when it can be had in no way. A variable names one that is elsewhere.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findLibfaketime } from './libfaketime.mjs';

const { env } = process;

/** The path of a program on the PATH; undefined when it is not there. */
export function findProgram(...names) {
  const folders = [...(env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** The browser that the tests drive: CHROMIUM, or the one of the system. */
export function findChromium() {
  if (env.CHROMIUM) return existsSync(env.CHROMIUM) ? env.CHROMIUM : undefined;
  return findProgram('chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome');
}

const CEPH_PROGRAMS = ['ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin'];

/** Whether Ceph's S3 server can be started here. */
export function hasCeph() {
  return CEPH_PROGRAMS.every((name) => findProgram(name) !== undefined);
}

/** Whether the server that the tests start is one, and not its command line, say. */
function hasServer() {
  const { stdout } = spawnSync(env.REDIS_SERVER || 'redis-server', ['--version'], { encoding: 'utf8' });
  return /^(Redis|Valkey) server /.test(stdout ?? '');
}

/** What completion in bash needs. */
export const BASH_COMPLETION = env.BASH_COMPLETION || '/usr/share/bash-completion/bash_completion';

export const TEST_TOOLS = [
  {
    variable: 'REDIS_SERVER',
    isThere: hasServer,
    packages: ['redis-server'],
    missing:
      'The tests run against a real Redis, and there is no redis-server on the PATH.\n' +
      'Install Redis 7 or newer (Debian: apt-get install redis-server), or name one, or a Valkey:\n' +
      'REDIS_SERVER=/path/to/redis-server npm test',
  },
  {
    variable: 'LUACHECK',
    isThere: () => (env.LUACHECK ? existsSync(env.LUACHECK) : findProgram('luacheck') !== undefined),
    packages: ['lua-check'],
    missing:
      'The tests lint the scripts of the ledger, and there is no luacheck.\n' +
      'Install it (Debian: apt-get install lua-check), or name it: LUACHECK=/path/to/luacheck npm test',
  },
  {
    variable: 'LIBFAKETIME',
    isThere: () => findLibfaketime() !== undefined,
    packages: ['libfaketime'],
    missing:
      'The tests set the clocks of Redis servers, and there is no libfaketime.\n' +
      'Install it (Debian: apt-get install libfaketime), or name it: LIBFAKETIME=/path/to/libfaketime.so.1 npm test',
  },
  {
    variable: 'OPENSSL',
    isThere: () => (env.OPENSSL ? existsSync(env.OPENSSL) : findProgram('openssl') !== undefined),
    packages: ['openssl'],
    missing:
      'The tests connect to Redis with TLS, and there is no openssl to make certificates.\n' +
      'Install it (Debian: apt-get install openssl), or name it: OPENSSL=/path/to/openssl npm test',
  },
  {
    variable: 'NGINX',
    isThere: () => (env.NGINX ? existsSync(env.NGINX) : findProgram('nginx') !== undefined),
    packages: ['nginx-light'],
    missing:
      'The tests run the service behind a real proxy, and there is no nginx.\n' +
      'Install it (Debian: apt-get install nginx-light), or name it: NGINX=/path/to/nginx npm test',
  },
  {
    variable: 'PROMTOOL',
    isThere: () => (env.PROMTOOL ? existsSync(env.PROMTOOL) : findProgram('promtool') !== undefined),
    packages: ['prometheus'],
    missing:
      'The tests check the rules for Prometheus, and there is no promtool.\n' +
      'Install it (Debian: apt-get install prometheus), or name it: PROMTOOL=/path/to/promtool npm test',
  },
  {
    variable: 'SYSTEMD_ANALYZE',
    isThere: () =>
      env.SYSTEMD_ANALYZE ? existsSync(env.SYSTEMD_ANALYZE) : findProgram('systemd-analyze') !== undefined,
    packages: ['systemd'],
    missing:
      'The tests judge the systemd unit, and there is no systemd-analyze.\n' +
      'Install it (Debian: apt-get install systemd), or name it: SYSTEMD_ANALYZE=/path/to/systemd-analyze npm test',
  },
  {
    variable: 'BASH_COMPLETION',
    isThere: () => existsSync(BASH_COMPLETION),
    packages: ['bash-completion'],
    missing:
      'The tests complete commands in real shells, and there is no bash-completion.\n' +
      'Install it (Debian: apt-get install bash-completion), or name its file:\n' +
      'BASH_COMPLETION=/path/to/bash_completion npm test',
  },
  ...['zsh', 'fish'].map((shell) => ({
    variable: `${shell.toUpperCase()}_PROGRAM`,
    isThere: () => findProgram(shell) !== undefined,
    packages: [shell],
    missing:
      `The tests complete commands in real shells, and there is no ${shell}.\n` +
      `Install it (Debian: apt-get install ${shell}).`,
  })),
  {
    variable: 'SCRIPT',
    isThere: () => findProgram('script') !== undefined,
    packages: ['bsdutils'],
    missing:
      'The tests run commands at a terminal, and there is no script (util-linux).\n' +
      'Install it (Debian: apt-get install bsdutils).',
  },
  {
    variable: 'CHROMIUM',
    isThere: () => findChromium() !== undefined,
    packages: ['chromium', 'fonts-dejavu-core'],
    missing:
      'The tests open the pages in a real browser, and there is no Chromium.\n' +
      'Install it (Debian: apt-get install chromium), or name it: CHROMIUM=/path/to/chromium npm test',
  },
  {
    variable: 'S3_TEST_ENDPOINT',
    isThere: () => env.S3_TEST_ENDPOINT !== undefined || hasCeph(),
    packages: ['ceph-mon', 'ceph-osd', 'radosgw'],
    missing:
      'The tests sign URLs for a real S3 server, and there is no radosgw.\n' +
      'Install it (Debian: apt-get install ceph-mon ceph-osd radosgw), or name a server that may be written to:\n' +
      'S3_TEST_ENDPOINT=http://127.0.0.1:9000 S3_TEST_ACCESS_KEY=… S3_TEST_SECRET_KEY=… npm test',
  },
];
