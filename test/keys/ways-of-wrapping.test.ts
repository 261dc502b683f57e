import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { generateKey } from '../../src/keys/generate-key.ts';
import type { RingCodec } from '../../src/keys/ring-codec.ts';
import type { Wrap } from '../../src/keys/wrap.ts';
import { commandWrapper } from '../../src/keys/wrap-command.ts';
import { ringCodec } from '../../src/keys/wrapped-codec.ts';
import { runService } from '../http/run-service.ts';
import { startProgram } from '../main/start-main.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { startRedis } from '../support/redis-server.ts';
import { call, mintToken, redeemToken, startService } from '../support/service.ts';
import { printed, rejectionOf } from './stored-keys.ts';

const ISSUER = 'https://cap.example.test';
const newSecret = () => randomBytes(32).toString('base64url');

async function plainRing(): Promise<{ readonly text: string; readonly secrets: readonly string[] }> {
  const keys = await Promise.all(
    ['signing', 'next'].map(async (state) => ({
      ...(await generateKey('ES256', Date.now())),
      ...{ state, since: new Date().toISOString(), ready: new Date().toISOString() },
    })),
  );
  const subjectKey = newSecret();
  const secrets = [subjectKey, ...keys.map((key) => String((key as Record<string, unknown>).d))];
  return { text: JSON.stringify({ version: 4, subjectKey, keys, rotationAsked: true }), secrets };
}

describe('a ring that is wrapped', () => {
  const onClose = cleanupAfter(after);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'matchstick-wrap-'));
    onClose(() => rm(folder, { recursive: true, force: true }));
  });

  const codecOf = async (wrap: Wrap | undefined, issuer = ISSUER): Promise<RingCodec> =>
    ringCodec({ issuer, wrap, randomBytes, mayBePlain: true });

  /** A program that turns octets round, as wrapping goes that needs no secret. */
  async function program(name: string, body: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, `#!/usr/bin/env node\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  }
  const TURN = `let all = []; process.stdin.on('data', (d) => all.push(d)).on('end', () => process.stdout.write(Buffer.from(Buffer.concat(all).reverse())));`;

  /** As much of the HTTP API of KMS as encrypting and decrypting take. */
  async function fakeKms() {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const body = JSON.parse(Buffer.concat(chunks).toString());
          const target = String(request.headers['x-amz-target']);
          asked.push(target);
          const context = JSON.stringify(body.EncryptionContext);
          const answer = (status: number, value: object) => {
            response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' });
            response.end(JSON.stringify(value));
          };
          if (target === 'TrentService.Encrypt') {
            const blob = JSON.stringify({ key: body.KeyId, context, text: body.Plaintext });
            return answer(200, { CiphertextBlob: Buffer.from(blob).toString('base64'), KeyId: body.KeyId });
          }
          const blob = JSON.parse(Buffer.from(body.CiphertextBlob, 'base64').toString());
          if (blob.key !== body.KeyId || blob.context !== context) {
            return answer(400, { __type: 'InvalidCiphertextException', message: 'not this key' });
          }
          return answer(200, { Plaintext: blob.text, KeyId: body.KeyId });
        });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    onClose(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, asked };
  }

  const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

  async function ways(): Promise<Readonly<Record<string, Wrap>>> {
    const turn = await program('turn', TURN);
    const kms = await fakeKms();
    Object.assign(process.env, {
      ...{ AWS_ENDPOINT_URL_KMS: kms.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    });
    onClose(() => {
      for (const name of ['AWS_ENDPOINT_URL_KMS', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
        delete process.env[name];
    });
    return {
      secret: { secret: newSecret() },
      command: { command: { wrap: [turn], unwrap: [turn] } },
      awsKms: { awsKms: ARN },
    };
  }

  it('by each way holds nothing of the private parts, and gives the ring back as it was', async () => {
    for (const [name, wrap] of Object.entries(await ways())) {
      const { text, secrets } = await plainRing();
      const closed = await (await codecOf(wrap)).close(text);
      for (const secret of [...secrets, 'secret' in wrap ? wrap.secret : 'none'])
        expect(closed, name).to.not.include(secret);
      expect(JSON.parse(closed).wrap).to.include({ by: name });
      const opened = await (await codecOf(wrap)).open(closed);
      expect(opened.mustRewrite, name).to.equal(false);
      expect(JSON.parse(opened.text), name).to.deep.equal(JSON.parse(text));
    }
  });

  it('is unwrapped once, not at every look', async () => {
    const kms = await fakeKms();
    process.env.AWS_ENDPOINT_URL_KMS = kms.url;
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    const { text } = await plainRing();
    const closed = await (await codecOf({ awsKms: ARN })).close(text);
    const codec = await codecOf({ awsKms: ARN });
    for (let looks = 0; looks < 5; looks++) await codec.open(closed);
    await codec.close(text);
    // What was wrapped is unwrapped once to see that it can be, and once by the other process.
    expect(kms.asked).to.deep.equal(['TrentService.Encrypt', 'TrentService.Decrypt', 'TrentService.Decrypt']);
    const other = await codecOf({ awsKms: ARN.replace('1234abcd', '9999abcd') });
    expect((await rejectionOf(other.open(closed))).message).to.include('keys.wrap.previous');
    const elsewhere = await codecOf({ awsKms: ARN }, 'https://another.example.test');
    expect((await rejectionOf(elsewhere.open(closed))).message).to.include(ISSUER);
  });

  it('is opened with what wrapped it before, and wrapped anew: from the clear, by another secret, by another way', async () => {
    const all = Object.values(await ways());
    const { text } = await plainRing();
    for (const before of [undefined, ...all]) {
      const stored = await (await codecOf(before)).close(text);
      const current = { secret: newSecret() };
      const codec = await codecOf(before ? { ...current, previous: before } : current);
      const opened = await codec.open(stored);
      expect(opened.mustRewrite).to.equal(true);
      const closed = await codec.close(opened.text);
      expect(JSON.parse((await (await codecOf(current)).open(closed)).text)).to.deep.equal(JSON.parse(text));
      if (before) await rejectionOf((await codecOf(before)).open(closed));
    }
  });

  it('is refused in one sentence that names the setting and quotes no key', async () => {
    const { text, secrets } = await plainRing();
    const wrap = { secret: newSecret() };
    const closed = await (await codecOf(wrap)).close(text);
    const ring = JSON.parse(closed);
    const swapped = { ...ring, keys: [{ ...ring.keys[0], sealed: ring.keys[1].sealed }, ring.keys[1]] };
    for (const [stored, codec, says] of [
      [closed, await codecOf(undefined), /^[^\n]{20,}\w$/],
      [closed, await codecOf({ secret: newSecret() }), /^[^\n]{20,}\w$/],
      [JSON.stringify(swapped), await codecOf(wrap), /^[^\n]{20,}\w$/],
      [JSON.stringify({ ...ring, sealedSubjectKey: 'x' }), await codecOf(wrap), /^[^\n]{20,}\w$/],
      [JSON.stringify({ ...ring, wrap: { by: 'magic' } }), await codecOf(wrap), /^[^\n]{20,}\w$/],
      [
        JSON.stringify({ ...ring, wrap: { ...ring.wrap, dataKey: 'x' } }),
        await codecOf(wrap),
        /^[^\n]{20,}\w$/,
      ],
      [
        JSON.stringify({ ...ring, wrap: { ...ring.wrap, issuer: 'x' } }),
        await codecOf(wrap),
        /^[^\n]{20,}\w$/,
      ],
    ] as const) {
      const error = await rejectionOf(codec.open(stored));
      expect(error.name).to.equal('UnfitKeyError');
      expect(error.message).to.match(says);
      for (const secret of [...secrets, wrap.secret]) expect(printed(error)).to.not.include(secret);
    }
  });

  it('by a program that fails says which, how, and nothing of what it was given', async () => {
    const dataKey = new Uint8Array(randomBytes(32));
    const text = Buffer.from(dataKey).toString('base64url');
    for (const [name, body, says] of [
      [
        'fails',
        `process.stderr.write('no such \\x1b[31mkey'); process.exit(3);`,
        /failed with exit code 3: no such \[31mkey$/,
      ],
      ['silent', '', /wrote nothing to stdout/],
      [
        'echoes',
        `process.stdin.on('data', (data) => process.stderr.write('bad: ' + data)).on('end', () => process.exit(4));`,
        /failed with exit code 4: bad: …$/,
      ],
      ['endless', `setInterval(() => process.stdout.write('x'.repeat(65536)), 1);`, /\w/],
      ['killed', 'process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 5000);', /SIGTERM/],
    ] as const) {
      const wrapper = commandWrapper(
        { wrap: [await program(name, body)], unwrap: ['false'] },
        'keys.wrap.command',
      );
      const error = await rejectionOf(wrapper.wrap(dataKey));
      expect(error.message).to.match(says);
      expect(printed(error)).to.not.include(text);
    }
    for (const encoding of ['base64url', 'base64', 'hex'] as const) {
      const key = Buffer.from(dataKey).toString(encoding);
      const body = `process.stderr.write('cannot write ${key} to the terminal'); process.exit(5);`;
      const telling = commandWrapper(
        { wrap: ['false'], unwrap: [await program(`tells-${encoding}`, body)] },
        'keys.wrap.command',
      );
      const error = await rejectionOf(telling.unwrap('eA'));
      expect(error.message).to.match(/failed with exit code 5: cannot write … to the terminal$/);
      expect(printed(error)).to.not.include(key.slice(0, 12));
    }
    const missing = commandWrapper(
      { wrap: ['/no/such/program'], unwrap: ['echo', 'nonsense'] },
      'keys.wrap.command',
    );
    expect((await rejectionOf(missing.wrap(dataKey))).message).to.match(/\/no\/such\/program/);
    expect((await rejectionOf(missing.unwrap('eA'))).message).to.match(/\w/);
  });

  describe('of a service', function () {
    this.timeout(120_000);
    const wrapped = (wrap: object, more: object = {}) =>
      makeDeployment({ keys: { file: './keys.json', wrap }, ...more });

    it('signs and redeems, keeps no private part in its file, and refuses to start with a wrong secret or none', async () => {
      const [secret, next] = [newSecret(), newSecret()];
      const deployment = await wrapped({ secret: `\${KEY_SECRET}` });
      onClose(deployment.close);
      const path = join(deployment.folder, 'keys.json');
      const service = await startService(deployment, { KEY_SECRET: secret });
      expect((await redeemToken(service, await mintToken(service))).status).to.equal(200);
      const stored = await readFile(path, 'utf8');
      expect(stored).to.not.match(/"d"|"subjectKey"/);
      expect(stored).to.include('"sealed"');
      const { json: jwks } = await call(service, 'GET', '/.well-known/jwks.json');
      await service.close();
      const refused = async (env: NodeJS.ProcessEnv) => {
        const child = startProgram(deployment.folder, { MATCHSTICK_CONFIG: deployment.configPath, ...env });
        expect(await child.exited(), child.output()).to.equal(1);
        expect(child.output()).to.not.include(secret).and.not.include(next).and.not.include('    at ');
        return child.output();
      };
      expect(await refused({ KEY_SECRET: next })).to.match(/keys\.file: .*keys\.wrap/);
      expect(await refused({})).to.include('KEY_SECRET');
      expect(await refused({ KEY_SECRET: 'short' })).to.match(/keys\.wrap\.secret: must be/);
      expect(await readFile(path, 'utf8')).to.equal(stored);

      const config = await readFile(deployment.configPath, 'utf8');
      await writeFile(
        deployment.configPath,
        config.replace(/secret: (.*)/, 'secret: $${NEXT_SECRET}\n    previous: { secret: "$1" }'),
      );
      const again = await startService(deployment, { KEY_SECRET: secret, NEXT_SECRET: next });
      onClose(again.close);
      expect((await call(again, 'GET', '/.well-known/jwks.json')).json).to.deep.equal(jwks);
      expect(await readFile(path, 'utf8')).to.not.equal(stored);
      await writeFile(deployment.configPath, config.replaceAll('KEY_SECRET', 'NEXT_SECRET'));
      const last = await startService(deployment, { NEXT_SECRET: next });
      onClose(last.close);
      expect((await call(last, 'GET', '/.well-known/jwks.json')).json).to.deep.equal(jwks);
    });

    it('lies in Redis for every instance, and nobody who reads Redis has a key', async () => {
      const redis = await startRedis();
      onClose(redis.close);
      const secret = newSecret();
      const deployment = await makeDeployment({
        ...{ ledger: { redis: redis.url }, keys: { in: 'redis', wrap: { secret } } },
      });
      onClose(deployment.close);
      const services = await Promise.all([startService(deployment), startService(deployment)]);
      for (const { close } of services) onClose(close);
      const [one, other] = services;
      expect((await redeemToken(other, await mintToken(one))).status).to.equal(200);
      const [key] = (await redis.command('KEYS', '*:keys')) as string[];
      const stored = String(await redis.command('GET', key ?? ''));
      expect(stored).to.not.match(/"d"|"subjectKey"/);
      expect(stored).to.include('"sealed"');
    });

    it('in Redis needs to be wrapped, and a Redis', async () => {
      const error = await rejectionOf(runService(onClose, { keys: { in: 'redis' } }));
      expect(error.message)
        .to.include('keys.wrap: is required with in: redis')
        .and.to.include('keys.in: is redis');
    });
  });
});
