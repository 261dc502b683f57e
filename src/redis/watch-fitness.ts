import type { LedgerClient } from './client.ts';
import { examineRedis, type Finding } from './fitness.ts';

export interface FitnessWatch {
  /** What the newest look found; empty before the first. */
  findings(): readonly Finding[];
  /** Looks now. Rejects when a server does not answer. */
  look(): Promise<readonly Finding[]>;
}

/** Looks at the server anew whenever a connection is made: it may be another one. */
export function watchFitness(
  client: LedgerClient,
  onFindings: (findings: readonly Finding[]) => void,
): FitnessWatch {
  let newest: readonly Finding[] = [];
  const look = async () => {
    newest = await examineRedis(client);
    onFindings(newest);
    return newest;
  };
  client.on('ready', () => {
    look().catch(() => {
      // A server that goes away while it is looked at is looked at again when it is back.
    });
  });
  return { findings: () => newest, look };
}
