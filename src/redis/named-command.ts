import { Socket } from 'node:net';
import { Command } from 'ioredis';
import { NO_ANSWER } from './away.ts';
import type { LedgerClient } from './client.ts';

/** A script as it is sent: by its digest, or as its whole text. */
export interface SentScript {
  /** What whoever watches the client's commands is told, such as an instrumentation. */
  readonly name: string;
  readonly by: 'evalsha' | 'eval';
  readonly script: string;
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

/**
 * EVALSHA or EVAL, under a name of its own except on the socket. Instrumentations write the arguments of these two into
 * traces; those of a command that they do not know, they leave out. Some look once it is written, or when a Cluster sends
 * it on to another node. It goes out together with the others of the same turn of the event loop: one write to a socket
 * costs as much as a signature.
 */
class NamedCommand extends Command {
  readonly #by: SentScript['by'];
  readonly #keys: readonly string[];
  #socket: Socket | undefined;

  constructor({ name, by, script, keys, args }: SentScript) {
    super(`matchstick.${name}`, [script, keys.length, ...keys, ...args], { replyEncoding: 'utf8' });
    this.#by = by;
    this.#keys = keys;
  }

  /** By these a Cluster finds the node. */
  override getKeys(): string[] {
    return [...this.#keys];
  }

  override toWritable(socket: object): string | Buffer {
    if (socket instanceof Socket) {
      this.#socket = socket;
      if (socket.writableCorked === 0) {
        socket.cork();
        setImmediate(() => socket.uncork());
      }
    }
    const { name } = this;
    this.name = this.#by;
    const written = super.toWritable(socket);
    this.name = name;
    return written;
  }

  /** Ends the connection on which it was sent. */
  endConnection(): void {
    this.#socket?.destroy(new Error(NO_ANSWER));
  }
}

/**
 * Sends a script once. If it has no answer when even a late one is no longer waited for, its connection ends, because all
 * that was sent later waits behind it. A server that always answers too late would never catch up, and the queue would grow.
 */
export function sendScript(redis: LedgerClient, sent: SentScript): Promise<unknown> {
  const command = new NamedCommand(sent);
  redis.sendCommand(command);
  command.promise.catch((error: unknown) => {
    if (error instanceof Error && error.message === 'Command timed out') command.endConnection();
  });
  return command.promise;
}
