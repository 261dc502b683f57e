import { EXIT } from './failure.ts';
import { withRedis } from './redis-of.ts';
import { examples, type Verb } from './verb.ts';

/** `matchstick doctor`. */
export const doctorVerb: Verb = (program, hang) => {
  const command = program
    .command('doctor')
    .description('check whether the configured Redis can hold the ledger, and what it will cost')
    .option('--strict', 'exit with 1 even if there are only warnings')
    .addHelpText('after', examples('matchstick doctor', 'matchstick doctor --strict --json'));
  hang<{ readonly strict?: true }>(command, (options, surroundings) =>
    withRedis(options.config, surroundings, async (redis, where) => {
      const { doctor } = await import('./examine.ts');
      const report = await doctor(redis, where, surroundings.nowMs);
      const isWarned = report.data.findings.some(({ level }) => level === 'warn');
      if (!options.strict || !isWarned || report.exitCode !== EXIT.done) return report;
      const error = { code: 'warned', message: 'There are warnings.' };
      return { ...report, data: { error, ...report.data }, exitCode: EXIT.refused };
    }),
  );
};
