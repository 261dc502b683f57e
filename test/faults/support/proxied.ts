import type { RedisTarget } from '../../../src/redis/client.ts';
import { type RedisServer, startRedis, startTogether } from '../../support/redis-server.ts';
import { type ReplyProxy, startReplyProxy } from '../../support/reply-proxy.ts';
import { startCluster } from './cluster.ts';
import { until } from './replication.ts';

/** Where a ledger is, and what stands before each server that holds it. */
export interface ProxiedPlace {
  readonly target: RedisTarget;
  readonly masters: readonly RedisServer[];
  readonly proxies: readonly ReplyProxy[];
  close(): Promise<void>;
}

export async function startProxiedServer(): Promise<ProxiedPlace> {
  const redis = await startRedis();
  const proxy = await startReplyProxy(redis.port);
  return {
    target: { url: proxy.url },
    masters: [redis],
    proxies: [proxy],
    close: async () => {
      await proxy.close();
      await redis.close();
    },
  };
}

/** Three masters, each of which says of itself, and tells the others, that it is where its proxy is. */
export async function startProxiedCluster(): Promise<ProxiedPlace> {
  const { servers, close } = await startCluster({ replicas: false });
  const proxies = await startTogether(servers.map(({ port }) => startReplyProxy(port)));
  const ports = proxies.map(({ port }) => port);
  for (const [index, { port, command }] of servers.entries()) {
    await command('CONFIG', 'SET', 'cluster-announce-bus-port', port + 10_000);
    await command('CONFIG', 'SET', 'cluster-announce-port', ports[index] ?? 0);
  }
  for (const { command } of servers) {
    await until(async () => {
      const slots = (await command('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
      return slots.every(([, , [, port]]) => ports.includes(port));
    });
  }
  return {
    target: { cluster: ports.map((port) => ({ host: '127.0.0.1', port })) },
    masters: servers,
    proxies,
    close: async () => {
      for (const proxy of proxies) await proxy.close();
      await close();
    },
  };
}
