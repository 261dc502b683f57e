import { type Round, runRound, type Work } from './load.ts';
import { note, noted } from './problems.ts';
import { cpuBetween, cpuSeconds } from './process.ts';
import type { Measured } from './report.ts';
import type { Limits } from './rounds.ts';
import type { Side } from './side.ts';
import { quantile } from './statistics.ts';
import { atMost } from './work.ts';

export const CPU = 'CPU us';
export const RATE = 'per second';
export const REDIS_CPU = 'Redis us';

/** What one turn of a server over HTTP asks and how its load is made. */
export interface Asked {
  readonly side: Side;
  readonly redisPid: number;
  readonly work: Work;
  readonly connections: number;
  readonly limits: Limits;
  /** How many tokens one request is about. */
  readonly each?: number;
}

/** Microseconds of CPU of the server and of Redis for one of what is asked; and how fast it went, by the clock. */
export async function measuredTurn({
  side,
  redisPid,
  work,
  connections,
  limits,
  each = 1,
}: Asked): Promise<Measured> {
  const asked = atMost(limits.requests / each, work);
  const load = { connections, seconds: limits.seconds };
  const [before, redisBefore] = [cpuSeconds(side.pid), cpuSeconds(redisPid)];
  const round = noted(side.name, await runRound(side.port, asked, load));
  const { all } = cpuBetween(before, cpuSeconds(side.pid));
  const redis = cpuBetween(redisBefore, cpuSeconds(redisPid)).all;
  const count = round.count * each;
  if (count === 0) note(`${side.name}: nothing was answered in a turn`);
  return {
    [CPU]: (all / count) * 1e6,
    [RATE]: round.perSecond * each,
    [REDIS_CPU]: (redis / count) * 1e6,
    ...latencies(round, { p50: 0.5, p99: 0.99 }),
  };
}

/** In milliseconds. */
export function latencies(round: Round, wanted: Readonly<Record<string, number>>): Measured {
  return Object.fromEntries(
    Object.entries(wanted).map(([name, share]) => [`${name} ms`, quantile(round.latencies, share)]),
  );
}
