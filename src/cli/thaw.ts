import { thawReport } from './freeze-report.ts';
import { configuredCommand } from './printed-command.ts';
import { withRedis } from './redis-of.ts';
import { parseServer, parseShards } from './usage.ts';
import { examples, type Verb } from './verb.ts';

interface ThawFlags {
  readonly shards?: string;
  readonly at?: string;
}

/** `matchstick thaw`. */
export const thawVerb: Verb = (program, hang) => {
  const command = program
    .command('thaw')
    .alias('reopen')
    .description('after a freeze: continue with every outstanding token')
    .argument('<ticket>', 'what `freeze` printed')
    .option('--shards <numbers>', 'only these shards, such as 0,2')
    .option('--at <server>', 'only if this server still has them, as `thaw` printed it')
    .addHelpText('after', examples('matchstick thaw <ticket>', 'matchstick thaw <ticket> --shards 0,2'));
  hang<ThawFlags>(command, async ({ config, shards, at }, surroundings, [ticket = '']) => {
    const { ledgerFreeze } = await import('../redis/freeze.ts');
    const server = at === undefined ? {} : { at: parseServer(at) };
    return withRedis(config, surroundings, async (redis) => {
      const only = shards === undefined ? {} : { shards: parseShards(shards, redis.shards) };
      const thawed = await ledgerFreeze(redis).thaw(ticket, { ...only, ...server });
      const thawing = (which: readonly number[], ...more: readonly string[]) =>
        configuredCommand(surroundings, config, ['thaw', ticket, '--shards', which.join(','), ...more]);
      const { text, exitCode, error } = thawReport(thawed, thawing);
      const words = exitCode === 0 ? `Next: ${surroundings.command} status\n` : '';
      return { data: error ? { error, ...thawed } : thawed, text, words, exitCode };
    });
  });
};
