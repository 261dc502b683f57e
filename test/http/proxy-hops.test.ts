import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { makeDeployment } from '../support/deployment.ts';
import { call, type ServiceProcess, startService } from '../support/service.ts';
import { anyOf } from '../support/soak.ts';

const COUNT = 3;

/** What reaches the service from a client that writes `forged` into its request, through so many proxies. */
function forwarded(forged: string, client: string, hops: number): string {
  const written = [client, '10.0.0.1', '10.0.0.2'].slice(0, hops);
  return [forged, ...written].join(', ');
}

for (const hops of [0, ...anyOf([1, 2], 1)]) {
  describe(`the address of a client behind ${hops} proxies`, () => {
    const onClose = cleanupAfter(after);
    let service: ServiceProcess;
    let clients = 0;
    const newClient = () => `203.0.113.${++clients}`;

    before(async () => {
      const limits = { caller: { count: COUNT, per: '10m' } };
      const deployment = await makeDeployment({ limits, listen: { proxyHops: hops } });
      onClose(deployment.close);
      service = await startService(deployment);
      onClose(service.close);
    });

    /** How many of so many calls without a key are told that, and not that they were too many. */
    async function unlimitedOf(calls: number, headerOf: (index: number) => string): Promise<number> {
      let unlimited = 0;
      for (let index = 0; index < calls; index++) {
        const headers = { 'X-Forwarded-For': headerOf(index) };
        const { status } = await call(service, 'POST', '/v1/tokens', { as: null, headers, body: {} });
        if (status === 401) unlimited++;
      }
      return unlimited;
    }

    it('is not what the client writes', async () => {
      const client = newClient();
      const forge = (index: number) => forwarded(`198.51.100.${index}`, client, hops);
      expect(await unlimitedOf(9, forge)).to.equal(COUNT);
      const forgeMore = (index: number) => forwarded(`192.0.2.${index}, 192.0.2.99, x`, client, hops);
      expect(await unlimitedOf(9, forgeMore)).to.equal(0);
    });

    if (hops === 0) return;

    it('is what the outermost of them saw', async () => {
      expect(await unlimitedOf(9, () => forwarded('198.51.100.1', newClient(), hops))).to.equal(9);
    });

    it('is one address, with whatever port', async () => {
      const client = newClient();
      expect(await unlimitedOf(9, (index) => forwarded('', `${client}:${4000 + index}`, hops))).to.equal(
        COUNT,
      );
      expect(await unlimitedOf(1, () => forwarded('', `::ffff:${client}`, hops))).to.equal(0);
    });

    it('is that of the nearest proxy where it is none', async () => {
      const garbage = ['unknown', '_hidden', '999.1.1.1', 'a'.repeat(300), '"', '<script>', '-', '::g', '1'];
      expect(await unlimitedOf(9, (index) => forwarded('', garbage[index] ?? '', hops))).to.equal(COUNT);
    });

    it('is that of the nearest proxy where fewer proxies than those have written', async () => {
      const short = (index: number) =>
        Array.from({ length: hops - 1 }, () => `203.0.113.${index}`).join(', ');
      const forge = [short, (index: number) => `, ${short(index)}`, (index: number) => `${short(index)},,`];
      expect(await unlimitedOf(9, (index) => forge[index % 3]?.(index) ?? '')).to.equal(0);
    });
  });
}

describe('a service whose proxyHops does not fit its requests', () => {
  const onClose = cleanupAfter(after);

  async function start(proxyHops: number): Promise<ServiceProcess> {
    const deployment = await makeDeployment({ listen: { proxyHops } });
    onClose(deployment.close);
    const service = await startService(deployment);
    onClose(service.close);
    return service;
  }

  function warnings(service: ServiceProcess): readonly Readonly<Record<string, unknown>>[] {
    const lines = service.process.output().split('\n');
    const entries = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    return entries.filter(({ event }) => event === 'setting.contradicted');
  }

  const without = [0, [undefined, '', ' , '], '203.0.113.9'] as const;
  const behind = [
    [1, [undefined, '203.0.113.9', '198.51.100.1, 203.0.113.9', ', 203.0.113.9'], ''],
    [2, [undefined, '203.0.113.9, 10.0.0.1', '198.51.100.1, 203.0.113.9, 10.0.0.1'], '203.0.113.9,, '],
  ] as const;
  for (const [proxyHops, fitting, unfitting] of [without, ...anyOf<(typeof behind)[number]>(behind, 1)]) {
    it(`says so once, without the address, and not before: ${proxyHops}`, async () => {
      const service = await start(proxyHops);
      const ask = (forwardedFor: string | undefined) =>
        call(service, 'GET', '/readyz', {
          headers: forwardedFor === undefined ? {} : { 'X-Forwarded-For': forwardedFor },
        });
      for (const header of fitting) await ask(header);
      expect(warnings(service)).to.deep.equal([]);
      for (let requests = 0; requests < 20; requests++) await ask(unfitting);
      expect(warnings(service)).to.have.length(1);
      const addresses = unfitting === '' ? 0 : 1;
      expect(warnings(service)[0]).to.include({ setting: 'listen.proxyHops', proxyHops, addresses });
      expect(service.process.output()).to.not.include('203.0.113');
    });
  }
});
