import type { Command } from 'ioredis';
import type { LedgerClient } from '../../src/redis/client.ts';

/** How a script is sent: its text or its digest, how many keys, the keys, and the arguments. */
export type RunScript = (script: string, keys: number, ...rest: string[]) => Promise<unknown>;

/** A client whose scripts run as `run` says. Everything else goes to the client, as it is. */
export function answeringScripts(client: object, run: RunScript): LedgerClient {
  return new Proxy(client, {
    get(target, name) {
      if (name !== 'sendCommand') return Reflect.get(target, name);
      return (command: Command) => {
        if (!command.name.startsWith('matchstick.')) return Reflect.get(target, name).call(target, command);
        const [script, keys, ...rest] = command.args.map(String);
        run(script ?? '', Number(keys), ...rest).then(command.resolve, command.reject);
        return command.promise;
      };
    },
  }) as LedgerClient;
}

/** Whether it is a digest: whoever knows no script says NOSCRIPT. */
export function isDigest(script: string): boolean {
  return /^[0-9a-f]{40}$/.test(script);
}
