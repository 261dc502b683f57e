import { connect } from 'node:net';
import { expect } from 'chai';
import { cleanupAfter } from '../support/cleanup.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { oneShard } from './support/one-shard.ts';
import { caughtUp, info, until } from './support/replication.ts';
import { startTwoNodes } from './support/two-nodes.ts';

/** Other data, so that the file takes a while to load and the server looks at its connections meanwhile. */
const FILLERS = 6000;
const FILLER_BYTES = 1000;
const LOADING_SLOWLY = ['--key-load-delay', '50', '--rdbcompression', 'no'];
const ROUNDS = 3;

/**
 * A replica in a Cluster takes its master's replication id from its file. Only a promotion draws a new one, and
 * one that comes before the node has begun to follow its master does not.
 */
describe('a ledger in a Cluster whose replica is promoted in the moment in which it has loaded its file', function () {
  this.timeout(PATIENCE_MS);
  const onTestEnd = cleanupAfter(afterEach);

  it('does not take the file for the memory that it was', async () => {
    const kept: boolean[] = [];
    for (let round = 0; round < ROUNDS && !kept.includes(true); round++) kept.push(await promoteAtOnce());
    expect(kept, 'rounds in which the replication id was kept').to.include(true);
  });

  /** Whether the replica became a master under the replication id of its master. */
  async function promoteAtOnce(): Promise<boolean> {
    const args = ['--enable-debug-command', 'yes', ...LOADING_SLOWLY];
    const cluster = await startTwoNodes({ replicated: true, args });
    onTestEnd(cluster.close);
    const { owner: master, other: replica } = cluster;
    const shard = oneShard(cluster.target);
    onTestEnd(shard.close);
    const [token, unused] = [await shard.mint(), await shard.mint()];
    await caughtUp(replica, master);
    await replica.command('DEBUG', 'POPULATE', FILLERS, 'filler', FILLER_BYTES);
    await replica.save();
    expect(await shard.redeem(token)).to.equal('burned');
    const replid = await replidOf(master);
    await Promise.all([master, replica].map(kill));
    const stopAsking = askForPromotion(replica.port);
    try {
      await replica.restart();
      await until(async () => /role:master/.test(await info(replica)));
    } finally {
      stopAsking();
    }
    await until(async () => /cluster_state:ok/.test(String(await replica.command('CLUSTER', 'INFO'))));
    const instance = shard.newcomer({ cluster: [{ host: '127.0.0.1', port: replica.port }] });
    for (const each of [token, unused]) expect(await shard.redeem(each, { instance })).to.equal('void');
    shard.expectSafe();
    return (await replidOf(replica)) === replid;
  }
});

/** Asks again and again on one connection, without waiting for answers, until what it returns is called. */
function askForPromotion(port: number): () => void {
  const QUESTIONS = 'CLUSTER FAILOVER TAKEOVER\r\n'.repeat(200);
  let isOver = false;
  let open: ReturnType<typeof connect> | undefined;
  const begin = () => {
    if (isOver) return;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    open = socket;
    const ask = () => {
      while (!isOver && socket.write(QUESTIONS)) {}
    };
    socket.on('connect', ask);
    socket.on('drain', ask);
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.on('close', () => setTimeout(begin, 5));
  };
  begin();
  return () => {
    isOver = true;
    open?.destroy();
  };
}

async function kill(redis: RedisServer): Promise<void> {
  redis.process().kill('SIGKILL');
  await redis.process().exited();
}

async function replidOf(redis: RedisServer): Promise<string> {
  return /master_replid:(\w+)/.exec(await info(redis))?.[1] ?? '';
}
