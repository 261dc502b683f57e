import { type CuttingProxy, startCuttingProxy } from '../../support/cutting-proxy.ts';
import { attach, cutOff, info, promote, REPLICATING, until } from '../support/replication.ts';
import { type Switchboard, startSwitchboard } from '../support/switchboard.ts';
import { loseNoReplies } from './connection.ts';
import type { Victims } from './fault.ts';
import { type FaultyServer, startFaultyServer } from './server.ts';

const PATIENCE_MS = 4000;

/** A master and its replica, one address that leads to the master, and a proxy before it that loses replies. */
export class TwoServers {
  readonly servers: readonly FaultyServer[];
  readonly address: Switchboard;
  readonly proxy: CuttingProxy;
  #master: FaultyServer;
  #other: FaultyServer;

  /** `seconds`: by how much the clocks of the servers are ahead. */
  static async start(seconds: readonly [number, number] = [0, 0]): Promise<TwoServers> {
    const [master, other] = await Promise.all([
      startFaultyServer(REPLICATING, seconds[0]),
      startFaultyServer(REPLICATING, seconds[1]),
    ]);
    const address = await startSwitchboard(master.redis.port);
    const two = new TwoServers(master, other, address, await startCuttingProxy(address.port));
    await two.letOtherFollow();
    return two;
  }

  private constructor(master: FaultyServer, other: FaultyServer, address: Switchboard, proxy: CuttingProxy) {
    this.servers = [master, other];
    this.#master = master;
    this.#other = other;
    this.address = address;
    this.proxy = proxy;
  }

  /** The one that the address leads to. */
  get master(): FaultyServer {
    return this.#master;
  }

  get other(): FaultyServer {
    return this.#other;
  }

  get victims(): Victims<FaultyServer> {
    return { master: () => this.#master, all: () => this.servers };
  }

  get urls(): { readonly lossy: string; readonly address: string; readonly servers: readonly string[] } {
    return {
      lossy: `redis://127.0.0.1:${this.proxy.port}`,
      address: this.address.url,
      servers: this.servers.map(({ redis }) => redis.url),
    };
  }

  /** From now on the replica lags. */
  async cutOff(): Promise<void> {
    if (this.#master.isRunning()) await cutOff(this.#other.redis, this.#master.redis);
  }

  /** The replica takes the master's place, which is told nothing of it. */
  async promoteOther(): Promise<void> {
    await promote(this.#other.redis);
    this.leadToOther();
  }

  leadToOther(): void {
    [this.#master, this.#other] = [this.#other, this.#master];
    this.address.leadTo(this.#master.redis.port);
  }

  async letOtherFollow(): Promise<void> {
    await attach(this.#other.redis, this.#master.redis, PATIENCE_MS);
  }

  /** Whatever befell them, the one that the address leads to stays, and the other is its replica. */
  async settle(): Promise<void> {
    if (this.#other.isRunning() && this.#master.isRunning()) await this.letOtherFollow();
  }

  /** Waits until the other follows the master. */
  async follows(): Promise<void> {
    await until(
      async () => /role:slave.*master_link_status:up/s.test(await info(this.#other.redis)),
      PATIENCE_MS,
    );
  }

  /** Both run, with room, replies arrive, and the one that the address leads to is the master of the other. */
  async heal(): Promise<void> {
    loseNoReplies(this.proxy);
    for (const server of this.servers) {
      server.resume();
      await server.restart();
      await server.redis.command('CONFIG', 'SET', 'maxmemory', 0, 'appendonly', 'no');
    }
    if (!/role:master/.test(await info(this.#master.redis))) await promote(this.#master.redis);
    await this.letOtherFollow();
  }

  /** The servers and their disks are empty, and the clocks as many seconds ahead. */
  async renew(seconds: readonly [number, number]): Promise<void> {
    this.servers.forEach((server, index) => {
      server.setClock(seconds[index] ?? 0);
    });
    await this.heal();
    await this.#master.redis.command('FLUSHALL');
    for (const server of this.servers) await server.forgetFiles();
  }

  async close(): Promise<void> {
    await this.proxy.close();
    await this.address.close();
    for (const server of this.servers) await server.close();
  }
}
