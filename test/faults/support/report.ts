import { appendFileSync } from 'node:fs';

export interface TrialReport {
  readonly fault: string;
  readonly epoch: string;
  readonly tokens: number;
  readonly tries: number;
  readonly doubles: number;
  readonly revived: number;
  readonly unsettled: number;
  readonly collectedTwice: number;
  readonly naiveTokens: number;
  readonly naiveDoubles: number;
  readonly doublesWithoutIdentity?: number;
}

/** FAULTS_REPORT names a file that gets one line of JSON per trial. */
export function reportTrial(report: TrialReport): void {
  const { FAULTS_REPORT } = process.env;
  if (FAULTS_REPORT) appendFileSync(FAULTS_REPORT, `${JSON.stringify(report)}\n`);
}
