import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { stringify } from 'yaml';
import { SettingsError } from '../../src/settings/error.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { parseSettings } from '../../src/settings/parse.ts';
import { makeCertificates } from '../support/certificates.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { problemsOf } from './problems-of.ts';

describe('where the ledger is', () => {
  const onClose = cleanupAfter(after);

  it('is a URL, one server, Sentinels or a Cluster, with everything that belongs to them', () => {
    const address = { host: 'h', port: 1 };
    const targets: readonly [unknown, unknown][] = [
      ['unix:///run/redis.sock', { url: 'unix:///run/redis.sock' }],
      [
        { url: 'unix:///run/redis.sock?', database: 2 },
        { url: 'unix:///run/redis.sock?', database: 2 },
      ],
      [
        {
          url: 'rediss://h',
          username: 'u',
          passwordFile: 'p',
          tls: { ca: 'c', cert: 'd', key: 'e', servername: 's' },
        },
        {
          url: 'rediss://h',
          username: 'u',
          passwordFile: 'p',
          tls: { ca: 'c', cert: 'd', key: 'e', servername: 's' },
        },
      ],
      [
        {
          sentinels: ['h:1'],
          name: 'm',
          database: 3,
          sentinelUsername: 'u',
          sentinelPassword: 'p',
          sentinelTls: true,
        },
        {
          sentinels: [address],
          name: 'm',
          database: 3,
          sentinelUsername: 'u',
          sentinelPassword: 'p',
          sentinelTls: true,
        },
      ],
      [
        { cluster: ['h:1', '[::1]:2'], password: 'p', tls: true, natMap: { '10.0.0.1:6379': 'h:1' } },
        {
          ...{ cluster: [address, { host: '::1', port: 2 }], password: 'p', tls: true },
          natMap: { '10.0.0.1:6379': address },
        },
      ],
    ];
    for (const [redis, target] of targets) {
      expect(parseSettings(stringify({ ledger: { redis } }), {}, 'x').ledger.redis).to.deep.equal(target);
    }
  });

  const url = 'redis://h';
  const sentinels = { sentinels: ['h:1'], name: 'm' };
  const cluster = { cluster: ['h:1'] };
  const problems: readonly [object, string][] = [
    [{}, ': must have one of url, sentinels and cluster'],
    [{ url, ...cluster }, ': must have only one of url, sentinels and cluster'],
    [{ sentinels: ['h:1'] }, '.name: is required with sentinels: what they call the master'],
    [{ url, name: 'm' }, '.name: is for sentinels only'],
    [{ url, sentinelPassword: 'p' }, '.sentinelPassword: is for sentinels only'],
    [{ ...cluster, sentinelTls: true }, '.sentinelTls: is for sentinels only'],
    [{ ...sentinels, sentinelUsername: 'u' }, '.sentinelPassword: is required with sentinelUsername'],
    [{ url, password: 'p', passwordFile: 'f' }, '.passwordFile: must not be set beside password'],
    [{ ...cluster, database: 1 }, '.database: is not for a cluster, which has only database 0'],
    [{ url, natMap: { 'h:1': 'h:2' } }, '.natMap: is for sentinels and a cluster only'],
    [{ ...cluster, natMap: { 'h:1': 'h' } }, '.natMap.h:1: must be host:port'],
    [{ url: 'redis://:p@h', password: 'p' }, '.password: is in the url already: take it out there'],
    [{ url: 'redis://:p@h', passwordFile: 'p' }, '.passwordFile: is in the url already: take it out there'],
    [{ url: 'redis://u@h', username: 'u' }, '.username: is in the url already: take it out there'],
    [{ url: 'redis://h/1', database: 2 }, '.database: is in the url already: take it out there'],
    [{ url: 'rediss://h', tls: false }, '.tls: must not be false: the url is rediss://'],
    [{ url, tls: true }, '.tls: needs a rediss:// URL: redis:// is without TLS'],
    [{ url: 'unix:///s', tls: true }, '.tls: is not for a unix socket'],
    [{ url: 'unix:s' }, '.url: must have the whole path of a socket: unix:///path/of/the.sock'],
    [{ url: 'unix:///s?db=1' }, '.url: must be a URL without a query: remove ? and what follows it'],
    [{ url: 'h' }, '.url: must be a redis://, rediss:// or unix:// URL'],
    [{ ...cluster, tls: { cert: 'c' } }, '.tls: must have cert and key, or neither'],
    [{ ...cluster, tls: 'yes' }, '.tls: must be true, false or {ca, cert, key, servername}'],
    [{ ...cluster, tls: { cacert: 'c' } }, '.tls.cacert: is not known here'],
    [{ ...cluster, pasword: 'p' }, '.pasword: is not known here (did you mean password?)'],
    [
      { ...sentinels, sentinalPassword: 'p' },
      '.sentinalPassword: is not known here (did you mean sentinelPassword?)',
    ],
    [{ cluster: ['h'] }, '.cluster.0: must be host:port'],
    [{ cluster: [] }, '.cluster: must have at least 1 item'],
  ];
  for (const [redis, problem] of problems) {
    it(`is not ${JSON.stringify(redis)}`, () => {
      expect(problemsOf({ ledger: { redis } })).to.deep.equal([`ledger.redis${problem}`]);
    });
  }

  it('names files from the folder of the configuration, and refuses those that cannot be used', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-redis-files-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    const certificates = await makeCertificates();
    onClose(certificates.close);
    const others = await makeCertificates();
    onClose(others.close);
    const MATCHSTICK_CONFIG = join(folder, 'matchstick.yaml');
    const load = async (redis: object) => {
      await writeFile(MATCHSTICK_CONFIG, stringify({ ledger: { redis } }));
      try {
        return loadSettings({ MATCHSTICK_CONFIG }).ledger.redis;
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        return error.problems.map(({ path, message }) => `${path}: ${message}`);
      }
    };
    await writeFile(join(folder, 'password'), 'hunter2\n');
    await writeFile(join(folder, 'empty'), '\n');
    await mkdir(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const { ca, cert, key } = certificates;
    const PEM = '-----BEGIN CERTIFICATE-----\n…';
    expect(await load({ ...cluster, passwordFile: './password', tls: { ca, cert, key } })).to.deep.equal({
      ...{
        cluster: [{ host: 'h', port: 1 }],
        passwordFile: join(folder, 'password'),
        tls: { ca, cert, key },
      },
    });
    const wrong: readonly [object, string][] = [
      [{ passwordFile: 'none' }, `passwordFile: there is no file ${join(folder, 'none')}`],
      [{ passwordFile: 'empty' }, `passwordFile: the file ${join(folder, 'empty')} is empty`],
      [{ passwordFile: 'folder' }, `passwordFile: ${join(folder, 'folder')} is not a regular file`],
      [{ passwordFile: 'pipe' }, `passwordFile: ${join(folder, 'pipe')} is not a regular file`],
      [{ tls: { ca: 'none.pem' } }, `tls.ca: there is no file ${join(folder, 'none.pem')}`],
      [{ tls: { ca: 'password' } }, `tls.ca: the file ${join(folder, 'password')} is not PEM`],
      [
        { tls: { ca: PEM } },
        'tls: has a ca, cert or key that is not PEM, or a key that does not belong to the cert',
      ],
      [
        { tls: { cert, key: others.key } },
        'tls: has a ca, cert or key that is not PEM, or a key that does not belong to the cert',
      ],
    ];
    for (const [settings, problem] of wrong) {
      expect(await load({ ...cluster, ...settings })).to.deep.equal([`ledger.redis.${problem}`]);
    }
    const sentinelTls = { ca: 'none.pem' };
    expect(await load({ ...sentinels, sentinelTls })).to.deep.equal([
      `ledger.redis.sentinelTls.ca: there is no file ${join(folder, 'none.pem')}`,
    ]);
  });
});
