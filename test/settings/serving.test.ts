import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { Environment } from '../../src/settings/environment.ts';
import { parseSettings, SettingsError } from '../../src/settings/parse.ts';
import { requireFitToServe, servingWarnings } from '../../src/settings/serving.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { problemsOf } from './problems-of.ts';

const CALLER = `callers: { c: { keySha256: ['${'a'.repeat(64)}'], inspect: true } }`;
const PURPOSE = 'purposes: { p: { audience: app, lifetime: 5m } }';
const NO_REDIS =
  'ledger: is in memory, and NODE_ENV is production: a restart would make every token void, and each instance would have a ledger of its own. Set ledger.redis (REDIS_URL in the configuration that comes with Matchstick), or write ledger: { memory: true } if that is meant';

function refusals(text: string, environment: Environment): readonly string[] {
  try {
    requireFitToServe(parseSettings(text, environment, 'x'), environment);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const warnings = (text: string, environment: Environment = {}) =>
  servingWarnings(parseSettings(text, environment, 'x')).map(({ path, message }) => `${path}: ${message}`);

describe('a service with NODE_ENV=production', () => {
  const production = { NODE_ENV: 'production' };

  it('refuses a ledger in memory, unless the configuration says that it is meant', () => {
    expect(refusals('', production)).to.deep.equal([NO_REDIS]);
    expect(refusals('ledger: { memory: true }', production)).to.deep.equal([]);
    expect(refusals('ledger: { redis: "redis://h" }', production)).to.deep.equal([]);
    for (const NODE_ENV of [undefined, '', 'development', 'test'])
      expect(refusals('', { NODE_ENV })).to.deep.equal([]);
  });

  it('refuses to listen where others reach it without callers, and names what says so', () => {
    const end =
      'which others can reach, and NODE_ENV is production: configure callers, because without them one generated key may do everything';
    const ledger = 'ledger: { memory: true }';
    expect(refusals(ledger, { ...production, HOST: '0.0.0.0' })).to.deep.equal([
      `HOST (environment): is 0.0.0.0, ${end}`,
    ]);
    expect(refusals(`${ledger}\nlisten: { host: "::" }`, production)).to.deep.equal([
      `listen.host: is ::, ${end}`,
    ]);
    expect(refusals(`${ledger}\n${CALLER}`, { ...production, HOST: '0.0.0.0' })).to.deep.equal([]);
    expect(refusals(ledger, { ...production, HOST: '127.0.0.1' })).to.deep.equal([]);
    expect(refusals('', { ...production, HOST: '::' })).to.have.lengthOf(2);
  });
});

describe('a service warns', () => {
  const onClose = cleanupAfter(after);
  const memory = 'ledger: The ledger is the memory of this process: its tokens are void when it ends.';

  it('of a ledger in memory, unless it is said to be meant', () => {
    expect(warnings(PURPOSE)).to.deep.equal([memory]);
    expect(warnings(`${PURPOSE}\nledger: { memory: true }`)).to.deep.equal([]);
    expect(warnings(`${PURPOSE}\nissuer: https://cap.example\nledger: { redis: "redis://h" }`)).to.deep.equal(
      [],
    );
  });

  it('of instances that share a Redis, and have an issuer each', () => {
    const text = `${PURPOSE}\nledger: { redis: "redis://h" }`;
    expect(warnings(text, { PORT: '4101' })).to.deep.equal([
      "issuer: It is http://127.0.0.1:4101, the address that this instance listens on. Instances that share a Redis refuse each other's tokens unless all have the same issuer: set it in each of them.",
    ]);
    expect(warnings(`${text}\nissuer: http://127.0.0.1:4100`, { PORT: '4101' })).to.have.lengthOf(1);
    expect(warnings(`${text}\nissuer: http://localhost:4100`, { PORT: '4101' })).to.deep.equal([]);
  });

  it('of one generated key that others can use, and of links that lead nowhere', () => {
    const text = `${PURPOSE}\nledger: { memory: true }`;
    const links =
      'issuer: Links lead to http://127.0.0.1:4100, which only this machine reaches, but the service listens on 0.0.0.0. Set issuer to the URL that others use.';
    expect(warnings(text, { HOST: '0.0.0.0' })).to.deep.equal([
      'callers: None is configured, so one generated key may do everything, and others can reach 0.0.0.0. Configure callers, or listen on 127.0.0.1.',
      links,
    ]);
    expect(warnings(`${text}\n${CALLER}`, { HOST: '0.0.0.0' })).to.deep.equal([links]);
    expect(warnings(`${text}\n${CALLER}\nissuer: https://cap.example`, { HOST: '0.0.0.0' })).to.deep.equal(
      [],
    );
  });

  it('of a configuration that everyone may write', async () => {
    const source = join(await mkdtemp(join(tmpdir(), 'matchstick-serving-')), 'matchstick.yaml');
    onClose(() => rm(dirname(source), { recursive: true }));
    const text = `${PURPOSE}\nledger: { memory: true }`;
    await writeFile(source, text);
    const found = () => servingWarnings(parseSettings(text, {}, source));
    await chmod(source, 0o664);
    expect(found()).to.deep.equal([]);
    await chmod(source, 0o666);
    const message =
      'Every user of this machine can write this file, and so decide what the service does after its next start. Run chmod o-w on it.';
    expect(found()).to.deep.equal([{ path: source, message }]);
  });

  it('of secrets in a configuration that everyone may read', async () => {
    const source = join(await mkdtemp(join(tmpdir(), 'matchstick-serving-')), 'matchstick.yaml');
    onClose(() => rm(dirname(source), { recursive: true }));
    await writeFile(source, '');
    const found = (redis: string, more = '') => {
      const text = `${PURPOSE}\nissuer: https://cap.example\nledger: { redis: ${redis} }\n${more}`;
      const settings = parseSettings(text, { REDIS_PASSWORD: 'word', KEY_SECRET: KEY }, source);
      return servingWarnings(settings).map(({ path, message }) => `${path}: ${message}`);
    };
    const KEY = 'A'.repeat(43);
    const pem = '-----BEGIN PRIVATE KEY-----';
    const wrap = (secret: string) => `keys: { in: redis, wrap: { secret: ${secret} } }`;
    const warning = (what: string) => [
      `${source}: Every user of this machine can read this file, and ${what}. Run chmod o-r on it, or write \${NAME} for a variable that has the secret.`,
    ];
    const written: readonly (readonly [string, string, string?])[] = [
      ['ledger.redis in it is a secret', '"redis://:word@h"'],
      ['ledger.redis.url in it is a secret', '{ url: "rediss://user:word@h" }'],
      ['ledger.redis.password in it is a secret', '{ url: "redis://h", password: word }'],
      [
        'ledger.redis.sentinelPassword in it is a secret',
        '{ sentinels: ["h:1"], name: m, sentinelPassword: word }',
      ],
      [
        'ledger.redis.tls.key in it is a secret',
        `{ url: "rediss://h", tls: { cert: "-----BEGIN CERTIFICATE-----", key: "${pem}" } }`,
      ],
      [
        'ledger.redis.sentinelTls.key in it is a secret',
        `{ sentinels: ["h:1"], name: m, sentinelTls: { cert: "-----BEGIN CERTIFICATE-----", key: "${pem}" } }`,
      ],
      ['keys.wrap.secret in it is a secret', '"redis://h"', wrap(KEY)],
      [
        'keys.wrap.previous.secret in it is a secret',
        '"redis://h"',
        wrap(`"\${KEY_SECRET}", previous: { secret: ${KEY} }`),
      ],
      ['ledger.redis and keys.wrap.secret in it are secrets', '"redis://:word@h"', wrap(KEY)],
    ];
    await chmod(source, 0o644);
    for (const [what, redis, more] of written) expect(found(redis, more), what).to.deep.equal(warning(what));
    const elsewhere: readonly (readonly [string, string?])[] = [
      ['"redis://h"'],
      ['"redis://user@h"'],
      [`"redis://:\${REDIS_PASSWORD}@h"`],
      [`{ url: "redis://h", password: "\${REDIS_PASSWORD}" }`],
      ['{ url: "redis://h", passwordFile: word.txt }'],
      ['"redis://h"', wrap(`"\${KEY_SECRET}"`)],
    ];
    for (const [redis, more] of elsewhere) expect(found(redis, more), redis).to.deep.equal([]);
    await chmod(source, 0o640);
    for (const [what, redis, more] of written) expect(found(redis, more), what).to.deep.equal([]);
  });

  it('that nothing can be minted without purposes', () => {
    for (const text of ['ledger: { memory: true }', 'ledger: { memory: true }\npurposes: {}']) {
      expect(warnings(text)).to.deep.equal(['purposes: None is configured, so nothing can be minted.']);
    }
  });
});

describe('ledger.memory', () => {
  it('is true or false, and fits the rest', () => {
    expect(problemsOf('ledger: { memory: true, redis: "redis://h" }')).to.deep.equal([
      'ledger.memory: must not be true with ledger.redis: remove one of them',
    ]);
    expect(problemsOf('ledger: { memory: false }')).to.deep.equal([
      'ledger.redis: is required with memory: false',
    ]);
    expect(problemsOf(`ledger: { memory: false, redis: "\${REDIS_ULR:-}" }`)).to.deep.equal([
      'ledger.redis: is required with memory: false (not set: REDIS_ULR)',
    ]);
    expect(problemsOf('ledger: { memory: false, redis: "redis://h" }')).to.deep.equal([]);
    expect(problemsOf('ledger: { memory: yes }')).to.deep.equal([
      'ledger.memory: must be true or false, not a string',
    ]);
  });
});
