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
  /** Of each right answer, the shortest first. */
  readonly latencies: readonly number[];
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
  return roundOf(latencies, elapsedSeconds, errors);
}

/**
 * Sends so many requests a second, whether or not the earlier ones were answered: a server that is slow for a moment is
 * asked on, and what had to wait for a connection took as much longer.
 */
export async function runPacedRound(
  port: number,
  work: Work,
  pace: { readonly connections: number; readonly seconds: number; readonly perSecond: number },
): Promise<Round> {
  const connections = await Promise.all(Array.from({ length: pace.connections }, () => openConnection(port)));
  const free = [...connections];
  const waiting: number[] = [];
  const latencies: number[] = [];
  const errors = new Map<string, number>();
  const under = new Set<Promise<void>>();
  const startMs = performance.now();

  async function ask(connection: Connection, dueMs: number): Promise<void> {
    const request = work.next();
    if (request === undefined) return;
    const problem = await connection.exchange(request).then(
      (answered) => work.problemOf(answered),
      (error: Error) => error.message,
    );
    if (problem === undefined) latencies.push(performance.now() - dueMs);
    else errors.set(problem, (errors.get(problem) ?? 0) + 1);
    free.push(connection);
    send();
  }

  function send(): void {
    for (;;) {
      const [connection, dueMs] = [free.at(-1), waiting[0]];
      if (!connection || dueMs === undefined) return;
      free.pop();
      waiting.shift();
      const asked = ask(connection, dueMs);
      under.add(asked);
      asked.finally(() => under.delete(asked));
    }
  }

  let sent = 0;
  for (;;) {
    const nowMs = performance.now();
    if (nowMs - startMs >= pace.seconds * 1000) break;
    // Due is what the clock says, as often as this process looks at it: its own delays are not the server's.
    for (const due = ((nowMs - startMs) / 1000) * pace.perSecond; sent < due; sent++) waiting.push(nowMs);
    send();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (waiting.length > 0 || under.size > 0) await Promise.all(under);
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  for (const connection of connections) connection.close();
  return roundOf(latencies, elapsedSeconds, errors);
}

function roundOf(
  latencies: readonly number[],
  elapsedSeconds: number,
  errors: ReadonlyMap<string, number>,
): Round {
  return {
    count: latencies.length,
    perSecond: latencies.length / elapsedSeconds,
    latencies: latencies.toSorted((a, b) => a - b),
    errors,
  };
}
