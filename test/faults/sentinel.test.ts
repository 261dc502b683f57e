import { type AddressInfo, createServer } from 'node:net';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { openInstance } from './support/instances.ts';
import { holdBack, letGo, until } from './support/replication.ts';
import { type SentinelTopology, startSentinelTopology } from './support/sentinel.ts';
import { type Seat, withstand } from './support/trial.ts';
import { pause } from './support/workload.ts';

describe('a ledger that Sentinel watches', function () {
  this.timeout(PATIENCE_MS);
  const onClose = cleanupAfter(after);
  let dies: SentinelTopology;
  let stops: SentinelTopology;

  before(async () => {
    [dies, stops] = await Promise.all([startSentinelTopology(), startSentinelTopology()]);
    onClose(dies.close);
    onClose(stops.close);
  });

  /** All find their master through Sentinel, but for one that stays with the first master whatever happens. */
  async function seats({ target, master }: SentinelTopology): Promise<readonly Seat[]> {
    const byName = { redis: target };
    return [byName, byName, byName, { redis: { url: (await master()).url }, serves: false }];
  }

  async function lag(topology: SentinelTopology): Promise<void> {
    const master = await topology.master();
    for (const server of topology.servers) if (server !== master) await holdBack(server, master);
  }

  async function catchUp(topology: SentinelTopology): Promise<void> {
    for (const server of topology.servers) await letGo(server).catch(() => {});
  }

  it('although the first sentinel takes connections and says nothing', async () => {
    const silent = createServer((socket) => {
      socket.on('error', () => {});
      onClose(() => socket.destroy());
    });
    const first = await new Promise<number>((resolve) => {
      silent.listen(0, '127.0.0.1', () => resolve((silent.address() as AddressInfo).port));
    });
    onClose(() => silent.close());
    if (!('sentinels' in dies.target)) throw new Error('no sentinels');
    const sentinels = [{ host: '127.0.0.1', port: first }, ...dies.target.sentinels];
    const { ledger } = openInstance('behind a silent sentinel', { ...dies.target, sentinels });
    onClose(() => ledger.close());
    await until(() =>
      ledger.check().then(
        () => true,
        () => false,
      ),
    );
  });

  it('when the master dies and comes back behind a lagging replica', async () => {
    await withstand({
      name: 'Sentinel: master killed, replicas lag',
      seats: await seats(dies),
      prepare: () => lag(dies),
      strike: async () => {
        const master = await dies.master();
        master.process().kill('SIGKILL');
        await dies.movedFrom(master);
        await catchUp(dies);
        await master.restart();
        await pause(500);
      },
      epoch: 'lost',
      naive: 'replays',
    });
  });

  it('when the master is stopped, is replaced by a lagging replica, and goes on as if nothing had been', async () => {
    await withstand({
      name: 'Sentinel: master stopped and resumed, replicas lag',
      seats: await seats(stops),
      prepare: () => lag(stops),
      strike: async () => {
        const master = await stops.master();
        master.process().kill('SIGSTOP');
        await stops.movedFrom(master);
        master.process().kill('SIGCONT');
        await catchUp(stops);
        await pause(500);
      },
      epoch: 'lost',
      naive: 'replays',
      twoMemories: 'ever after',
    });
  });
});
