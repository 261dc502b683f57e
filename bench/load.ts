import { type Answered, type Connection, openConnection } from './connection.ts';

/** What is asked again and again. */
export interface Work {
  /** The next request; undefined when there is nothing left to ask. */
  next(): string | undefined;
  /** Looks at an answer; returns what is wrong with it, if anything. */
  problemOf(answered: Answered): string | undefined;
}

/** What one round measured. Only right answers are counted and timed. */
export interface Round {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What went wrong, and how often. */
  readonly errors: ReadonlyMap<string, number>;
}

/** Keeps every connection busy until the time is over or the work runs out. The connections are opened before. */
export async function runRound(
  port: number,
  work: Work,
  { connections: count, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<Round> {
  const connections = await Promise.all(Array.from({ length: count }, () => openConnection(port)));
  const latencies: number[] = [];
  const errors = new Map<string, number>();
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;

  async function keepBusy({ exchange }: Connection): Promise<void> {
    let sentMs = performance.now();
    while (sentMs < endMs) {
      const request = work.next();
      if (request === undefined) return;
      const problem = work.problemOf(await exchange(request));
      const answeredMs = performance.now();
      if (problem === undefined) latencies.push(answeredMs - sentMs);
      else addError(problem);
      sentMs = answeredMs;
    }
  }

  function addError(problem: string): void {
    errors.set(problem, (errors.get(problem) ?? 0) + 1);
  }

  await Promise.all(
    connections.map((connection) =>
      keepBusy(connection).catch((error: unknown) =>
        addError(error instanceof Error ? error.message : 'failed'),
      ),
    ),
  );
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  for (const connection of connections) connection.close();
  latencies.sort((a, b) => a - b);
  return {
    count: latencies.length,
    perSecond: latencies.length / elapsedSeconds,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
    errors,
  };
}
