import { z } from 'zod';

const SEVERITY = z.enum(['info', 'low', 'moderate', 'high', 'critical']);
const REPORT = z.object({
  auditReportVersion: z.literal(2),
  vulnerabilities: z.record(z.string(), z.object({ severity: SEVERITY })),
});
/** npm prints this when the registry did not answer. Its own mistakes have no `message` at the top. */
const REFUSAL = z.object({ message: z.string() });

/** A package with a known vulnerability. */
export interface Advisory {
  readonly name: string;
  readonly severity: z.output<typeof SEVERITY>;
}

export type Audit =
  | { readonly answered: true; readonly advisories: readonly Advisory[] }
  | { readonly answered: false; readonly why: string };

/** Reads what `npm audit --json` printed. Throws when it is neither a report nor a registry without an answer. */
export function parseAudit(printed: unknown): Audit {
  const report = REPORT.safeParse(printed);
  if (report.success) {
    const advisories = Object.entries(report.data.vulnerabilities).map(([name, { severity }]) => ({
      name,
      severity,
    }));
    return { answered: true, advisories };
  }
  const refusal = REFUSAL.safeParse(printed);
  if (!refusal.success) throw new Error(`npm audit printed no report: ${JSON.stringify(printed)}`);
  const why = refusal.data.message.replace(/(?: - [A-Z]+| to)? https?:\S+/g, '');
  return { answered: false, why: `the registry has no audit answer (${why})` };
}

/** The advisories that stop a release. */
export function auditProblems(advisories: readonly Advisory[]): readonly string[] {
  return advisories
    .filter(({ severity }) => severity === 'high' || severity === 'critical')
    .map(({ name, severity }) => `${name} has a ${severity} vulnerability: see npm audit`);
}

/** How many there are of each severity: `1 high, 2 moderate`. */
export function countOf(advisories: readonly Advisory[]): string {
  const counts = SEVERITY.options
    .map((severity) => [advisories.filter((each) => each.severity === severity).length, severity] as const)
    .filter(([count]) => count > 0)
    .map(([count, severity]) => `${count} ${severity}`);
  return counts.reverse().join(', ') || 'none';
}
