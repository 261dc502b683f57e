import type { ShardsOptions } from '../redis/ask.ts';
import { examineRedis, type Finding } from '../redis/fitness.ts';
import { redisLedger } from '../redis/ledger.ts';
import { frozenIn } from '../redis/unavailable.ts';
import { isUnfitServer } from '../redis/unfit.ts';
import { EXIT } from './failure.ts';
import type { CommandOutcome } from './verb.ts';

const WORDS = { good: 'good', note: 'note', warn: 'WARN', refuse: 'UNFIT', down: 'DOWN' } as const;
const PROBES = 50;

type Line = { readonly check: string; readonly level: keyof typeof WORDS; readonly detail: string };

interface DoctorReport extends CommandOutcome {
  readonly data: {
    readonly error?: { readonly code: string; readonly message: string };
    readonly where: string;
    readonly verdict: string;
    readonly findings: readonly Line[];
  };
  readonly exitCode: number;
}

/** Looks at the configured Redis. `where` names it. */
export async function doctor(
  options: ShardsOptions,
  where: string,
  nowMs: () => number,
): Promise<DoctorReport> {
  const { connection, monotonicMs } = options;
  let findings: readonly Finding[];
  try {
    findings = await connection.answer((redis) => examineRedis(redis, options));
  } catch (error) {
    return unansweredReport(where, error);
  }
  const isFound = findings.some(({ level }) => level === 'refuse');
  const failure: unknown = isFound
    ? undefined
    : await redisLedger({ ...options, nowMs })
        .check()
        .catch((error: unknown) => error);
  const frozen = frozenIn(failure);
  if (failure !== undefined && frozen === undefined && !isUnfitServer(failure)) {
    return unansweredReport(where, failure);
  }
  const more: readonly Finding[] =
    frozen !== undefined
      ? [{ check: 'freeze', level: 'warn', detail: `${frozen} Nothing is minted or burned until then.` }]
      : failure === undefined
        ? []
        : [{ check: 'ledger', level: 'refuse', detail: causeOf(failure) }];
  const latencyMs: number[] = [];
  for (let probe = 0; probe < PROBES && !isFound; probe++) {
    const began = monotonicMs();
    // A command that the scripts need anyway.
    await connection.redis.time();
    latencyMs.push(monotonicMs() - began);
  }
  return doctorReport(where, [...findings, ...more], latencyMs);
}

/** The doctor's report, and the exit code. */
export function doctorReport(
  where: string,
  findings: readonly Finding[],
  latencyMs: readonly number[],
): DoctorReport {
  const unfit = findings.some(({ level }) => level === 'refuse');
  const verdict = unfit ? 'This Redis cannot hold the ledger.' : 'This Redis can hold the ledger.';
  return reportOf(
    where,
    [...findings, ...latencyLines(latencyMs)],
    verdict,
    unfit ? EXIT.refused : EXIT.done,
  );
}

function latencyLines(latencyMs: readonly number[]): readonly Line[] {
  if (latencyMs.length === 0) return [];
  const sorted = [...latencyMs].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2);
  const detail = `${at(0.5)} ms median, ${at(1)} ms at most, over ${sorted.length} questions one after another`;
  return [{ check: 'latency', level: 'good', detail }];
}

function unansweredReport(where: string, failure: unknown): DoctorReport {
  const isLasting = isUnfitServer(failure);
  const detail = isLasting ? causeOf(failure) : `Redis gave no answer: ${causeOf(failure)}`;
  const verdict = isLasting ? 'This Redis cannot hold the ledger.' : 'This Redis cannot be asked.';
  const exitCode = isLasting ? EXIT.refused : EXIT.unreachable;
  return reportOf(
    where,
    [{ check: 'connection', level: isLasting ? 'refuse' : 'down', detail }],
    verdict,
    exitCode,
  );
}

function reportOf(where: string, findings: readonly Line[], verdict: string, exitCode: number): DoctorReport {
  const rows = findings.map(
    ({ check, level, detail }) => `${WORDS[level].padEnd(6)} ${check.padEnd(12)} ${detail}`,
  );
  const text = `${[where, '', ...rows, '', verdict].join('\n')}\n`;
  const code = exitCode === EXIT.unreachable ? 'unreachable' : 'unfit';
  const error = exitCode === EXIT.done ? {} : { error: { code, message: verdict } };
  return { data: { ...error, where, verdict, findings }, text, exitCode };
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? cause.message : 'no reason is given';
}
