import { Agent, request } from 'node:http';
import { expect } from 'chai';
import { pause } from '../faults/support/workload.ts';
import { cleanupAfter } from '../support/cleanup.ts';
import { type Deployment, makeDeployment } from '../support/deployment.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { freePort, startRedis } from '../support/redis-server.ts';
import { type ServiceProcess, startService } from '../support/service.ts';
import { firstOf, SOAKS } from '../support/soak.ts';

/** How nginx talks to the instances: as it does by itself, and as one sets it up for speed. */
const WAYS = {
  'a new connection for each request': { upstream: '', location: '' },
  'connections that are kept': {
    upstream: 'keepalive 16;',
    location: 'proxy_http_version 1.1; proxy_set_header Connection "";',
  },
};
const CLIENTS_OF_EACH = 3;
/** Between two tokens of a client: as fast as they can, they would keep the machine from starting what they wait for. */
const BREATH_MS = SOAKS ? 20 : 50;
/** So many tokens are used before a stop and after it, and after a start. */
const TOKENS_BETWEEN = SOAKS ? 100 : 24;

describe('two instances behind nginx, restarted one after the other under load', () => {
  const onClose = cleanupAfter(after);

  for (const workers of firstOf([2, 1])) {
    it(`lose no request, with ${workers} worker${workers === 1 ? '' : 's'} each`, async function () {
      this.timeout(PATIENCE_MS);
      // Between the last look for a connection and the end of listening the system can make one, and cuts it. That takes
      // some microseconds, or longer on a machine so busy that the process is not run.
      this.retries(1);
      const redis = await startRedis();
      onClose(redis.close);
      const deployment = await makeDeployment({
        workers,
        listen: { drainDelay: '1s' },
        ledger: { redis: redis.url, timeoutMs: 10_000 },
      });
      onClose(deployment.close);
      const ports = [await freePort(), await freePort()] as const;
      const start = (port: number) => startService(deployment, { PORT: String(port) });
      const services = await Promise.all(ports.map(start));
      onClose(() => Promise.all(services.map((service) => service.close())));
      const { urls, nginx } = await proxyTo(ports);

      let isOver = false;
      const seen: string[] = [];
      const clients = urls.flatMap((url) =>
        Array.from({ length: CLIENTS_OF_EACH }, async () => {
          const agent = new Agent({ keepAlive: true, maxSockets: 1 });
          while (!isOver) {
            seen.push(await useOneToken(url, deployment, agent));
            await pause(BREATH_MS);
          }
          agent.destroy();
        }),
      );
      for (const [index, port] of ports.entries()) {
        await afterMore(seen, TOKENS_BETWEEN);
        await stop(services[index]);
        await afterMore(seen, TOKENS_BETWEEN);
        services[index] = await start(port);
      }
      await afterMore(seen, TOKENS_BETWEEN);
      isOver = true;
      await Promise.all(clients);
      const lost = seen.filter((statuses) => statuses !== '201 200 410');
      expect(
        lost,
        `of ${seen.length}; ${nginx
          .output()
          .match(/^.*\[(?:error|crit|alert|warn|emerg)\].*$/gm)
          ?.join('\n')}`,
      ).to.deep.equal([]);
    });
  }

  async function proxyTo(ports: readonly number[]): Promise<{ urls: readonly string[]; nginx: Nginx }> {
    const servers = await Promise.all(
      Object.entries(WAYS).map(async ([, { upstream, location }], index) => {
        const port = await freePort();
        const instances = ports.map((each) => `server 127.0.0.1:${each} max_fails=0;`).join(' ');
        const config = `
          upstream matchstick${index} { ${instances} ${upstream} }
          server {
            listen 127.0.0.1:${port};
            location / { proxy_pass http://matchstick${index}; ${location} }
          }`;
        return { config, url: `http://127.0.0.1:${port}` };
      }),
    );
    const nginx = await startNginx(servers.map(({ config }) => config).join('\n'));
    onClose(nginx.close);
    return { urls: servers.map(({ url }) => url), nginx };
  }
});

async function stop(service: ServiceProcess | undefined): Promise<void> {
  service?.process.kill('SIGTERM');
  expect(await service?.process.exited(), service?.process.output()).to.equal(0);
}

async function afterMore(seen: readonly string[], count: number): Promise<void> {
  const enough = seen.length + count;
  while (seen.length < enough) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The statuses of a mint, of a redemption, and of another. */
async function useOneToken(url: string, deployment: Deployment, agent: Agent): Promise<string> {
  const minted = await post(`${url}/v1/tokens`, { purpose: 'password-reset', subject: 'u' });
  const redeem = { purpose: 'password-reset', token: minted.json?.token ?? 'none' };
  const first = await post(`${url}/v1/redemptions`, redeem);
  const second = await post(`${url}/v1/redemptions`, redeem);
  return [minted, first, second].map(({ status, failure }) => failure ?? status).join(' ');

  function post(
    to: string,
    body: object,
  ): Promise<{ status?: number; failure?: string; json?: { token?: string } }> {
    const octets = JSON.stringify(body);
    const headers = {
      Authorization: `Bearer ${deployment.callerKeys.main}`,
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(octets),
    };
    return new Promise((resolve) => {
      const asked = request(to, { method: 'POST', agent, headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        const json = text.startsWith('{') ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, json });
      });
      asked.on('error', (error) => resolve({ failure: error.message }));
      asked.end(octets);
    });
  }
}
