import { startCluster } from '../../test/faults/support/cluster.ts';
import { startRedis } from '../../test/support/redis-server.ts';
import { type FilledLedger, filledLedger } from '../filled-ledger.ts';
import type { Options } from '../options.ts';
import { cpuBetween, cpuSeconds } from '../process.ts';
import type { Measured, Row } from '../report.ts';
import { withResources } from '../resources.ts';
import { type Contestant, takeTurns } from '../rounds.ts';

const MASTERS = [1, 2, 3];
const SHARDS = [4, 64];
const BURNS_PER_SECOND = 4000;
const CARRIED = 'burns per CPU second of the busiest master';
const CPU_EACH = 'Redis us of all masters';

/** What a Cluster of one, two and three masters carries, with the default number of shards and with many. */
export function cluster(options: Options): Promise<readonly Row[]> {
  return withResources(async (open) => {
    const contestants: Contestant[] = [];
    for (const masters of MASTERS) {
      // A node that never met another does not know its own address, and no client could be told it.
      const start = (args: readonly string[]) => startRedis([...args, '--cluster-announce-ip', '127.0.0.1']);
      const topology = await open(startCluster({ masters, replicas: false, start }));
      const nodes = topology.servers.map(({ port }) => ({ host: '127.0.0.1', port }));
      for (const shards of SHARDS) {
        const fill = { redis: { cluster: nodes }, namespace: 'bench', shards, keep: 0 };
        const ledger = await open(filledLedger({ ...fill, atOnce: options.connections }));
        const pids = topology.servers.map((server) => server.process().pid);
        contestants.push({
          ...{ name: nameOf(masters, shards), ...(masters === 1 ? {} : { to: nameOf(1, shards) }) },
          turn: ({ seconds, requests }) =>
            carried(ledger, pids, Math.ceil(Math.min(requests, BURNS_PER_SECOND * seconds))),
        });
      }
    }
    return takeTurns(contestants, options, [CARRIED, CPU_EACH]);
  });
}

function nameOf(masters: number, shards: number): string {
  return `${masters} master${masters === 1 ? '' : 's'}, ${shards} shards`;
}

async function carried(ledger: FilledLedger, pids: readonly number[], count: number): Promise<Measured> {
  const look = () => new Map(pids.flatMap((pid) => [...cpuSeconds(pid)]));
  const before = look();
  await ledger.burn(count);
  const { all, busiest } = cpuBetween(before, look());
  return { [CARRIED]: count / busiest, [CPU_EACH]: (all / count) * 1e6 };
}
