import { MatchstickError } from '../errors.ts';
import { isUnfitServer } from '../redis/unfit.ts';
import { UnknownOutcome } from './failure.ts';
import { freezeReport } from './freeze-report.ts';
import { configuredCommand } from './printed-command.ts';
import { withRedis } from './redis-of.ts';
import { UsageError } from './usage.ts';
import { examples, type Verb } from './verb.ts';

const TICKET_BYTES = 16;

/** `matchstick freeze`. */
export const freezeVerb: Verb = (program, hang) => {
  const command = program
    .command('freeze')
    .alias('seal')
    .description('before a planned restart or failover: stop minting and burning, and print a ticket')
    .option('--for <duration>', 'how long at most, 1s to 60m', '5m')
    .addHelpText('after', examples('matchstick freeze --for 5m'));
  hang<{ readonly for: string }>(command, async (options, surroundings) => {
    const seconds = await parseSeconds(options.for);
    const { ledgerFreeze } = await import('../redis/freeze.ts');
    return withRedis(options.config, surroundings, async (redis) => {
      const { randomBytes, stdout } = surroundings;
      // In hex: what begins with a dash would be taken for an option.
      const ticket = Buffer.from(randomBytes(TICKET_BYTES)).toString('hex');
      const undo = (shards?: readonly number[]) =>
        configuredCommand(surroundings, options.config, [
          'thaw',
          ticket,
          ...(shards ? ['--shards', shards.join(',')] : []),
        ]);
      // Where nobody answers, nothing is frozen.
      await redis.connection.answer((client) => client.time());
      // First of all: if a shard does not answer, those before it are frozen.
      if (!options.json) stdout(`${ticket}\n`);
      const frozen = await ledgerFreeze(redis)
        .freeze(ticket, seconds)
        .catch((error: unknown) => {
          throw error instanceof MatchstickError && !isUnfitServer(error)
            ? unknownFreeze(error, undo())
            : error;
        });
      const { text: words, exitCode, error } = freezeReport(frozen, undo);
      return { data: { ...(error ? { error } : {}), ticket, ...frozen }, text: '', words, exitCode };
    });
  });
};

function unknownFreeze(error: MatchstickError, undo: string): UnknownOutcome {
  const why = error.cause instanceof Error ? `Redis gave no answer: ${error.cause.message}.` : error.message;
  return new UnknownOutcome(why, undo, { words: `Some shards may be frozen now. To undo it: ${undo}` });
}

async function parseSeconds(text: string): Promise<number> {
  const { duration } = await import('../settings/duration.ts');
  const parsed = duration({ least: 1, most: 3600, range: '1s to 60m', example: '5m' }).safeParse(text);
  if (!parsed.success) throw new UsageError('--for takes 1s to 60m.');
  return parsed.data;
}
