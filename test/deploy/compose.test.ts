import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { programFile } from '../support/program.ts';
import { freePort, type RedisServer, startRedis } from '../support/redis-server.ts';
import { SECONDS_TO_STOP, shipped, shippedYaml, type Tree } from './shipped.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));

describe('deploy/compose.yaml', () => {
  const onClose = cleanupAfter(after);
  const compose = shippedYaml('compose.yaml');
  const { matchstick, redis } = compose.services;
  let folder: string;
  let server: RedisServer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'matchstick-compose-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
    await makeSecrets();
    server = await startRedis(redisArguments());
    onClose(server.close);
  });

  async function makeSecrets(): Promise<void> {
    const child = startChild('sh', [join(DEPLOY, 'compose/secrets.sh'), folder]);
    expect(await child.exited(), child.output()).to.equal(0);
  }

  /** What the file gives the server, with the secret where it is here. */
  function redisArguments(): readonly string[] {
    const [program, ...words] = redis.command;
    for (const word of words) expect(word).to.be.a('string').that.does.not.include(' ');
    expect(program).to.equal('redis-server');
    expect(words).to.include('/run/secrets/redis.acl');
    return words.map((word: string) => word.replace('/run/secrets/redis.acl', secret('redis.acl')));
  }

  const secret = (name: string) => join(folder, 'compose/secrets', name);

  it('takes every right from both containers, and mounts nothing to write but their own volumes', () => {
    for (const [name, service] of Object.entries<Tree>(compose.services)) {
      expect(service, name).to.deep.include({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect(service, name).to.not.have.any.keys('privileged', 'network_mode', 'pid', 'cap_add');
      for (const volume of service.volumes) {
        const [source = '', , mode] = volume.split(':');
        if (!Object.hasOwn(compose.volumes, source)) expect(mode, volume).to.equal('ro');
      }
      expect(Number.parseInt(service.stop_grace_period, 10)).to.be.greaterThan(SECONDS_TO_STOP);
    }
  });

  it('is reached from this machine only, Redis from none', () => {
    expect(matchstick.ports).to.deep.equal(['127.0.0.1:4100:4100']);
    expect(redis).to.not.have.property('ports');
  });

  it('has no secret in itself: they are files that the script makes, and git and the package leave out', async () => {
    for (const { file } of Object.values<Tree>(compose.secrets)) {
      expect(existsSync(join(folder, file)), file).to.equal(true);
    }
    const ignored = await readFile(join(DEPLOY, '../.gitignore'), 'utf8');
    for (const path of ['deploy/.env', 'deploy/compose/secrets/'])
      expect(ignored.split('\n')).to.include(path);
    expect(Object.values(matchstick.environment).join()).to.match(/^\$\{MAIN_APP_KEY_SHA256:\?/);
  });

  it('has files where it mounts some', () => {
    for (const volume of [...matchstick.volumes, ...redis.volumes]) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('.')) expect(existsSync(join(DEPLOY, source)), source).to.equal(true);
      else expect(compose.volumes).to.have.property(source);
    }
    expect(existsSync(join(DEPLOY, matchstick.build.context, matchstick.build.dockerfile))).to.equal(true);
  });

  it('makes secrets once, in a folder that nobody else may enter', async () => {
    const before = await readFile(secret('redis-password'), 'utf8');
    const key = await readFile(secret('main-app-key'), 'utf8');
    expect(before).to.match(/^[0-9a-f]{64}$/);
    await makeSecrets();
    expect(await readFile(secret('redis-password'), 'utf8')).to.equal(before);
    expect(await readFile(secret('main-app-key'), 'utf8')).to.equal(key);
    expect(statSync(join(folder, 'compose/secrets')).mode & 0o777).to.equal(0o700);
    expect(statSync(secret('main-app-key')).mode & 0o777).to.equal(0o600);
    expect(await readFile(secret('redis.acl'), 'utf8')).to.not.include(before);
  });

  it('gives Redis the user of docs/redis.md and no other, and sees by its refusal that it is healthy', async () => {
    const docs = await readFile(join(DEPLOY, '../docs/redis.md'), 'utf8');
    const [, rights] = /^ACL SETUSER matchstick on >change-me (.+)$/m.exec(docs) ?? [];
    expect((await readFile(secret('redis.acl'), 'utf8')).split('\n')[1]).to.match(
      new RegExp(`^user matchstick on #[0-9a-f]{64} ${rights?.replace(/[*+~|]/g, '\\$&')}$`),
    );
    const [, command] = redis.healthcheck.test;
    const [, answer = 'nothing'] = /^redis-cli ping \| grep -q (\w+)$/.exec(command) ?? [];
    const stranger = new Redis(server.port, '127.0.0.1', {
      enableReadyCheck: false,
      retryStrategy: () => null,
    });
    stranger.on('error', () => {});
    onClose(() => stranger.disconnect());
    const refusal = await stranger.ping().catch((error: Error) => error.message);
    expect(refusal).to.include(answer);
  });

  it('has a configuration with which the service runs on that Redis, fit by doctor, and a planned restart voids nothing', async () => {
    const places = {
      'redis://redis:6379': server.url,
      '/run/secrets/redis-password': secret('redis-password'),
      '/var/lib/matchstick': folder,
    };
    const text = Object.entries(places).reduce((whole, [there, here]) => {
      expect(whole.split(there), there).to.have.length(2);
      return whole.replace(there, here);
    }, shipped('compose/matchstick.yaml'));
    const config = join(folder, 'matchstick.yaml');
    await writeFile(config, text);
    const [, name = '', value = ''] =
      /^(\w+)=(.+)$/m.exec(await readFile(join(folder, '.env'), 'utf8')) ?? [];
    const port = await freePort();
    const env = {
      ...process.env,
      NODE_ENV: 'production',
      HOST: '0.0.0.0',
      PORT: String(port),
      [name]: value,
    };
    const command = programFile('assembly/command-line');
    const doctor = startChild(process.execPath, [command, 'doctor', '--config', config], { env });
    expect(await doctor.exited(), doctor.output()).to.equal(0);
    expect(doctor.output()).to.not.match(/^(?:WARN|UNFIT)/m);

    const service = startChild(process.execPath, [command, 'serve', '--config', config], { env });
    onClose(async () => {
      service.kill('SIGKILL');
      await service.exited();
    });
    await service.printed(/listens on/);
    const key = await readFile(secret('main-app-key'), 'utf8');
    const post = async (path: string, body: object) => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ purpose: 'password-reset', ...body }),
      });
      return { status: response.status, json: JSON.parse(await response.text()) };
    };
    const minted = await post('tokens', { subject: 'user-42' });
    expect(minted.status, service.output()).to.equal(201);
    expect(minted.json.url).to.match(/^https:\/\/cap\.example\.com\/l\//);

    // A planned restart: what was outstanding goes on.
    const run = async (...args: readonly string[]) => {
      const child = startChild(process.execPath, [command, ...args, '--config', config], { env });
      expect(await child.exited(), child.output()).to.equal(0);
      return child.output();
    };
    const [, ticket = ''] = /thaw (\w+)/.exec(await run('freeze')) ?? [];
    server.process().kill('SIGTERM');
    await server.restart();
    await run('thaw', ticket);
    const began = performance.now();
    let redeemed = await post('redemptions', { token: minted.json.token });
    while (redeemed.status === 503 && performance.now() - began < 30_000) {
      redeemed = await post('redemptions', { token: minted.json.token });
    }
    expect(redeemed.json).to.include({ state: 'burned', subject: 'user-42' });
  });
});
