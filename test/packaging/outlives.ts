import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { createClient } from '../../src/client/index.ts';
import { startChild } from '../support/child.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startRedis } from '../support/redis-server.ts';
import { installIn, type Packed, run } from './pack.ts';

const PROGRAM = fileURLToPath(new URL('programs/outlives.mjs', import.meta.url));
const EVERY = ['plain', 'file', 'link', 'claimed'];
/** What is loaded after the start is there by then. */
const SETTLED_MS = 1500;

/** What runs when its files are taken away, as a deployment in place does. `modules` is an installed node_modules folder. */
export function describeOutlives(packed: () => Packed, modules: () => string): void {
  describe('a running process whose files are gone', function () {
    this.timeout(PATIENCE_MS);
    const onClose = cleanupAfter(after);
    let redis: string;

    before(async () => {
      const server = await startRedis();
      onClose(server.close);
      redis = server.url;
    });

    it('has everything of the library, the client and the guard loaded', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'matchstick-outlives-'));
      onClose(() => rm(folder, { recursive: true, force: true }));
      // Links, which are gone from one folder and stay in the other.
      await run(folder, 'cp', '-al', modules(), 'node_modules');
      await cp(PROGRAM, join(folder, 'outlives.mjs'));
      const printed = await run(folder, process.execPath, 'outlives.mjs', redis);
      expect(JSON.parse(printed)).to.deep.equal({
        redeem: 'burned',
        'redeem again': 'token_burned',
        'mint many': 2,
        'sealed claims': 'a',
        'wrong claims': 'request_invalid',
        session: 'burned',
        'key and request': 'burned',
        hold: 'burned',
        release: 'released',
        use: 'used',
        link: true,
        collect: 'not_found',
        inspect: 'live',
        revoke: 'token_revoked',
        'revoke a subject': 'token_revoked',
        'mistype a purpose': 'request_invalid',
        purposes: true,
        readiness: true,
        guard: 'user-42,token_burned',
        client: 'ledger_unavailable',
        'bound fetch': 'ledger_unavailable',
      });
    });

    it('has everything of the service loaded: every call, the pages, and a store', async () => {
      const project = await installIn(packed());
      onClose(project.close);
      const everyone = { audience: 'app', lifetime: '5m' };
      const claims = { type: 'object', properties: { file: { type: 'string' } } };
      const opens = { s3: { store: 'files', key: '{subject}' } };
      const deployment = await makeDeployment(
        {
          ledger: { redis },
          purposes: {
            plain: everyone,
            file: { ...everyone, opens },
            link: { ...everyone, link: {} },
            claimed: { ...everyone, claims },
          },
          stores: { files: { bucket: 'files', region: 'eu-central-1' } },
        },
        { main: { mint: EVERY, redeem: EVERY, inspect: true, revoke: EVERY } },
      );
      onClose(deployment.close);
      const service = startChild(process.execPath, [join(project.package, 'dist', 'main.js')], {
        cwd: project.folder,
        env: {
          ...process.env,
          PORT: '0',
          HOST: '',
          REDIS_URL: '',
          MATCHSTICK_CONFIG: deployment.configPath,
          AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
          AWS_SECRET_ACCESS_KEY: 'made-up',
        },
      });
      onClose(async () => {
        service.kill('SIGKILL');
        await service.exited();
      });
      const [, url = ''] = await service.printed(/listens on (http:\S+)/);
      await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
      await rm(join(project.folder, 'node_modules'), { recursive: true });

      const client = createClient({ url, key: deployment.callerKeys.main });
      const subject = 'user-42';
      const { token } = await client.mint('plain', { subject });
      expect((await client.inspect(token)).state).to.equal('live');
      expect((await client.redeem(token, 'plain')).state).to.equal('burned');
      const again = await client.redeem(token, 'plain').catch((error: { code: string }) => error);
      expect(again).to.include({ code: 'token_burned' });
      const file = await client.mint('file', { subject });
      expect((await client.redeem(file.token, 'file')).opens?.url).to.include('/user-42?');
      const linked = await client.mint('link', { subject });
      const path = new URL(linked.url ?? '').pathname;
      const page = await (await fetch(`${url}${path}`)).text();
      expect(page).to.include('<button');
      const pressed = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'Sec-Fetch-Site': 'same-origin' },
        body: new URLSearchParams({ attempt: /name="attempt" value="([^"]+)"/.exec(page)?.[1] ?? '' }),
      });
      expect(pressed.status, await pressed.text()).to.equal(200);
      expect(await (await fetch(`${url}${path}`)).text()).to.not.include('<button');
      expect(await client.mint('claimed', { subject, claims: { file: 'a' } })).to.have.property('token');
      expect(await (await fetch(`${url}/openapi.json`)).text()).to.include('claimed');
      await client.revoke({ subject, purpose: 'plain' });
      for (const open of ['/healthz', '/readyz', '/.well-known/jwks.json']) {
        expect((await fetch(`${url}${open}`)).status, open).to.equal(200);
      }
      expect((await fetch(`${url}/nowhere`)).status).to.equal(404);
      service.kill('SIGTERM');
      expect(await service.exited(), service.output()).to.equal(0);
    });
  });
}
