import type { Round } from './load.ts';

/** What went wrong anywhere: one wrong answer makes the whole benchmark fail. */
const problems = new Map<string, number>();

/** Hands a round through and notes what went wrong in it. */
export function noted(who: string, round: Round): Round {
  for (const [problem, times] of round.errors) note(`${who}: ${problem}`, times);
  return round;
}

export function note(problem: string, times = 1): void {
  problems.set(problem, (problems.get(problem) ?? 0) + times);
}

export function allProblems(): readonly string[] {
  return [...problems].map(([problem, times]) => `${problem} (${times} times)`);
}
