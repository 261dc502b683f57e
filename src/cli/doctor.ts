import type { Finding } from '../redis/fitness.ts';

const WORDS = { good: 'good', note: 'note', warn: 'WARN', refuse: 'UNFIT' } as const;

/** The doctor's report, and the exit code: 0 when the ledger can be held, 1 when not. */
export function doctorReport(
  findings: readonly Finding[],
  latencyMs: readonly number[],
): { text: string; exitCode: number } {
  const sorted = [...latencyMs].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2);
  const latency: Finding = {
    check: 'latency',
    level: 'good',
    detail: `${at(0.5)} ms median, ${at(1)} ms at most, over ${sorted.length} questions one after another`,
  };
  const lines = [...findings, latency].map(
    ({ check, level, detail }) => `${WORDS[level].padEnd(6)} ${check.padEnd(12)} ${detail}`,
  );
  const unfit = findings.some(({ level }) => level === 'refuse');
  const verdict = unfit ? 'This Redis cannot hold the ledger.' : 'This Redis can hold the ledger.';
  return { text: `${[...lines, '', verdict].join('\n')}\n`, exitCode: unfit ? 1 : 0 };
}
