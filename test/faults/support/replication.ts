import type { RedisServer } from '../../support/redis-server.ts';
import { pause } from './workload.ts';

/** What a server needs so that a replica is in step with it at once. */
export const REPLICATING = ['--repl-diskless-sync-delay', '0'];

export async function attach(replica: RedisServer, master: RedisServer, patienceMs?: number): Promise<void> {
  await replica.command('REPLICAOF', '127.0.0.1', master.port);
  await inStep(replica, patienceMs);
}

/**
 * Waits until the replica has what the master has by now. Its link is up some time before that: a replica
 * that is made to lag, or saved, at once after it was attached would be no more than empty.
 */
export async function caughtUp(replica: RedisServer, master: RedisServer): Promise<void> {
  const soFar = await offset(master, 'master_repl_offset');
  await until(async () => (await offset(replica, 'slave_repl_offset')) >= soFar);
}

/** The replica has what its master has, and gets nothing more: it lags behind, and is up otherwise. */
export async function holdBack(replica: RedisServer, master: RedisServer): Promise<void> {
  await caughtUp(replica, master);
  await cutOff(replica, master);
}

/** From now on the replica hears nothing of its master, whether it is in step or not. */
export async function cutOff(replica: RedisServer, master: RedisServer): Promise<void> {
  await replica.command('CONFIG', 'SET', 'masteruser', 'nobody', 'masterauth', 'wrong');
  await master.command('CLIENT', 'KILL', 'TYPE', 'replica');
}

export async function letGo(replica: RedisServer): Promise<void> {
  await replica.command('CONFIG', 'SET', 'masteruser', '', 'masterauth', '');
}

export async function promote(replica: RedisServer): Promise<void> {
  await replica.command('REPLICAOF', 'NO', 'ONE');
  await letGo(replica);
}

export async function inStep(replica: RedisServer, patienceMs?: number): Promise<void> {
  await until(async () => /master_link_status:up/.test(await info(replica)), patienceMs);
}

export async function info(redis: RedisServer, section = 'replication'): Promise<string> {
  return String(await redis.command('INFO', section));
}

async function offset(redis: RedisServer, name: string): Promise<number> {
  return Number(new RegExp(`\\n${name}:(\\d+)`).exec(await info(redis))?.[1]);
}

/** Waits for something that a server does in its own time. */
export async function until(isSo: () => Promise<boolean>, patienceMs = 30_000): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > patienceMs) throw new Error(`not so after ${patienceMs} ms: ${isSo}`);
    await pause(20);
  }
}
