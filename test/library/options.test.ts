import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createMatchstick, type MatchstickOptions, type PurposePolicies } from '../../src/index.ts';
import { expectRefusal } from '../contract/matchstick/expect-refusal.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { ISSUER } from '../support/deployment.ts';
import { startRedis } from '../support/redis-server.ts';
import { problemsOf } from './problems-of.ts';

const purposes = { reset: { audience: 'app', lifetime: '15m' } } as const;
const REDIS = { redis: 'redis://127.0.0.1:1' };
const KEYS = { jwks: { keys: [] } };

describe('createMatchstick', () => {
  const onTestEnd = cleanupAfter(afterEach);

  async function open(options: Partial<MatchstickOptions<typeof purposes>> = {}) {
    const matchstick = await createMatchstick({ issuer: ISSUER, purposes, ...options });
    onTestEnd(matchstick.close);
    return matchstick;
  }

  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'matchstick-library-'));
    onTestEnd(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  for (const [what, options, problem] of [
    ['no issuer', { issuer: undefined }, /^issuer: is required$/],
    ['an issuer with a slash at its end', { issuer: `${ISSUER}/` }, /^issuer: must have no query/],
    ['no purposes', { purposes: undefined }, /^purposes: is required$/],
    ['a misspelled option', { leger: { memory: true } }, /^leger: .*did you mean ledger/],
    ['an option in another place', { redis: 'redis://127.0.0.1' }, /^redis: .*did you mean ledger\.redis\?/],
    [
      'one of a purpose',
      { lifetime: '5m' },
      /^lifetime: .*did you mean purposes\.<name>\.lifetime, such as 15m\?/,
    ],
    [
      'a password in a file that is not there',
      { ledger: { redis: { url: 'redis://127.0.0.1', passwordFile: 'none' } }, keys: KEYS },
      /^ledger\.redis\.passwordFile: there is no file none$/,
    ],
    ['a ledger nowhere', { ledger: {} }, /^ledger: must be \{memory: true\}, or \{redis/],
    ['an address that is not set', { ledger: { redis: undefined } }, /^ledger: must be \{memory: true\}/],
    ['a ledger in two places', { ledger: { memory: true, ...REDIS }, keys: KEYS }, /^ledger: must be/],
    [
      'another database',
      { ledger: { redis: 'http://127.0.0.1' }, keys: KEYS },
      /^ledger\.redis: must be a redis/,
    ],
    ['Redis without keys', { ledger: REDIS }, /^keys: is required with a ledger in Redis/],
    ['Redis with an algorithm alone', { ledger: REDIS, keys: { algorithm: 'ES256' } }, /^keys: is required/],
    ['keys from two places', { keys: { file: 'x', ...KEYS } }, /^keys: must be a file or a jwks/],
    ['an empty ring', { keys: KEYS }, /^keys\.jwks: there is no private ES256 key/],
    ['a ring that is none', { keys: { jwks: { keys: ['x'] } } }, /^keys\.jwks: keys\.0: /],
    ['a name that is none', { name: 'My App' }, /^name: must be 1 to 32 of a-z/],
    ['too much tolerance', { clockTolerance: '61s' }, /^clockTolerance: must be 0s to 60s/],
    ['a log that cannot be written to', { log: { info: 'x' } }, /^log: must have the functions/],
    [
      'a store that is not there',
      { purposes: { p: { ...purposes.reset, opens: { s3: { store: 'reports', key: 'k' } } } } },
      /^purposes\.p\.opens\.s3\.store: no store is named reports: none is configured$/,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const given = { issuer: ISSUER, purposes, ...options };
      const problems = await problemsOf(() =>
        createMatchstick(given as unknown as MatchstickOptions<PurposePolicies>),
      );
      expect(problems).to.have.length(1);
      expect(problems[0]).to.match(problem);
    });
  }

  it('makes keys for this process, and another process does not know them', async () => {
    const [one, other] = [await open(), await open({ keys: { algorithm: 'Ed25519' } })];
    const { token } = await one.mint('reset', { subject: 'user-42' });
    await expectRefusal('token_invalid', other.redeem(token, 'reset'));
    expect(one.jwks.keys.map(({ alg }) => alg)).to.deep.equal(['ES256', 'ES256']);
    expect(other.jwks.keys.map(({ alg }) => alg)).to.deep.equal(['Ed25519', 'Ed25519']);
    for (const key of [...one.jwks.keys, ...other.jwks.keys]) expect(key).to.not.have.property('d');
  });

  it('keeps keys in a file, and takes what is in one', async () => {
    const file = join(await newFolder(), 'keys.json');
    const made = await open({ keys: { file } });
    const jwks = JSON.parse(await readFile(file, 'utf8'));
    const [again, from] = [await open({ keys: { file } }), await open({ keys: { jwks } })];
    expect(again.jwks).to.deep.equal(made.jwks);
    expect(from.jwks).to.deep.equal(made.jwks);
  });

  it('refuses to be called with nothing, or with what has no options, and says what it wants', async () => {
    for (const options of [undefined, null, 'https://app.example.com', []]) {
      const problems = await problemsOf(() =>
        createMatchstick(options as unknown as MatchstickOptions<PurposePolicies>),
      );
      expect(problems).to.deep.equal(['options: must be an object with issuer and purposes']);
    }
  });

  it('refuses a file that holds no keys, by its name, and quotes nothing of it', async () => {
    const file = join(await newFolder(), 'keys.json');
    await writeFile(file, 'a secret that is not JSON', { mode: 0o600 });
    const [problem] = await problemsOf(() => open({ keys: { file } }));
    expect(problem).to.match(
      /^keys\.file: \/.*\/keys\.json: the key file is not JSON: put back a copy of it/,
    );
    expect(problem).to.include(file).and.not.include('secret');
  });

  it('shares its tokens through Redis, and nothing that it remembers with another namespace', async () => {
    const redis = await startRedis();
    onTestEnd(redis.close);
    const keys = { file: join(await newFolder(), 'keys.json') };
    const ledger = { redis: redis.url, namespace: 'one' };
    const [one, other] = [await open({ keys, ledger }), await open({ keys, ledger })];
    const { token } = await one.mint('reset', { subject: 'user-42' });
    expect((await other.redeem(token, 'reset')).state).to.equal('burned');
    await expectRefusal('token_burned', one.redeem(token, 'reset'));
    const elsewhere = await open({ keys, ledger: { ...ledger, namespace: 'two' } });
    await expectRefusal('token_void', elsewhere.redeem(token, 'reset'));
  });

  it('is not ready while its ledger does not answer, refuses meanwhile, and tells the log', async () => {
    const redis = await startRedis();
    onTestEnd(redis.close);
    const keys = { file: join(await newFolder(), 'keys.json') };
    const told: unknown[] = [];
    const tell = (event: object) => told.push(event);
    const log = { info: tell, warn: tell, error: tell };
    const matchstick = await open({ keys, log, ledger: { redis: redis.url, timeoutMs: 200 } });
    const ready = await matchstick.readiness();
    expect(ready).to.include({ ready: true });
    redis.process().kill('SIGSTOP');
    await expectRefusal('ledger_unavailable', matchstick.mint('reset', { subject: 'user-42' }));
    const { ready: isReady, reasons } = await matchstick.readiness();
    expect(isReady).to.equal(false);
    expect(reasons[0]).to.include({ part: 'ledger', code: 'ledger_unavailable' });
    redis.process().kill('SIGCONT');
    while (!(await matchstick.readiness()).ready) await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await matchstick.mint('reset', { subject: 'user-42' })).subject).to.equal('user-42');
    expect(told[0]).to.deep.include({ event: 'ledger.connected' });
  });

  it('names the attempt that may ask again after no answer', async () => {
    const redis = await startRedis();
    onTestEnd(redis.close);
    const keys = { file: join(await newFolder(), 'keys.json') };
    const ledger = { redis: redis.url, timeoutMs: 200 };
    const [one, other] = [await open({ keys, ledger }), await open({ keys, ledger })];
    const { token } = await one.mint('reset', { subject: 'user-42' });
    const { token: second } = await one.mint('reset', { subject: 'user-42' });
    redis.process().kill('SIGSTOP');
    const { attempt } = await expectRefusal('ledger_unavailable', one.redeem(token, 'reset'));
    const named = await expectRefusal('ledger_unavailable', one.redeem(second, 'reset', { attempt: 'mine' }));
    expect(named.attempt).to.equal('mine');
    redis.process().kill('SIGCONT');
    while (!(await other.readiness()).ready) await new Promise((resolve) => setTimeout(resolve, 20));
    if (attempt === undefined) throw new Error('it has no name');
    // Whether or not the question that got no answer was heard, and in whatever process it is asked again.
    expect((await other.redeem(token, 'reset', { attempt })).state).to.equal('burned');
    const refused = await expectRefusal('token_burned', other.redeem(token, 'reset'));
    expect(refused.attempt).to.equal(undefined);
  });

  it('refuses a server that can never hold a ledger', async () => {
    const redis = await startRedis();
    onTestEnd(redis.close);
    await redis.command('ACL', 'SETUSER', 'blind', 'on', '>pass', '~*', '+@all', '-info');
    const keys = { file: join(await newFolder(), 'keys.json') };
    const ledger = { redis: redis.url.replace('//', '//blind:pass@') };
    const error = await expectRefusal('ledger_unavailable', open({ keys, ledger }));
    expect(error.message).to.include('This Redis cannot hold the ledger');
  });

  it('answers nothing once it is closed, whatever its ledger', async () => {
    const redis = await startRedis();
    onTestEnd(redis.close);
    const keys = { file: join(await newFolder(), 'keys.json') };
    for (const ledger of [{ memory: true }, { redis: redis.url }] as const) {
      const matchstick = await open({ keys, ledger });
      const { token, jti } = await matchstick.mint('reset', { subject: 'user-42' });
      await matchstick.close();
      await matchstick.close();
      for (const call of [
        matchstick.mint('reset', { subject: 'user-42' }),
        matchstick.mintMany('reset', [{ subject: 'user-42' }]),
        matchstick.redeem(token, 'reset'),
        matchstick.use(token, 'reset', () => 'never'),
        matchstick.commit('x'),
        matchstick.release('x'),
        matchstick.collect('x'),
        matchstick.inspect(token),
        matchstick.inspect({ jti }),
        matchstick.revoke({ token }),
      ]) {
        expect((await expectRefusal('ledger_unavailable', call)).message).to.include('closed');
      }
    }
  });
});
