import type { Cluster, Redis } from 'ioredis';
import { watchAttempts } from './attempts.ts';
import { replyIn } from './error-reply.ts';
import { guardServer } from './gate.ts';

/** What a client tells, in place of `error`, of why there is no connection. */
export const AWAY = 'away';

/**
 * Makes a cluster client say what ioredis keeps to itself: why a node could not be asked for the slots, and why a
 * cluster is not called ready. `prepare` is called before each connection to a node.
 */
export function guardCluster(cluster: Cluster, prepare: (node: Redis) => void): void {
  const tell = (error: unknown) => cluster.emit(AWAY, error);
  cluster.on('error', tell);
  tellingReadyCheck(cluster, tell);
  cluster.on('+node', (node: Redis) => {
    preparing(node, prepare);
    guardServer(node, 'cluster');
    askingAside(node);
    const duplicate = node.duplicate.bind(node);
    // Slots are asked for on a copy, whose errors ioredis drops. The copy needs no name, and no right to read at a replica.
    node.duplicate = (options) => {
      const copy = duplicate({ ...options, connectionName: '', readOnly: false });
      preparing(copy, prepare);
      watchAttempts(copy, tell);
      return copy;
    };
    watchAttempts(node, tell);
  });
}

/** A node is only connected to when something is asked there, which may be long after it was found. */
function preparing(node: Redis, prepare: (node: Redis) => void): void {
  const connect = node.connect.bind(node);
  node.connect = (...args: Parameters<typeof connect>) => {
    prepare(node);
    return connect(...args);
  };
}

function tellingReadyCheck(cluster: Cluster, tell: (error: unknown) => void): void {
  const ask = cluster.cluster.bind(cluster);
  type Callback = (error: unknown, text?: unknown) => void;
  Reflect.set(cluster, 'cluster', (what: 'INFO', callback: Callback) =>
    ask(what).then(
      (text: unknown) => {
        if (String(text).includes('cluster_state:fail')) tell(new Error('the state of the cluster is fail'));
        callback(null, text);
      },
      (error: unknown) => {
        if (replyIn(error)) tell(error);
        callback(error);
      },
    ),
  );
}

/**
 * ioredis sends ASKING ahead of a redirected command and drops its promise, so that a node which is lost at that moment
 * would end the process by an unhandled rejection. The command itself fails too.
 */
function askingAside(node: Redis): void {
  const asking = node.asking.bind(node);
  node.asking = (...args: Parameters<typeof asking>) => {
    const asked = asking(...args);
    asked.catch(() => {});
    return asked;
  };
}
